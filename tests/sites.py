"""What tests of the site share: building it, and a copy of its sources to break."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
LINKING = "x](javascript:alert(1)) [y"
HOSTILE = '<script>window.hit = 1</script>"><img src=x onerror="window.hit = 2">'


def mkdocs(*words, cwd=ROOT, program="mkdocs"):
    return subprocess.run(
        [sys.executable, "-m", program, *words],
        cwd=cwd, capture_output=True, text=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip


def copy_of_sources(folder):
    for name in ("docs", "overrides"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("mkdocs.yml", "vox"):
        (folder / name).symlink_to(ROOT / name)


def pages(site):
    return sorted(path for path in site.rglob("*.html") if path.name != "404.html")


def drawn(e):
    """Networks of an experiment that have layers; what is merely counted is no drawing."""
    return [name for name in e.networks if any(x.kind == "layer" for x in e.trace(name))]


def break_a_copy(folder):
    """Copy the sources, and make of a record what nobody should write.

    Title, tags, text of a record, printed text and a label of a corpus are markup; two links lead
    nowhere.
    """
    from vox.notebook import Players, Table

    copy_of_sources(folder)
    kept = json.loads((ROOT / "docs" / "experiments" / "cfcefd21.ipynb").read_text())
    claim = {"said": HOSTILE, "measured": HOSTILE, "verdict": HOSTILE}
    media = [{"file": "cfcefd21/x.png", "text": HOSTILE}, {"file": "x.flac", "text": HOSTILE}]
    kept["metadata"]["vox"] |= {"title": LINKING + HOSTILE, "tags": [HOSTILE]}
    kept["metadata"]["vox"]["record"] |= {"claims": [claim], "media": media}
    table = Table((HOSTILE,), [(HOSTILE,)])
    players = Players({HOSTILE: np.zeros(160, np.float32)})
    hostile = {
        "cell_type": "code", "source": "x", "id": "x", "metadata": {}, "execution_count": 1,
        "outputs": [
            {"output_type": "stream", "name": "stdout", "text": HOSTILE},
            *(
                {"output_type": "display_data", "metadata": {},
                 "data": {"text/html": each._repr_html_()}}
                for each in (table, players)
            ),
        ],
    }  # fmt: skip
    links = "[one](deadbeef.ipynb) [two](9ada9179.ipynb#nowhere)"
    text = {"cell_type": "markdown", "id": "y", "source": links, "metadata": {}}
    kept["cells"] += [hostile, text]
    (folder / "docs" / "experiments" / "cfcefd21.ipynb").write_text(json.dumps(kept))
