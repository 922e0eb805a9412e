"""The face of notebooks, and the notebooks themselves, run as a user runs them."""

import base64
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import papermill
import pytest
import soundfile
from conftest import tone

import vox
from vox import notebook
from vox.audio import rms

ROOT = Path(__file__).parent.parent
SMOKE = {"epochs": 0.1, "width": 1 / 32, "batch_size": 2, "device": "cpu", "profile": "demo"}
GIVEN = {
    "corpus": "demo", "profile": "auto", "device": "cpu", "seed": 0, "directory": "runs",
    "epochs": None, "batch_size": None, "learning_rate": None, "width": None,
}  # fmt: skip


def test_parameters_scale_an_experiment():
    p = notebook.parameters({**GIVEN, "epochs": 3, "width": 0.5})
    e = p.scaled(vox.experiment("cfcefd21"))
    demo = vox.experiment("cfcefd21").at("demo")
    assert (e.epochs, e.width, e.batch_size) == (3, 0.5, demo.batch_size)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"seed": "1"}, "parameter 'seed' must be int, not '1'"),
        ({"seed": True}, "parameter 'seed' must be int, not True"),
        ({"seed": -1}, "0 or more"),
        ({"epochs": "many"}, "parameter 'epochs' must be float or None"),
        ({"batch_size": 2.5}, "parameter 'batch_size' must be int or None"),
        ({"profile": "dem"}, "unknown profile 'dem'; did you mean 'demo'"),
        ({"device": "gpu"}, "device 'gpu' cannot be used"),
        ({"In": ["", "# Parameters\nepoch = 3\n"]}, "unknown parameter 'epoch'; did you mean"),
    ],
)
def test_wrong_parameters_are_errors(wrong, message):
    with pytest.raises(vox.VoxError, match=re.escape(message)):
        notebook.parameters({**GIVEN, **wrong})


def test_names_of_ones_own_are_no_parameters():
    cells = ["", "# my settings\nepoch = 3\n"]
    assert notebook.parameters({**GIVEN, "In": cells, "epoch": 3}).epochs is None


def test_players_have_one_loudness_and_hold_the_sound():
    shown = notebook.Players({"a": tone(200, 1) * 0.01, "b": tone(300, 0.5)})._repr_html_()
    levels, lengths = [], []
    for data in re.findall(r"data:audio/flac;base64,([^\"]+)", shown):
        pcm, rate = soundfile.read(io.BytesIO(base64.b64decode(data)))
        levels.append(rms(pcm))
        lengths.append(len(pcm) / rate)
    assert levels[0] == pytest.approx(levels[1], rel=0.01)
    assert lengths == [1, 0.5]


def test_players_and_tables_cannot_inject_markup():
    hostile = "<script>alert(1)</script>"
    silence = np.zeros(100, np.float32)
    assert "<script>" not in notebook.Players({hostile: silence})._repr_html_()
    claim = notebook.Claim(hostile, hostile, True)
    assert "<script>" not in notebook.claims(claim)._repr_html_()


def test_verdicts():
    verdicts = [notebook.Claim("", "", holds).verdict for holds in (True, False, None)]
    assert verdicts == ["再現", "不再現", "この環境では測れない"]


def test_example_speakers_differ_in_sex_and_say_the_same():
    corpus = vox.load_corpus("demo")
    source, target = notebook.speakers(corpus)
    one, other, same = notebook.parallel(corpus, source, target)
    assert same
    assert one.text == other.text
    assert one.split == other.split == "test"
    assert one.labels["sex"] != other.labels["sex"]


def test_copy_synthesis_loses_less_with_a_lower_floor():
    corpus = vox.load_corpus("demo")
    pcm = corpus.pcm(corpus.recordings[0])
    table = notebook.copy_synthesis(pcm, vox.Spectrogram(length=17152), (1e-3, 1e-5))
    shares = [float(row[1].rstrip("%")) for row in table.rows]
    convergence = [float(row[3].split()[0]) for row in table.rows]
    assert shares[0] > 50 > shares[1]
    assert convergence[1] < convergence[0] < 0


