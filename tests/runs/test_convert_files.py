"""Converting files as a user does: formats, rates, pipes, folders, errors, no half files."""

import csv
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import encode, tone

import vox
import vox.audio
from vox.cli import main
from vox.runs.find import find_run


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of a moment, in a folder of runs."""
    folder = tmp_path_factory.mktemp("trained")
    for speaker, frequency in (("ada", 220), ("bob", 110)):
        for i in range(4):
            path = folder / "corpus" / speaker / f"{i}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, tone(frequency * (1 + 0.1 * i), 1.5), 16_000)
    e = vox.experiment("cfcefd21").replace(width=1 / 32, batch_size=2, epochs=1)
    corpus = vox.load_corpus(folder / "corpus")
    return vox.train(e, corpus, "cpu", "page", directory=folder / "runs")


@pytest.fixture
def convert(trained, tmp_path, monkeypatch, capsys):
    """Call ``vox convert`` in a folder of its own; return its status and what it said."""
    monkeypatch.chdir(tmp_path)

    def convert(source, target, *more, speaker="bob"):
        status = main(
            ["convert", str(source), "-o", str(target), "--run", str(trained.folder)]
            + (["--speaker", speaker] if speaker else []) + list(more)
        )  # fmt: skip
        return status, capsys.readouterr()

    return convert


def sound(path, seconds=1.3, rate=16_000, channels=1, **how):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.tile(tone(200, seconds, rate)[:, None], channels), rate, **how)
    return Path(path)


@pytest.mark.parametrize(
    ("source", "target", "rate", "channels", "subtype"),
    [
        ("in.wav", "out.wav", 8000, 1, "PCM_16"),
        ("in.wav", "out.flac", 44_100, 2, "PCM_16"),
        ("in.flac", "out.ogg", 48_000, 1, "VORBIS"),
        ("in.ogg", "out.mp3", 22_050, 1, "MPEG_LAYER_III"),
        ("in.aiff", "out.aif", 11_025, 6, "PCM_16"),
        ("in.flac", "out.opus", 48_000, 1, "OPUS"),
    ],
)
def test_any_format_rate_and_channel_count(convert, source, target, rate, channels, subtype):
    sound(source, 1.3, rate, channels)
    assert convert(source, target)[0] == 0
    heard = soundfile.info(target)
    assert (heard.samplerate, heard.channels, heard.subtype) == (rate, 1, subtype)
    if subtype.startswith("PCM") or subtype == "VORBIS":
        assert heard.frames == soundfile.info(source).frames  # to the sample
    assert np.abs(soundfile.read(target)[0]).max() > 1e-3


def test_an_encoding_is_kept_within_a_format(convert):
    sound("in.wav", subtype="FLOAT")
    convert("in.wav", "out.wav")
    assert soundfile.info("out.wav").subtype == "FLOAT"


def test_length_is_kept_for_odd_lengths(convert):
    for samples in (1, 100, 44_101, 65_537):
        soundfile.write("in.wav", tone(200, 2, 44_100)[:samples], 44_100)
        assert convert("in.wav", "out.wav", "--force")[0] == 0
        assert soundfile.info("out.wav").frames == samples


def test_it_is_what_the_run_converts_to(convert, trained):
    path = sound("in.wav", 2, subtype="FLOAT")
    convert(path, "out.wav")
    expected = trained.convert(tone(200, 2), speaker="bob")
    assert np.allclose(soundfile.read("out.wav", dtype="float32")[0], expected, atol=1e-6)


def test_a_pipe_in_and_out(trained, tmp_path):
    path = sound(tmp_path / "in.flac", 1.5, 22_050)
    done = subprocess.run(
        [sys.executable, "-m", "vox", "convert", "-", "-o", "-", "--run", trained.folder,
         "--speaker", "bob"],
        input=path.read_bytes(), capture_output=True, check=True,
    )  # fmt: skip
    heard, rate = soundfile.read(io.BytesIO(done.stdout))
    assert (rate, len(heard)) == (22_050, soundfile.info(path).frames)
    done = subprocess.run([*done.args], input=b"no sound", capture_output=True, check=False)
    assert done.returncode == 1
    assert b"standard input: not audio" in done.stderr


def test_a_folder_into_a_folder(convert):
    sound("in/a.wav")
    sound("in/deep/b.flac", rate=8000)
    Path("in/bad.wav").write_text("no sound")
    Path("in/notes.txt").write_text("passed over")
    status, told = convert("in", "out")
    assert status == 1
    assert "1 files could not be converted" in told.err
    assert "bad.wav: not audio" in told.err
    assert {p.relative_to("out") for p in Path("out").rglob("[!.]*.*")} == {
        Path("a.wav"), Path("deep/b.flac")
    }  # fmt: skip
    assert soundfile.info("out/deep/b.flac").samplerate == 8000


def test_an_interrupted_folder_goes_on(convert):
    sound("in/a.wav")
    sound("in/b.wav")
    sound("out/a.wav", 0.1)
    before = Path("out/a.wav").read_bytes()
    status, told = convert("in", "out")
    assert status == 1
    assert "out/a.wav: exists already; --force overwrites it" in told.err
    assert not Path("out/b.wav").exists()
    assert convert("in", "out", "--resume")[0] == 0
    assert Path("out/a.wav").read_bytes() == before
    assert soundfile.info("out/b.wav").frames == soundfile.info("in/b.wav").frames


@pytest.mark.parametrize(
    ("source", "target", "more", "speaker", "message"),
    [
        ("none.wav", "out.wav", (), "bob", "none.wav: not found"),
        ("text.wav", "out.wav", (), "bob", "not audio that libsndfile reads"),
        ("in.wav", "out.wav", (), "bobb", "unknown speaker 'bobb'; did you mean 'bob'?"),
        ("in.wav", "out.wav", (), None, "say what to convert to"),
        ("in.wav", "out.wav", ("--sex", "male"), None, "unknown label group 'sex'"),
        ("in.wav", "old.wav", (), "bob", "old.wav: exists already; --force overwrites it"),
        ("in.wav", "in.wav", ("--force",), "bob", "is the input itself"),
        ("in.wav", "link.wav", ("--force",), "bob", "is the input itself"),
        ("in.wav", "out.xyz", (), "bob", "no sound format has that suffix"),
        ("in.wav", "folder", (), "bob", "is a folder; name a file"),
        ("folder", "out", (), "bob", "no sound files in it"),
        ("folder", "folder", ("--force",), "bob", "is the input itself; name another folder"),
        ("folder", "old.wav", (), "bob", "a folder goes into a folder"),
        ("odd.wav", "out.opus", (), "bob", "cannot hold 12345 Hz"),
    ],
)
def test_errors_say_what_to_do_and_touch_nothing(convert, source, target, more, speaker, message):
    sound("in.wav")
    sound("old.wav", 0.1)
    sound("odd.wav", rate=12_345)
    os.link("in.wav", "link.wav")
    Path("text.wav").write_text("no sound")
    Path("folder").mkdir()
    before = {p: p.read_bytes() for p in Path().iterdir() if p.is_file()}
    status, told = convert(source, target, *more, speaker=speaker)
    assert status == 1
    assert message in told.err
    assert {p: p.read_bytes() for p in Path().iterdir() if p.is_file()} == before


def test_no_run_says_which_there_are(trained, tmp_path, capsys):
    path = str(sound(tmp_path / "in.wav"))
    how = ["convert", path, "-o", str(tmp_path / "out.wav"), "--speaker", "bob"]
    runs = ["--directory", str(trained.folder.parent)]
    assert main([*how, *runs, "--run", "cfcefd22"]) == 1
    told = capsys.readouterr().err
    assert trained.folder.name in told
    assert "vox train" in told
    assert main([*how, *runs, "--run", "cfce"]) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes cannot be limited there")
def test_a_full_disk_leaves_no_half_file(trained, tmp_path):
    """The system's limit on file sizes stands for it: writing fails somewhere inside the sound."""
    path = sound(tmp_path / "in.wav", 20)
    done = subprocess.run(
        [sys.executable, "-m", "vox", "convert", path, "-o", tmp_path / "out.wav",
         "--run", trained.folder, "--speaker", "bob"],
        capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)),
    )  # fmt: skip
    assert done.returncode == 1
    assert "out.wav: cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["in.wav"]


