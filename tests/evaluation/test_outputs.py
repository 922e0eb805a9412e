"""Conversions made elsewhere: how they are found, and that they stand beside the same bounds."""

from unicodedata import normalize

import numpy as np
import pytest
import soundfile

import vox
from vox.cli import main
from vox.corpus import Recording
from vox.evaluation import AsRecorded, Evaluation, Outputs, Pair, Through, judges
from vox.evaluation.pairs import pairs

SPEAKERS = ("anika", "ivan", "victor")


@pytest.fixture(scope="module")
def corpus():
    return vox.load_corpus("demo")


@pytest.fixture
def by_the_target(corpus, tmp_path):
    """The target's own recordings as another system's conversions, in a folder."""
    folder = tmp_path / "made"
    for pair in pairs(corpus, SPEAKERS, 2):
        path = (folder / pair.speakers[1] / pair.source.file).with_suffix(".wav")
        path.parent.mkdir(parents=True)
        soundfile.write(path, corpus.pcm(pair.target), judges.RATE, subtype="FLOAT")
    return folder


def test_files_are_found_by_any_suffix(corpus, tmp_path):
    said = {"a.b": "x/a.b.wav", "c.ogg": "x/c.FLAC", "d/e.wav": "x/d/e.wav.wav"}
    source = {name: Recording(name, {"speaker": "y"}) for name in [*said, "f"]}
    target = Recording("t", {"speaker": "x"})
    for path in said.values():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / path, np.zeros(8), judges.RATE, format="WAV")
    outputs = Outputs(tmp_path, corpus, speakers=["x"])
    for name, path in said.items():
        assert outputs._find(Pair(source[name], target)) == path
    with pytest.raises(vox.VoxError, match=r"1 of 2 conversions are not there[^\n]*\n  x/f$"):
        outputs.ready([Pair(source["c.ogg"], target), Pair(source["f"], target)])
    with pytest.raises(vox.VoxError, match="no folder of conversions"):
        Outputs(tmp_path / "nowhere", corpus)


def test_a_name_is_found_however_it_is_composed(corpus, tmp_path):
    (tmp_path / "x").mkdir()
    for form, other in (("NFC", "NFD"), ("NFD", "NFC")):
        made, said = (normalize(way, "がく") for way in (form, other))
        soundfile.write(path := tmp_path / "x" / f"{made}.wav", np.zeros(8), judges.RATE)
        pair = Pair(Recording(f"{said}.flac", {"speaker": "y"}), Recording("t", {"speaker": "x"}))
        assert Outputs(tmp_path, corpus, speakers=["x"])._find(pair) == f"x/{made}.wav"
        path.unlink()


def test_the_key_is_that_of_the_sounds(by_the_target, corpus):
    before = Outputs(by_the_target, corpus).key
    (by_the_target / "notes.txt").write_text("no sound")
    assert Outputs(by_the_target, corpus).key == before
    sound = next(by_the_target.rglob("*.wav"))
    soundfile.write(sound, np.zeros(16_000), judges.RATE)
    assert Outputs(by_the_target, corpus).key != before


def test_the_target_stands_beside_the_bounds_of_a_representation(by_the_target, corpus):
    bounds = Through(vox.experiment("cfcefd21").representation.replace(floor=1e-5))
    found = Evaluation(Outputs(by_the_target, corpus, bounds, SPEAKERS), corpus, 2)
    means = found.means
    assert means["output"]["target_wins"].mean == means["output"]["target_first"].mean == 1
    assert means["output"]["distortion"].mean == 0
    assert means["output"]["phone_error"].mean == means["target"]["phone_error"].mean
    assert means["copy"]["phone_error"].mean > 0
    assert found.verdicts[0].measured.mean <= 0.1
    assert found.effect is found.fooled is None


def test_without_a_representation_recordings_are_the_bounds():
    pcm = np.ones(3, np.float32)
    assert AsRecorded().copy(pcm) is AsRecorded().ceiling(pcm) is pcm


def test_the_command_line_scores_a_folder(by_the_target, corpus, tmp_path, capsys):
    e = vox.experiment("cfcefd21").replace(width=1 / 32, batch_size=2, epochs=0.02)
    run = vox.train(e, corpus, "cpu", "page", directory=tmp_path / "runs")
    how = ["evaluate", str(run.folder), "--outputs", str(by_the_target)]
    assert main([*how, "--count", "3"]) == 1
    assert "conversions are not there" in capsys.readouterr().err
    for pair in pairs(corpus, run.labels.groups[0].classes, 1):
        path = by_the_target / pair.speakers[1] / pair.source.file
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, corpus.pcm(pair.target), judges.RATE, format="OGG")
    (tmp_path / "file").write_text("mine")
    assert main([*how, "--count", "1", "-o", str(tmp_path / "file")]) == 1
    assert "file: is a file; -o names a folder for the page" in capsys.readouterr().err
    assert main([*how, "--count", "1"]) == 0
    told = capsys.readouterr().out
    assert "above the copy alone" in told
    page = run.folder / "evaluation-made" / "index.html"
    assert "Scores of made on demo" in page.read_text(encoding="utf-8")
    assert not (run.folder / "scores").exists()
    assert {path.name for path in page.parent.iterdir()} == {"index.html", "scores.csv",
                                                             "scores.png"}  # fmt: skip