def run_notebook(tmp_path, id="cfcefd21", **parameters):
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(
        ROOT / "notebooks" / f"{id}.ipynb",
        out,
        {**SMOKE, "directory": str(tmp_path / "runs"), **parameters},
        progress_bar=False,
        cwd=tmp_path,
    )
    return json.loads(out.read_text())


def outputs(executed):
    return [o for cell in executed["cells"] for o in cell.get("outputs", [])]


def text_of(executed):
    parts = []
    for o in outputs(executed):
        for kind in ("text/html", "text/markdown", "text/plain"):
            parts.append("".join(o.get("data", {}).get(kind, "")))
        parts.append("".join(o.get("text", "")))
    return "\n".join(parts)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return run_notebook(tmp_path_factory.mktemp("notebook"))


def test_cfcefd21_runs_and_answers_its_question(executed):
    told = text_of(executed)
    assert told.count("```mermaid") == 2
    assert "1735 x 8 x 32" in told
    assert "再現" in told
    assert "9ada9179 では minibatch を 2 より大きくできない" in told
    assert "118 x 118 px to each side" in told
    for field in ("width", "epochs", "batch_size"):  # what differs from the page is listed
        assert f">{field}</td>" in told
    figures = [o for o in outputs(executed) if "image/png" in o.get("data", {})]
    assert len(figures) == 3
    assert told.count("<audio") >= 7


def test_executed_notebooks_hold_no_widgets_and_no_trail_of_the_progress_bar(executed):
    assert "widgets" not in executed["metadata"]
    assert "it/s" not in text_of(executed)
    kinds = {kind for o in outputs(executed) for kind in o.get("data", {})}
    assert not any("widget" in kind for kind in kinds)
    assert not [o for o in outputs(executed) if o.get("name") == "stderr"]


def test_an_executed_notebook_becomes_html(executed, tmp_path):
    path = tmp_path / "out.ipynb"
    path.write_text(json.dumps(executed))
    command = [sys.executable, "-m", "nbconvert", "--to", "html", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "主張の検証" in page
    if not shutil.which("chromium"):
        pytest.skip("no chromium to look at the page with")
    dump = subprocess.run(
        [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=3000", "--dump-dom", f"file://{tmp_path / 'out.html'}",
        ],
        check=True, capture_output=True, text=True, timeout=120,
    ).stdout  # fmt: skip
    assert dump.count("<audio") == page.count("<audio")
    assert "脚注" in dump


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"epoch": 3}, "did you mean 'epochs'"), ({"seed": "zero"}, "must be int")],
)
def test_a_wrong_parameter_stops_the_notebook_in_its_first_cell(tmp_path, wrong, message):
    with pytest.raises(papermill.PapermillExecutionError, match=message) as caught:
        run_notebook(tmp_path, **wrong)
    assert caught.value.exec_count <= 3


def test_real_recordings_of_debian_train_the_notebook(tmp_path):
    """The voices of asterisk-core-sounds-*-wav, linked by the tool, a few iterations."""
    if len(list(Path("/usr/share/asterisk/sounds").glob("??_??_[fm]_*"))) < 2:
        pytest.skip("fewer than two asterisk-core-sounds-*-wav packages are installed")
    voices = tmp_path / "voices"
    tool = ROOT / "tools" / "link_asterisk_voices.py"
    subprocess.run([sys.executable, tool, voices], check=True, capture_output=True)
    corpus = vox.load_corpus(voices)
    assert len(corpus.labels.groups[0].classes) >= 2
    assert {g.name for g in corpus.labels.groups} == {"speaker", "birthplace", "sex"}
    executed = run_notebook(tmp_path, corpus=str(voices), epochs=0.02)
    assert "Carlo-it" in text_of(executed)
    assert list((tmp_path / "runs").iterdir())
