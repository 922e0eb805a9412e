import numpy as np
import pytest
import torch
from conftest import tone

import vox
from vox.conversion import convert


class Copy(torch.nn.Module):
    """A generator that returns its input."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, image, labels):
        assert labels.shape == (len(image), 3)
        return image


@pytest.mark.parametrize("seconds", [0.01, 0.9, 1.072, 1.2, 3.7])
def test_any_length_is_kept_to_the_sample(seconds):
    pcm = tone(200, seconds)
    out = convert(Copy(), vox.Spectrogram(length=17152), pcm, torch.zeros(3))
    assert out.shape == pcm.shape
    assert out.dtype == np.float32


def test_a_copying_generator_copies_without_seams():
    """Windows are cross-faded: a steady tone keeps its level all through."""
    t = np.arange(16_000 * 4) / 16_000
    pcm = (0.3 * np.sin(2 * np.pi * 500 * t)).astype(np.float32)
    out = convert(Copy(), vox.Spectrogram(length=17152), pcm, torch.zeros(3))
    level = np.sqrt(np.mean(out[1600:-1600].reshape(-1, 800) ** 2, axis=1))
    assert level == pytest.approx(np.full(len(level), 0.3 / np.sqrt(2)), rel=0.05)


def test_silence_stays_silence_and_level_is_kept():
    pcm = np.concatenate([tone(200, 1.5) * 0.1, np.zeros(32_000, np.float32)])
    out = convert(Copy(), vox.Spectrogram(length=17152, floor=1e-5), pcm, torch.zeros(3))
    assert np.abs(out[-12_000:]).max() < 1e-3
    assert out[:20_000].std() == pytest.approx(pcm[:20_000].std(), rel=0.1)


def test_a_constant_offset_is_silence_too():
    constant = np.full(5000, 0.5, np.float32)
    out = convert(Copy(), vox.Spectrogram(length=17152), constant, torch.zeros(3), iterations=2)
    assert not out.any()


def test_a_run_converts_by_name_and_fills_in_what_follows(tiny, two_speakers, tmp_path):
    run = vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path)
    pcm = two_speakers.pcm("ada/0.wav")
    assert run.convert(pcm, speaker="bob").shape == pcm.shape
    assert torch.equal(run.inputs(speaker="bob"), run.inputs(speaker="bob", sex="male"))
    assert not torch.equal(run.inputs(speaker="bob"), run.inputs(speaker="bob", sex=None))
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
