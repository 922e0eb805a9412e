"""A run as a folder: what it keeps, what it is read back as, what it converts."""

import os
import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
import torch

import vox
from vox.objectives import Classifier
from vox.runs import Run, checkpoint, provenance
from vox.runs.find import find_run


def test_what_a_run_keeps(tiny, two_speakers, tmp_path):
    run = Run(vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path).folder)
    assert list(run.losses.columns[:4]) == [
        "epoch",
        "critic_wasserstein",
        "critic_penalty",
        "critic_classification",
    ]
    assert run.experiment == tiny
    assert run.labels == two_speakers.labels
    assert run.provenance["iterations"] == "8 of 8"
    assert run.provenance["corpus"]["fingerprint"] == two_speakers.fingerprint[:16]
    assert run.provenance["versions"]["torch"] == torch.__version__
    loaded = torch.load(checkpoint.paths(run.folder)[0], weights_only=True)
    assert {"generator", "discriminator", "optimizers", "iteration"} <= loaded.keys()


def test_a_finished_run_heals_its_description(tiny, two_speakers, tmp_path):

    def train():
        return vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path)

    run = train()
    (run.folder / "run.json").write_text("{")
    with pytest.raises(vox.VoxError, match=r"run.json is damaged"):
        Run(run.folder)
    assert train().provenance["iterations"] == "8 of 8"
    (run.folder / "losses.csv").unlink()
    with pytest.raises(vox.VoxError, match=r"losses.csv is missing"):
        _ = run.losses


def test_a_run_converts_by_name_and_fills_in_what_follows(tiny, two_speakers, tmp_path):
    run = vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path)
    pcm = two_speakers.pcm("ada/0.wav")
    assert run.convert(pcm, speaker="bob").shape == pcm.shape
    assert torch.equal(run.index(speaker="bob"), run.index(speaker="bob", sex="male"))
    assert not torch.equal(run.index(speaker="bob"), run.index(speaker="bob", sex=None))
    for wrong, message in (
        ({"speaker": "bobb"}, "did you mean 'bob'"),
        ({"gender": "male"}, "unknown label group"),
        ({}, "say what to convert to"),
    ):
        with pytest.raises(vox.VoxError, match=message):
            run.convert(pcm, **wrong)
    for bad in (np.zeros((2, 100)), np.zeros(0), np.full(100, np.nan)):
        with pytest.raises(vox.VoxError, match="must be finite and of the shape"):
            run.convert(bad, speaker="bob")


def test_a_classifier_converts_nothing(tiny, two_speakers, tmp_path):
    layers = replace(tiny.objective.discriminator, adversarial=None)
    own = replace(tiny.scale, demo=None)
    e = tiny.replace(objective=Classifier(layers=layers), scale=own)
    run = vox.train(e, two_speakers, "cpu", "page", directory=tmp_path)
    with pytest.raises(vox.VoxError, match="trains classifier and converts nothing"):
        run.convert(two_speakers.pcm("ada/0.wav"), speaker="bob")
    with pytest.raises(vox.VoxError, match="unknown network of cfcefd21 'generator'"):
        _ = run.generator


def test_a_commit_is_marked_where_any_of_the_package_changed(tmp_path, monkeypatch):
    for name in ("vox/__init__.py", "vox/models/a.py", "vox/runs/provenance.py", "docs/a.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *words], check=True)
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "vox/runs/provenance.py"))
    assert re.fullmatch("[0-9a-f]{12}", provenance.commit())
    (tmp_path / "docs/a.md").write_text("2")
    assert re.fullmatch("[0-9a-f]{12}", provenance.commit())
    (tmp_path / "vox/models/a.py").write_text("2")
    assert re.fullmatch(r"[0-9a-f]{12} \(changed since\)", provenance.commit())


def test_a_folder_whose_name_is_no_text_is_trained_on(tiny, two_speakers, tmp_path, write):
    folder = tmp_path / os.fsdecode(b"\xe9t\xe9")
    shutil.copytree(tmp_path / "corpus", folder)
    corpus = vox.load_corpus(folder)
    assert corpus.fingerprint == two_speakers.fingerprint
    run = vox.train(tiny.replace(epochs=1), corpus, "cpu", "page", directory=tmp_path / "runs")
    assert Run(run.folder).corpus == str(folder)


def test_a_whole_name_is_that_run_and_no_longer_one(tiny, two_speakers, tmp_path):
    run = vox.train(tiny.replace(epochs=1), two_speakers, "cpu", "page", directory=tmp_path)
    shutil.copytree(run.folder, f"{run.folder}-backup")
    assert find_run(run.folder.name, tmp_path) == run.folder
    with pytest.raises(vox.VoxError, match="could be one of 2"):
        find_run(run.folder.name[:-1], tmp_path)
