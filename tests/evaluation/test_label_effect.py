"""How much labels matter, on generators of which it is known."""

import pytest
import torch

import vox
from vox.evaluation import label_effect


def converts_by(run, how):
    """Give a run a function of images and labels for a generator."""
    run.__dict__["networks"] = {"generator": how}


def test_label_effect_is_none_for_a_generator_that_ignores_labels(two_speakers, tiny, tmp_path):
    run = vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path)
    effect = label_effect(run, two_speakers, ("ada", "bob"), count=4)
    assert effect.between_labels > 0
    weight = run.generator.merge.conv.weight
    weight.data[:, -two_speakers.labels.input_size :] = 0
    assert label_effect(run, two_speakers, ("ada", "bob"), count=4).ratio == 0


def test_a_copy_correlates_wholly_and_a_constant_not_at_all(two_speakers, tiny, tmp_path):
    run = vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path)
    converts_by(run, lambda image, labels: image)
    copy = label_effect(run, two_speakers, ("ada", "bob"), count=6)
    assert (copy.to_input, copy.between_labels) == (0, 0)
    assert (copy.correlation, copy.halves) == (pytest.approx(1), pytest.approx(1))
    assert copy.copies
    assert copy.ignores_labels
    converts_by(run, lambda image, labels: torch.full_like(image, 0.5))
    constant = label_effect(run, two_speakers, ("ada", "bob"), count=6)
    assert constant.correlation == constant.between_inputs == 0
    assert not constant.copies
    converts_by(run, lambda image, labels: image + labels[:, :1, None, None])
    moved = label_effect(run, two_speakers, ("ada", "bob"), count=6)
    assert moved.between_labels == pytest.approx(1)  # one of the two is moved by 1
    assert not moved.ignores_labels