def test_a_file_that_was_cut_off_is_no_shorter_or_longer_sound(convert):
    """Of an MP3 libsndfile finds that out at the end of what is there."""
    soundfile.write("in.mp3", tone(200, 30), 16_000)
    data = Path("in.mp3").read_bytes()
    Path("in.mp3").write_bytes(data[: len(data) * 4 // 10])
    status, told = convert("in.mp3", "out.wav")
    assert status == 1
    assert "truncated" in told.err
    assert [p.name for p in Path().iterdir()] == ["in.mp3"]


def streamed(path):
    """Make a file what a program writes into a pipe: it cannot go back to write the length."""
    data = bytearray(path.read_bytes())
    if path.suffix == ".wav":
        at = data.index(b"data") + 4
        data[4:8] = data[at : at + 4] = b"\xff\xff\xff\xff"
    else:
        data[21] &= 0xF0  # STREAMINFO: 36 bits of samples in all
        data[22:26] = bytes(4)
    path.write_bytes(data)


def test_a_sound_from_a_pipe_does_not_tell_its_length(convert):
    streamed(sound("in.wav", 12.3))
    assert vox.audio.read("in.wav", 16_000).shape == (196_800,)
    assert convert("in.wav", "out.wav")[0] == 0
    assert soundfile.info("out.wav").frames == 196_800
    streamed(sound("in.flac", 12.3))
    assert convert("in.flac", "other.wav")[0] == 0
    assert soundfile.info("other.wav").frames == 196_800


def test_a_folder_that_is_none_is_told(convert):
    sound("in.wav")
    Path("plain").write_text("a file")
    for target in ("plain/out.wav", "plain/deep/out.wav"):
        status, told = convert("in.wav", target)
        assert status == 1
        assert "cannot be written" in told.err


def test_a_folder_inside_its_source_is_not_converted_again(convert, tmp_path):
    sound("in/a.wav")
    for _ in range(2):
        assert convert("in", tmp_path / "in" / "out", "--resume")[0] == 0
    assert {p.relative_to("in").as_posix() for p in Path("in").rglob("*.wav")} == {
        "a.wav", "out/a.wav"
    }  # fmt: skip


def test_24_bits_stay_24_bits(convert):
    sound("in.wav", subtype="PCM_24", format="WAVEX")
    assert convert("in.wav", "out.wav")[0] == 0
    assert soundfile.info("out.wav").subtype == "PCM_24"


def test_an_encoding_that_is_only_read_gives_way_to_the_usual_one(convert):
    encode("in.mp3", tone(200, 1.3, 44_100), 44_100, "mp2", format="mp2")
    status, told = convert("in.mp3", "out.mp3")
    assert status == 0
    assert soundfile.info("out.mp3").subtype == "MPEG_LAYER_III"
    assert "note: in.mp3: MPEG_LAYER_II in MP3 is read and not written" in told.err
    encode("in.wav", tone(200, 1.3, 44_100), 44_100, "libmp3lame", format="wav")
    status, told = convert("in.wav", "out.wav")
    assert status == 0
    assert soundfile.info("out.wav").subtype == "PCM_16"
    assert "MPEG_LAYER_III in WAV is read and not written; written as PCM_16" in told.err
    assert convert("in.mp3", "out.flac")[1].err == ""  # another format anyway


def test_what_is_read_and_not_written_becomes_a_wav_in_a_folder(convert):
    Path("in").mkdir()
    encode("in/a.m4a", tone(200, 1.3, 44_100), 44_100, "aac")
    assert convert("in", "out")[0] == 0
    assert [p.name for p in Path("out").glob("[!.]*")] == ["a.m4a.wav"]
    status, told = convert("in/a.m4a", "out.m4a")
    assert status == 1
    assert "no sound format has that suffix that can be written" in told.err


def test_no_conversion_takes_the_place_of_another_in_a_folder(convert):
    sound("in/a.m4a.wav")
    for name in ("a", "x" * 250):
        encode(f"in/{name}.m4a", tone(200, 1.3, 44_100), 44_100, "aac")
    status, told = convert("in", "out")
    assert status == 1
    assert [p.name for p in Path("out").glob("[!.]*")] == ["a.m4a.wav"]
    assert "in/a.m4a.wav: its conversion would be called a.m4a.wav, as that of a.m4a" in told.err
    assert "x.m4a.wav, which is too long for a file" in told.err


def test_a_name_that_no_file_can_have_is_a_sentence(convert):
    long = "x" * 300 + ".wav"
    for source, target in ((long, "out.wav"), (sound("in.wav"), long), (Path(), long)):
        status, told = convert(source, target)
        assert status == 1
        assert told.err.startswith("vox: ")
        assert "File name too long" in told.err
        assert "Traceback" not in told.err


def test_clipping_and_channels_that_cancel_are_told(convert):
    loud = np.tile(tone(200, 1.3, level=4), (2, 1)).T
    soundfile.write("loud.wav", loud, 16_000, subtype="FLOAT")
    assert convert("loud.wav", "out.wav")[1].err == ""  # floats hold it
    status, told = convert("loud.wav", "out.flac")
    assert status == 0
    assert "samples of its conversion are clipped" in told.err
    soundfile.write("anti.wav", tone(200, 1.3)[:, None] * [1, -1], 16_000)
    told = convert("anti.wav", "other.wav")[1]
    assert "note: anti.wav: its 2 channels cancel each other out" in told.err


def test_damage_deep_in_a_file_leaves_no_half_file(convert):
    pcm = tone(200, 15)
    pcm[16_000 * 12] = np.nan
    soundfile.write("in.wav", pcm, 16_000, subtype="FLOAT")
    status, told = convert("in.wav", "out.wav")
    assert status == 1
    assert "in.wav: NaN or infinite sample, first at 12.000 s" in told.err
    assert [p.name for p in Path().iterdir()] == ["in.wav"]


def test_several_processes_do_the_same_and_a_table_tells_of_it(convert):
    for name in "abc":
        sound(f"in/{name}.wav", 1 + ord(name) % 3)
    Path("in/bad.wav").write_text("no sound")
    assert convert("in", "one", "--table", "one.csv")[0] == 1
    assert convert("in", "two", "--jobs", "2", "--table", "told/two.csv")[0] == 1
    for name in "abc":
        one, two = (soundfile.read(Path(folder) / f"{name}.wav")[0] for folder in ("one", "two"))
        assert one.shape == two.shape  # sums in fewer threads may be rounded otherwise
        assert np.abs(one - two).max() < 1e-3
    with open("told/two.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["source"]).name for row in rows] == ["a.wav", "b.wav", "bad.wav", "c.wav"]
    assert [float(row["seconds"]) for row in rows] == [2.0, 3.0, 0.0, 1.0]
    assert {row["target"] for row in rows} == {"bob"}
    assert "not audio" in rows[2]["problem"]
    assert not rows[0]["problem"]


def test_a_table_goes_on_with_the_folder(convert):
    sound("in/a.wav")
    convert("in", "out", "--table", "t.csv")
    sound("in/b.wav")
    assert convert("in", "out", "--resume", "--table", "t.csv")[0] == 0
    with open("t.csv", newline="") as file:
        outputs = [row["output"] for row in csv.DictReader(file)]
    assert outputs == [str(Path("out/a.wav")), str(Path("out/b.wav"))]


def test_no_process_is_told(convert):
    sound("in.wav")
    status, told = convert("in.wav", "out.wav", "--jobs", "0")
    assert status == 1
    assert "jobs must be 1 or more" in told.err


def test_what_an_image_cannot_adjust_is_told_before_anything_is_read(convert):
    status, told = convert("in.wav", "out.wav", "--pitch", "-3")
    assert status == 1
    assert "pitch and envelope apart" in told.err


def test_a_folder_is_read_by_the_rules_of_a_corpus(convert, monkeypatch):
    """Hidden names are passed over, links followed, and what is passed over is told."""
    sound("in/a.wav")
    sound("in/sub/b.wav")
    sound("in/.ipynb_checkpoints/a-checkpoint.wav")
    sound("in/__MACOSX/a.wav")
    sound("real/linked.wav")
    Path("in/linkdir").symlink_to("../real")
    Path("in/loop").symlink_to(".")
    Path("in/folder.wav").mkdir()
    Path("in/._a.wav").write_text("junk")
    Path("in/c.txt").write_text("junk")
    status, told = convert("in", "out")
    assert status == 0, told.err
    assert {p.relative_to("out").as_posix() for p in Path("out").rglob("[!.]*.wav")} == {
        "a.wav", "sub/b.wav", "linkdir/linked.wav"
    }  # fmt: skip
    assert "passed over, as hidden or not audio by their name: 1 .txt, 3 hidden" in told.err
    assert "loop: the same folder as one already read" in told.err
    os.mkfifo("in/pipe.wav")
    scandir = os.scandir

    def guarded(path="."):
        if os.path.basename(os.fspath(path)) == "sub":
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    status, told = convert("in", "other")
    assert status == 1
    assert "sub: cannot be read: Permission denied" in told.err
    assert "pipe.wav: no regular file" in told.err
    assert Path("other/linkdir/linked.wav").exists()


def test_names_of_any_kind_are_converted(convert):
    names = ("山田　太郎.wav", unicodedata.normalize("NFD", "がく.wav"), "ann👩\u200d🎤.wav")
    for name in names:
        sound(Path("in") / name)
    sound("in/bad\x1b[2J.wav")
    status, told = convert("in", "out")
    assert status == 1
    assert "\x1b" not in told.err + told.out
    assert {p.name for p in Path("out").glob("[!.]*")} == set(names)


def test_going_on_to_another_target_is_refused(convert, trained):
    sound("in/a.wav")
    sound("in/b.wav")
    assert convert("in", "out")[0] == 0
    Path("out/b.wav").unlink()
    status, told = convert("in", "out", "--resume", speaker="ada")
    assert status == 1
    assert f"out: holds conversions to bob by {trained.folder.name}" in told.err
    assert not Path("out/b.wav").exists()
    assert convert("in", "out", "--resume")[0] == 0
    assert Path("out/b.wav").exists()
    assert convert("in", "out", "--force", speaker="ada")[0] == 0
    assert convert("in", "out", "--resume", speaker="ada")[0] == 0


def test_what_a_killed_conversion_left_is_swept(convert):
    sound("in/a.wav")
    Path("out").mkdir()
    left = [Path("out/.a.wav.0123abcd.part"), Path("out/.gone.flac.77.part")]
    others = [Path("out/.notes.txt.1.part"), Path("out/a.wav.12.part"), Path("out/.a.wav.part")]
    for path in left + others:
        path.write_text("half")
    assert convert("in", "out")[0] == 0
    assert not any(path.exists() for path in left)
    assert all(path.exists() for path in others)


def test_the_run_is_named_by_corpus_and_date_or_is_the_latest(trained, tmp_path, capsys):
    other = tmp_path / "runs" / "cfcefd21-0123456789ab"
    shutil.copytree(trained.folder, tmp_path / "runs" / trained.folder.name)
    shutil.copytree(trained.folder, other)
    told = json.loads((other / "run.json").read_text())
    told["corpus"], told["provenance"]["time"] = "/their/voices", "2099-01-02T03:04:05+00:00"
    (other / "run.json").write_text(json.dumps(told))
    path = str(sound(tmp_path / "in.wav"))
    how = ["convert", path, "-o", str(tmp_path / "out.wav"), "--speaker", "bob"]
    runs = ["--directory", str(tmp_path / "runs")]
    assert main([*how, *runs, "--run", "cfcefd21"]) == 1
    said = capsys.readouterr().err
    assert f"{other.name}  2099-01-02 03:04  {trained.provenance['iterations']}" in said
    assert "/their/voices" in said
    assert trained.corpus in said
    assert find_run("latest", tmp_path / "runs") == other
    assert main([*how, *runs, "--run", "latest"]) == 0
