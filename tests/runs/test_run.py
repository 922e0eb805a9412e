"""A run as a folder: what it keeps, what it is read back as, what it converts."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import vox
from vox.objectives import Classifier
from vox.runs import Run, checkpoint


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
