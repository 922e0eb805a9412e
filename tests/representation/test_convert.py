"""Sound through a representation and back, with a copy or something else for a network."""

import numpy as np
import pytest
import torch
from conftest import tone

import vox
from vox.representation.base import unchanged
from vox.representation.spectrogram import GAIN


def convert(change, spec, pcm, **how):
    return np.concatenate(list(spec.convert([pcm], change, **how)))


@pytest.fixture(scope="module")
def speech():
    corpus = vox.load_corpus("demo")
    return np.concatenate([corpus.pcm(r) for r in corpus.select("test", speaker="anika")])


@pytest.mark.parametrize("seconds", [0.01, 0.9, 1.072, 1.2, 3.7])
def test_any_length_is_kept_to_the_sample(seconds):
    pcm = tone(200, seconds)
    out = convert(unchanged, vox.Spectrogram(length=17152), pcm)
    assert out.shape == pcm.shape
    assert out.dtype == np.float32


def test_a_copying_generator_copies_without_seams():
    """Windows are cross-faded: a steady tone keeps its level all through."""
    t = np.arange(16_000 * 4) / 16_000
    pcm = (0.3 * np.sin(2 * np.pi * 500 * t)).astype(np.float32)
    out = convert(unchanged, vox.Spectrogram(length=17152), pcm)
    level = np.sqrt(np.mean(out[1600:-1600].reshape(-1, 800) ** 2, axis=1))
    assert level == pytest.approx(np.full(len(level), 0.3 / np.sqrt(2)), rel=0.05)


def test_silence_stays_silence_and_level_is_kept():
    pcm = np.concatenate([tone(200, 1.5) * 0.1, np.zeros(32_000, np.float32)])
    out = convert(unchanged, vox.Spectrogram(length=17152, floor=1e-5), pcm)
    assert np.abs(out[-12_000:]).max() < 1e-3
    assert out[:20_000].std() == pytest.approx(pcm[:20_000].std(), rel=0.1)


@pytest.mark.parametrize("sizes", [(1,), (1000, 40_000, 7), (160,) * 50])
def test_pieces_of_any_size_convert_to_the_same_sound(sizes):
    pcm = tone(200, 4)
    spec = vox.Spectrogram(length=17152)
    pieces = np.split(pcm, np.cumsum(sizes))
    out = list(spec.convert(pieces, unchanged, iterations=3))
    assert np.array_equal(np.concatenate(out), convert(unchanged, spec, pcm, iterations=3))


def test_speech_is_no_worse_at_the_borders_of_windows(speech):
    """Half-overlapping windows begin every 32 frames, each at a level of its own."""
    spec = vox.Spectrogram(length=17152, floor=1e-5)
    out = convert(unchanged, spec, speech)
    wanted, got = (spec.magnitude(torch.from_numpy(x)[None])[0].numpy() for x in (speech, out))
    error = np.linalg.norm(got - wanted, axis=1)
    border = [i for k in range(29, len(error) - 4, 32) for i in range(k - 3, k + 4)]
    assert error[border].mean() < 1.5 * np.delete(error, border).mean()
    assert np.linalg.norm(got - wanted) < 0.15 * np.linalg.norm(wanted)
    assert out.std() == pytest.approx(speech.std(), rel=0.15)


def test_the_ends_are_not_louder_than_the_rest():
    """Where frames overlap less, errors would be divided by next to nothing: a click."""
    out = convert(unchanged, vox.Spectrogram(length=17152), tone(300, 3))
    middle = np.abs(out[8000:-8000]).max()
    assert np.abs(out[:300]).max() < 1.2 * middle
    assert np.abs(out[-300:]).max() < 1.2 * middle


def noise(analysis):
    """A generator that answers everything with the same bright image, at any level."""
    draw = torch.Generator().manual_seed(0)
    return analysis.with_image(0.3 + 0.1 * torch.rand(analysis.image.shape, generator=draw))


def test_silence_stays_silence_whatever_the_generator_says():
    pcm = np.concatenate([tone(200, 2), np.zeros(48_000, np.float32), tone(200, 2)])
    out = convert(noise, vox.Spectrogram(length=17152), pcm, iterations=10)
    assert np.abs(out[33_100:78_900]).max() == 0  # a frame of 1024 samples may hold both
    assert out[:30_000].any()
    assert out[82_000:].any()


def test_a_window_keeps_its_level_up_to_a_bound():
    quiet = tone(200, 3) * 1e-3
    out = convert(noise, vox.Spectrogram(length=17152), quiet, iterations=10)
    assert out.std() < 1.5 * quiet.std()
    assert out.std() > quiet.std() / GAIN / 2


def test_a_constant_offset_is_silence_too():
    constant = np.full(5000, 0.5, np.float32)
    out = convert(unchanged, vox.Spectrogram(length=17152), constant, iterations=2)
    assert not out.any()


def test_a_copy_is_what_a_network_that_copies_would_give(speech):
    spec = vox.Spectrogram(length=17152)
    part = speech[:30_000]
    assert np.array_equal(spec.copy(part), convert(unchanged, spec, part))
