"""A run that learns a speaker whom it never heard, and stays what it was for the others."""

import copy
import csv
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import vox
from vox import VoxError
from vox.cli import main
from vox.corpus.corpus import DEMO
from vox.evaluation import judges
from vox.objectives.converter import Batch
from vox.training.state import Training

NEW = "victor"


def part_of_demo(folder, wanted):
    """Copy the recordings of some speakers of the embedded corpus."""
    folder.mkdir()
    with open(DEMO / "metadata.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if wanted(row["speaker"])]
    with open(folder / "metadata.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        (folder / row["file_name"]).parent.mkdir(exist_ok=True)
        shutil.copy(DEMO / row["file_name"], folder / row["file_name"])
    return vox.load_corpus(folder)


@pytest.fixture(scope="module")
def adapted(tmp_path_factory):
    """A run of seven speakers, the eighth alone, and the run that was taught him."""
    folder = tmp_path_factory.mktemp("adapted")
    seven = part_of_demo(folder / "seven", lambda name: name != NEW)
    eighth = part_of_demo(folder / "eighth", lambda name: name == NEW)
    e = vox.experiment("3cd41fe0").replace(width=1 / 8, epochs=4)
    run = vox.train(e, seven, "cpu", "demo", directory=folder / "runs")
    return run, eighth, vox.adapt(run, eighth, "cpu", directory=folder / "runs", iterations=30)


def test_nothing_but_what_is_of_the_new_speaker_changes(adapted):
    run, _, more = adapted
    before, after = (r.networks["converter"].state_dict() for r in (run, more))
    grown = 0
    for name, value in after.items():
        known = len(before[name]) if before[name].shape != value.shape else len(value)
        assert torch.equal(value[:known], before[name]), name
        grown += known < len(value)
    assert grown > 3
    embedding = after["shift.vectors.weight"]
    assert not torch.allclose(embedding[-1], embedding[:-1].mean(dim=0), atol=1e-3)


def test_conversions_to_the_old_speakers_stay(adapted):
    run, eighth, more = adapted
    pcm = eighth.pcm(eighth.recordings[0])[:32_000]
    one, other = (r.convert(pcm, speaker="anika") for r in (run, more))
    apart = np.sqrt(np.mean((one - other) ** 2))
    assert apart < 0.5 * np.sqrt(np.mean(one**2))  # his own voice is known now, and left out


def test_it_converts_to_the_new_speaker(adapted):
    _, eighth, more = adapted
    demo = vox.load_corpus("demo")
    pcm = demo.pcm(demo.select("test", speaker="anika")[0])
    made = judges.voice(more.convert(pcm, speaker=NEW))
    target = judges.voice(eighth.pcm(eighth.select("test")[0]))
    assert judges.similarity(made, target) > judges.similarity(made, judges.voice(pcm))


def test_what_was_learned_reconstructs_him_better_than_what_it_began_with(adapted):
    run, eighth, more = adapted
    e, labels = more.experiment, more.labels
    windows = e.representation.windows(eighth, split="test")
    _, starts = windows.draw(0, 0, 64)
    batch = Batch(
        e.representation.windowed(windows.cut(starts)),
        labels.index(speaker=NEW).expand(64, -1),
    )
    networks = {"converter": copy.deepcopy(more.networks["converter"])}
    first = len(run.labels.groups[0].classes)

    def loss():
        with torch.no_grad():
            return float(e.objective.losses("converter", networks, labels, batch)["reconstruction"])

    learned = loss()
    for module in networks["converter"].modules():
        if isinstance(module, torch.nn.Embedding):
            module.weight.data[first:] = module.weight.data[:first].mean(dim=0)
    assert learned < loss()


def test_it_is_a_run_of_its_own(adapted):
    run, eighth, more = adapted
    assert more.folder != run.folder
    assert more.spec.key not in (run.spec.key, "")
    assert more.provenance["adapted_from"]["key"] == run.spec.key
    assert more.labels.groups[0].classes == (*run.labels.groups[0].classes, NEW)
    assert set(more.implied) == {*run.implied, NEW}
    again = vox.adapt(run, eighth, "cpu", directory=run.folder.parent, iterations=30)
    assert again.folder == more.folder
    other = vox.adapt(run, eighth, "cpu", directory=run.folder.parent, iterations=1)
    assert other.folder != more.folder


def test_from_the_command_line(adapted, tmp_path, capsys):
    run, eighth, _ = adapted
    how = ["adapt", str(run.folder), "--corpus", eighth.name, "--directory", str(tmp_path)]
    assert main([*how, "--iterations", "2", "--device", "cpu"]) == 0
    made, then = capsys.readouterr().out.splitlines()
    folder = made.partition(":")[0]
    assert then.startswith(f"vox convert IN.wav --run {folder} --speaker {NEW} -o OUT.wav")
    assert main(["speakers", "--run", folder]) == 0
    assert NEW in capsys.readouterr().out


def test_what_cannot_be_adapted_is_told(adapted, two_speakers, tiny, tmp_path):
    run, eighth, more = adapted
    with pytest.raises(VoxError, match="knows a speaker 'victor' already"):
        vox.adapt(more, eighth, "cpu", directory=tmp_path)
    with pytest.raises(VoxError, match="iterations must be 1 or more"):
        vox.adapt(run, eighth, "cpu", directory=tmp_path, iterations=0)
    other = vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path)
    with pytest.raises(VoxError, match="'stargan' cannot be adapted"):
        vox.adapt(other, eighth, "cpu", directory=tmp_path)


def test_too_little_to_train_on_is_told(two_speakers, tmp_path, capsys):
    e = vox.experiment("3cd41fe0").replace(width=1 / 16, epochs=1)
    vox.train(e, two_speakers, "cpu", "demo", directory=tmp_path)
    told = capsys.readouterr().err
    assert "less than 60 s to train on: ada 6 s, bob 6 s" in told
    assert "only 1 iterations" in told


def test_a_corpus_without_speakers_is_told(adapted, tmp_path):
    run, eighth, _ = adapted
    (tmp_path / "metadata.csv").write_text("file_name,speaker\none.ogg,\n")
    shutil.copy(DEMO / eighth.recordings[0].file, tmp_path / "one.ogg")
    with pytest.raises(VoxError, match=r"one\.ogg.*no label in any group"):
        vox.adapt(run, vox.load_corpus(tmp_path), "cpu", directory=tmp_path)
    (tmp_path / "metadata.csv").unlink()
    with pytest.raises(VoxError, match="put it into a folder named after who speaks"):
        vox.load_corpus(tmp_path)


def test_counted_later_is_counted_the_same(adapted, tmp_path):
    """Speakers' statistics of seven and then the eighth are those of all eight."""
    run, eighth, _ = adapted
    e, demo = vox.experiment("3bd6b23a"), vox.load_corpus("demo")
    seven = vox.load_corpus(run.corpus)
    first = vox.train(e, seven, "cpu", "demo", directory=tmp_path)
    later = vox.adapt(first, eighth, "cpu", directory=tmp_path)
    whole = vox.train(e, demo, "cpu", "demo", directory=tmp_path)
    assert later.labels.groups[0] == whole.labels.groups[0]  # the eighth is the last by name too
    for name, value in whole.networks["statistics"].state_dict().items():
        assert torch.equal(later.networks["statistics"].state_dict()[name], value), name


def test_iterations_told_in_epochs_are_as_many():
    for recordings in (11, 22, 39, 83, 100):
        e = vox.experiment("3cd41fe0").replace(epochs=400 * 8 / recordings)
        given = SimpleNamespace(e=e, windows=range(recordings))
        assert Training.total.fget(given) == 400
