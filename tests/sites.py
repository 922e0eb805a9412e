"""What tests of the site share: building it, and a copy of its sources to break."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

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
