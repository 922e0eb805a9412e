"""What the app does, without a browser."""

import csv
import io
import re
import time

import numpy as np
import pytest
import soundfile
from PIL import Image

import vox
from vox import VoxError
from vox.app import Learning, Request, converters, gathered, speakers
from vox.app.conversion import Conversion, spectrogram
from vox.app.page import serve
from vox.cli import main
from vox.runs import Run
from vox.runs.find import VOICES


@pytest.fixture
def recording(tmp_path):
    corpus = vox.load_corpus("demo")
    pcm = corpus.pcm(corpus.select("test", speaker="victor")[0])[:16_000]
    path = tmp_path / "mine.wav"
    soundfile.write(path, np.stack([pcm, pcm], axis=1), 16_000)
    return path


def until(true, seconds=120):
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds
        time.sleep(0.1)


def test_the_package_comes_first_and_what_is_no_whole_run_is_passed_over(tmp_path):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "run.json").write_text("{")
    ((name, folder),) = converters(tmp_path)
    assert folder == str(VOICES)
    assert "3cd41fe0" in name
    assert "anika" in speakers(folder)


def test_a_request_is_what_the_command_line_would_do(recording, tmp_path):
    how = {"strength": 0.5, "pitch": 3.0, "formant": -2.0}
    done = Request(str(recording), str(VOICES), "anika", **how).converted(tmp_path)
    words = ["--strength", "0.5", "--pitch", "3", "--formant", "-2", "--speaker", "anika"]
    other = tmp_path / "other.wav"
    assert main(["convert", str(recording), "-o", str(other), *words]) == 0
    assert done.file.read_bytes() == other.read_bytes()
    assert len(done.source) == len(done.output) == 16_000
    assert done.told == "mine.wav (1.0 s) was converted to anika."


def test_what_is_clipped_is_told_on_the_page(recording, tmp_path):
    pcm, rate = soundfile.read(recording)
    loud = tmp_path / "loud.wav"
    soundfile.write(loud, np.clip(4 * pcm / np.abs(pcm).max(), -1, 1), rate)
    done = Request(str(loud), str(VOICES), "anika").converted(tmp_path)
    assert done.told.startswith("loud.wav (1.0 s) was converted to anika. Mind: ")
    assert "samples of its conversion are clipped" in done.told
    assert str(tmp_path) not in done.told


def test_bad_requests_are_sentences_that_name_no_place(recording, tmp_path):
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no sound")
    for source, speaker, told in (
        (None, "anika", "There is nothing to convert yet: record a sound or drop a file."),
        (str(recording), None, "Choose a voice to convert to."),
        (str(bad), "anika", r"^bad\.wav: not audio that libsndfile reads"),
        (str(tmp_path / "gone.wav"), "anika", r"^gone\.wav: not found"),
        (str(recording), "nobody", "unknown speaker 'nobody'"),
    ):
        with pytest.raises(VoxError, match=told):
            Request(source, str(VOICES), speaker).converted(tmp_path)
    with pytest.raises(VoxError, match="no run there any more"):
        Request(str(recording), str(tmp_path), "anika").converted(tmp_path)


def test_what_is_worth_knowing_is_told_on_the_page(recording, tmp_path):
    """Channels that cancel each other out, in a file whose name is as long as names can be."""
    pcm, rate = soundfile.read(recording)
    long = tmp_path / f"{'長' * 80}.wav"
    soundfile.write(long, pcm * [1, -1], rate)
    done = Request(str(long), str(VOICES), "anika").converted(tmp_path)
    assert done.told.endswith("Mind: its 2 channels cancel each other out: their mean is silence.")
    assert soundfile.info(done.file).frames == len(pcm)


def test_names_that_are_markup_stay_text(tmp_path):
    pcm = np.zeros(1600, np.float32)
    hostile = '<script>"'
    page = Conversion(hostile, hostile, pcm, pcm, 16_000, tmp_path).page()
    assert "<script" not in page
    assert page.count('alt="Spectrogram of 0.1 s: ') == 2


