"""The command line: what it shows, and what it does not load for it."""

import json
import subprocess
import sys

import pytest

from vox.cli import main


def test_list_and_show(capsys):
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert "cfcefd21  9ada9179  2019-03-12" in listed
    assert main(["show", "cfcefd21"]) == 0
    shown = capsys.readouterr().out
    assert "representation.length: 66304 -> 17152" in shown
    assert "merge" in shown
    assert main(["show", "nothing"]) == 1


LOOK = """
import json, sys
from vox.cli import main
try:
    status = main(sys.argv[1:])
except SystemExit as ended:
    status = ended.code
heavy = [name for name in ("torch", "librosa", "matplotlib", "pandas") if name in sys.modules]
print(json.dumps([status, heavy]))
"""


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--version"], 0),
        (["list"], 0),
        (["show", "cfcefd21"], 0),
        (["show", "cfcefd12"], 1),
        (["train", "cfcefd12"], 1),
        (["convert", "x.wav", "-o", "y.wav", "--run", "none"], 1),
        (["evaluate", "none"], 1),
        (["nonsense"], 2),
    ],
)
def test_what_needs_little_loads_no_torch(words, status, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *words], capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1]) == [status, []], done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("id", ["3bd6b23a", "128ffa10"])
def test_what_only_counts_is_trained_from_the_command_line(id, two_speakers, tmp_path, capsys):
    how = ["train", id, "--corpus", two_speakers.name, "--directory", str(tmp_path / "runs")]
    for _ in range(2):  # again: what is there already
        assert main(how) == 0
        assert f"{id}-" in capsys.readouterr().out
