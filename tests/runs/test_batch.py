"""Many files by several processes, and the table of them: whatever is killed, nothing is lost."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import soundfile
from conftest import tone
from filelock import FileLock

import vox
from vox.cli import main
from vox.representation.adjustment import AS_TRAINED
from vox.runs.batch import COLUMNS, Done, How, begin, converted, tell
from vox.runs.find import VOICES

HOW = How({"speaker": "anika"}, 1, AS_TRAINED)


def die(run, source, target, how, title):
    os.kill(os.getpid(), signal.SIGKILL)


def stay(run, source, target, how, title):
    with FileLock(f"{source}.lock"):
        Path(f"{source}.begun").touch()
        time.sleep(600)


def two(folder):
    return [(Path(folder) / name, Path(folder) / f"{name}.wav") for name in "ab"]


def test_a_process_that_the_system_ends_is_a_sentence(tmp_path):
    with pytest.raises(vox.VoxError, match=r"ended from outside.*fewer --jobs"):
        list(converted(die, vox.Run(VOICES), two(tmp_path), HOW, 2))


def test_a_killed_conversion_takes_its_processes_with_it(tmp_path):
    """Each holds a lock as long as it lives."""
    script = (
        "import vox, test_batch as t; from vox.runs.find import VOICES; "
        f"list(t.converted(t.stay, vox.Run(VOICES), t.two({str(tmp_path)!r}), t.HOW, 2))"
    )
    here = Path(__file__).parent
    paths = os.pathsep.join([*map(str, (here, here.parent, here.parent.parent)), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": paths}
    )
    while len(list(tmp_path.glob("*.begun"))) < 2:
        assert process.poll() is None
        time.sleep(0.1)
    process.kill()
    process.wait()
    for source, _ in two(tmp_path):
        with FileLock(f"{source}.lock", timeout=60):
            pass


def rows(table):
    with open(table, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        Path("in").mkdir(exist_ok=True)
        soundfile.write(f"in/{name}.wav", tone(200, 0.5), 16_000)
    return ["convert", "in", "-o", "out", "--speaker", "anika"]


def test_going_on_with_another_pitch_is_refused(folder, capsys):
    assert main([*folder, "--pitch", "3"]) == 0
    Path("out/b.wav").unlink()
    for more, held in (([], "semitones 3.0"), (["--pitch", "4"], "semitones 3.0")):
        assert main([*folder, "--resume", *more]) == 1
        assert f"{held}, formant 0.0, which is not what is asked" in capsys.readouterr().err
    assert main([*folder, "--resume", "--pitch", "3"]) == 0
    assert main([*folder, "--force"]) == 0
    assert main([*folder, "--resume", "--pitch", "3"]) == 1
    assert "as trained, which is not what is asked" in capsys.readouterr().err


def test_what_is_killed_over_another_target_leaves_none_of_it(folder, monkeypatch):
    """Or going on would take the other target's files for its own."""
    assert main(folder) == 0

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("vox.runs.convert_files.converted", killed)
        assert main([*folder[:-1], "alex", "--force"]) == 130
    assert main([*folder[:-1], "alex", "--resume"]) == 0
    one = soundfile.read("out/a.wav")[0]
    assert main([*folder[:-1], "alex", "-o", "fresh"]) == 0
    assert (one == soundfile.read("fresh/a.wav")[0]).all()


def test_what_a_killed_call_could_not_tell_of_is_added(folder):
    assert main([*folder, "--table", "t.csv"]) == 0
    Path("t.csv").write_text(Path("t.csv").read_text().splitlines()[0] + "\n")
    Path("out/b.wav").unlink()
    for _ in range(2):  # and once alone
        assert main([*folder, "--table", "t.csv", "--resume"]) == 0
    a, b = rows("t.csv")
    assert (a["output"], a["seconds"], a["took_s"]) == (str(Path("out/a.wav")), "0.50", "")
    assert (b["output"], b["seconds"]) == (str(Path("out/b.wav")), "0.50")
    assert float(b["took_s"]) > 0


@pytest.mark.parametrize("text", ["file_name,speaker\na.wav,ann\n", "RIFF\0\0WAVE", "\n"])
def test_what_is_no_such_table_is_left_as_it_is(folder, text, capsys):
    Path("t.csv").write_text(text)
    assert main([*folder, "--table", "t.csv"]) == 1
    assert "t.csv: is no table of conversions" in capsys.readouterr().err
    assert Path("t.csv").read_text() == text
    assert not Path("out/a.wav").exists()
    assert main([*folder, "--table", "in/a.wav"]) == 1
    assert "name a table that ends in .csv" in capsys.readouterr().err


def test_a_line_that_a_full_disk_cut_spoils_no_other(tmp_path):
    table, (pair, other) = tmp_path / "t.csv", two(tmp_path)
    table.write_text(f"{','.join(COLUMNS)}\n{pair[0]},{pair[1]},ani")
    begin(table, [], HOW.labels)
    tell(table, *other, HOW.labels, Done(1.0, 2.0, None))
    assert [row["output"] for row in rows(table)] == [str(pair[1]), str(other[1])]
    assert rows(table)[1]["took_s"] == "2.00"


def test_a_name_that_is_no_text_is_told_escaped(folder):
    name = os.fsdecode(b"in/\xff.wav")
    soundfile.write("x.wav", tone(200, 0.5), 16_000)
    Path("x.wav").rename(name)
    assert main(["convert", name, "-o", "o.wav", "--speaker", "anika", "--table", "t.csv"]) == 0
    assert rows("t.csv")[0]["source"] == "in/\\udcff.wav"