@pytest.mark.parametrize("samples", [10, 16_000, 1_600_000])
def test_a_spectrogram_shows_where_a_tone_lies(samples):
    pcm = np.sin(2 * np.pi * 2000 * np.arange(samples) / 16_000).astype(np.float32)
    picture = np.asarray(Image.open(io.BytesIO(spectrogram(pcm, 16_000))).convert("L"))
    assert picture.shape[0] * 2 < picture.shape[1]
    if samples > 10:
        rows = picture[:, 2 * picture.shape[1] // 5].astype(int)  # beside the axis's label
        inside = np.flatnonzero(rows < 250)  # between the axes
        bright = inside[rows[inside].argmax()]
        assert (inside[-1] - bright) / len(inside) == pytest.approx(0.25, abs=0.05)


def test_recordings_become_a_corpus_of_one_voice(recording, tmp_path):
    bad = tmp_path / "bad.flac"
    bad.write_bytes(b"")
    files = [str(recording), str(bad)]
    folder, problems = gathered(files, " Zoë K. ", tmp_path / "runs")
    assert [str(p) for p in problems] == ["bad.flac: empty file"]
    corpus = vox.load_corpus(folder)
    assert [r.labels["speaker"] for r in corpus.select("train")] == ["Zoë K."]
    (folder.parent / ".Zoë K..new").mkdir()  # by one that was killed
    again, _ = gathered(files, "Zoe\u0308 K.", tmp_path / "runs")
    assert [path.name for path in folder.parent.iterdir()] == ["Zoë K."]
    assert vox.load_corpus(again).fingerprint == corpus.fingerprint


@pytest.mark.parametrize(
    "name", ["", "  ", "..", ".x", "a/b", "a\\b", "x" * 61, "a\nb", "a:b", "nan", "Unknown"]
)
def test_a_name_that_is_no_folder_is_told(name, recording, tmp_path):
    with pytest.raises(VoxError, match="name"):
        gathered([str(recording)], name, tmp_path)
    assert not [*tmp_path.glob("recordings/*")]


def test_nothing_to_learn_from_is_told(tmp_path):
    with pytest.raises(VoxError, match="no recording to learn from: none was given"):
        gathered([], "me", tmp_path)


def test_learning_is_watched_stopped_and_gone_on_with(recording, tmp_path):
    pcm, rate = soundfile.read(recording)
    long = tmp_path / "long.wav"
    soundfile.write(long, np.tile(pcm, (6, 1)), rate)
    corpus, _ = gathered([str(long)], "me", tmp_path)
    learning = Learning(tmp_path)
    assert learning.told == "Nothing is being learned."
    learning.adapt(str(VOICES), corpus, iterations=400)
    with pytest.raises(VoxError, match="being learned already"):
        learning.adapt(str(VOICES), corpus)
    with pytest.raises(VoxError, match="being learned already"):
        learning.check_free()
    until(lambda: learning.share)
    assert learning.told.startswith("Learning: ")
    learning.stop()
    until(lambda: not learning.running)
    assert learning.told.startswith("Stopped.")
    assert not learning.made
    (folder,) = tmp_path.glob("3cd41fe0*")
    with open(folder / "losses.csv", newline="") as file:
        before = len([*csv.reader(file)]) - 1
    assert 0 < before < 400
    learning.adapt(str(VOICES), corpus, iterations=400)
    until(lambda: not learning.running)
    until(lambda: learning.made)
    assert learning.told.startswith("Learned: 3cd41fe0")
    assert speakers(learning.made)[-1] == "me"
    assert converters(tmp_path)[1] == (folder.name, str(folder))
    assert len(Run(folder).losses) == 400


def test_training_from_the_start_is_stopped_and_gone_on_with(tmp_path):
    demo = vox.load_corpus("demo")
    for speaker in ("alex", "anika"):
        (tmp_path / "two" / speaker).mkdir(parents=True)
        for i, recording in enumerate(demo.select("train", speaker=speaker)[:4]):
            soundfile.write(tmp_path / "two" / speaker / f"{i}.wav", demo.pcm(recording), 16_000)
    learning, steps = Learning(tmp_path), []
    for _ in range(2):
        learning.train(tmp_path / "two")
        until(lambda: learning.share)
        steps.append(learning.share)
        learning.stop()
        until(lambda: not learning.running)
        assert learning.told.startswith("Stopped.")
    (folder,) = tmp_path.glob("3cd41fe0*")
    assert steps[1] >= steps[0]
    with open(folder / "losses.csv", newline="") as file:
        rows = [int(row["iteration"]) for row in csv.DictReader(file)]
    assert rows == list(range(1, len(rows) + 1))  # each once: nothing was begun anew


def test_what_cannot_be_learned_is_a_sentence(tmp_path):
    learning = Learning(tmp_path)
    learning.adapt(str(VOICES), tmp_path / "nowhere")
    until(lambda: not learning.running)
    until(lambda: "nowhere" in learning.told)
    assert learning.told.startswith("It could not be learned: corpus")
    assert "Traceback" not in learning.told
    assert not learning.made
    for name in ("a.wav", "b.wav"):
        (tmp_path / "bad" / "me" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bad" / "me" / name).write_bytes(b"")
    learning.adapt(str(VOICES), tmp_path / "bad")
    until(lambda: not learning.running)
    until(lambda: "b.wav" in learning.told)
    assert re.match("It could not be learned: corpus .*a.wav.*b.wav", learning.told)


def test_a_port_that_is_none_is_told(tmp_path):
    with pytest.raises(VoxError, match="port 70000: a port is a number from 1 to 65535"):
        serve(tmp_path, 70_000)
