import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import scipy.interpolate
import scipy.signal

import vox
from vox.errors import VoxError
from vox.representation import vocoder as module
from vox.representation.axes import mel_points, to_mel
from vox.representation.synthesis import noise
from vox.representation.transform import (
    move_pitch,
    pitch_statistics,
    shift_pitch,
    warp,
)
from vox.representation.vocoder import Features, Vocoder

pyworld = pytest.importorskip("pyworld")
RATE = 16_000
VOCODER = Vocoder()
FORMANTS = (700, 1220, 2600)


def vowel(seconds, low=120.0, high=None):
    """Pulses through three resonators; with `high` the pitch goes up and down twice a second."""
    t = np.arange(round(seconds * RATE)) / RATE
    high = high or low
    pitch = low + (high - low) * (0.5 - 0.5 * np.cos(4 * np.pi * t))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    # the sum of the cosines of all harmonics up to 7.6 kHz (Dirichlet's kernel)
    half = phase / 2 + 1e-9
    pcm = np.sin((2 * int(7600 / high) + 1) * half) / (2 * np.sin(half)) - 0.5
    for formant, width in zip(FORMANTS, (80, 90, 120), strict=True):
        radius = np.exp(-np.pi * width / RATE)
        feedback = [1, -2 * radius * np.cos(2 * np.pi * formant / RATE), radius**2]
        pcm = scipy.signal.lfilter([1], feedback, pcm)
    return (0.3 * pcm / np.abs(pcm).max()).astype(np.float32)


def peaks(features):
    """Frequencies in Hz at which the mean envelope has its first three peaks, below 4 kHz."""
    hz = np.arange(50, 4000, 5.0)
    mean = features.envelope[30:-30].mean(axis=0)
    curve = scipy.interpolate.CubicSpline(mel_points(80, RATE), mean)(hz)
    return hz[scipy.signal.find_peaks(curve, prominence=0.7)[0]][:3]


@pytest.fixture(scope="module")
def speech():
    """24 s of several speakers."""
    corpus = vox.load_corpus("demo")
    pcm = [corpus.pcm(recording) for recording in corpus.select("test")[::6]]
    return np.concatenate(pcm)[: 24 * RATE]


@pytest.fixture(scope="module")
def analysed(speech):
    return VOCODER.analyse(speech)


def joined(pieces):
    return np.concatenate(list(pieces))


def whole_by_pyworld(pcm):
    """Features of a sound that pyworld analyses at once."""
    sound = pcm.astype(float) * VOCODER.gain([pcm]) + module.DITHER * noise(
        module.SEED, 0, len(pcm)
    )
    low, high = VOCODER.search
    pitch, at = pyworld.dio(sound, RATE, low, high, frame_period=8.0)
    pitch = pyworld.stonemask(sound, pitch, at, RATE)
    power = pyworld.cheaptrick(sound, pitch, at, RATE, fft_size=1024)
    coded = pyworld.code_aperiodicity(pyworld.d4c(sound, pitch, at, RATE, fft_size=1024), RATE)
    envelope = np.maximum(np.log(power) @ to_mel(RATE, 1024, 80).T, VOCODER.floor)
    frames = VOCODER.frames(len(pcm))
    return envelope[:frames], pitch[:frames], coded[:frames]


def test_sections_say_what_pyworld_says_of_the_whole(speech, monkeypatch):
    """Sections of a second, so that there are many borders; the first and last frames differ
    since pyworld begins without context."""
    monkeypatch.setattr(module, "SECTION", 125)
    found = VOCODER.analyse(speech)
    envelope, pitch, coded = (x[20:-20] for x in whole_by_pyworld(speech))
    inner = slice(20, -20)
    assert np.abs(found.pitch[inner] - pitch).max() < 0.01
    assert np.abs(found.envelope[inner] - envelope).max() < 1e-3
    # D4C adds noise of its own, drawn frame after frame, so no two cuts give quite the same
    differ = np.abs(found.aperiodicity[inner] - coded)
    assert differ.mean() < 0.2
    assert np.quantile(differ, 0.99) < 1.5


@pytest.mark.parametrize("sizes", [1000, 160_001])
def test_pieces_of_any_size_have_the_features_of_the_whole(speech, analysed, sizes):
    pieces = [speech[at : at + sizes] for at in range(0, len(speech), sizes)]
    found = list(VOCODER.analyse_pieces(pieces, gain=VOCODER.gain(pieces)))
    assert [len(f) for f in found] == [1250, 1250, 500]
    assert sum(f.samples for f in found) == len(speech)
    for name in ("envelope", "pitch", "aperiodicity"):
        assert np.array_equal(joined(getattr(f, name) for f in found), getattr(analysed, name))


def test_where_features_are_cut_is_not_heard(analysed):
    one = VOCODER.synthesise(analysed)
    cuts = [0, 1, 2, 130, 131, 900, len(analysed)]
    parts = []
    for begin, end in pairwise(cuts):
        rows = (analysed.envelope, analysed.pitch, analysed.aperiodicity)
        parts.append(Features(*(r[begin:end] for r in rows), (end - begin) * 128, analysed.gain))
    parts[-1].samples = analysed.samples - 900 * 128
    assert np.array_equal(joined(VOCODER.synthesise_pieces(parts)), one)


@pytest.mark.parametrize("sound", ["speech", "vowel"])
def test_synthesis_in_batches_is_synthesis_at_once(sound, analysed, monkeypatch):
    """The phase of the voice goes on: a steady tone ends where it would."""
    features = VOCODER.analyse(vowel(20)) if sound == "vowel" else analysed
    made = VOCODER.synthesise(features)
    monkeypatch.setattr(module, "BATCH", 10**6)
    assert np.abs(made - VOCODER.synthesise(features)).max() < 1e-5 * np.abs(made).max()


def test_a_running_level_is_undone(speech, analysed):
    """A sound that begins softly has another gain at first, and is as loud as before."""
    features = list(VOCODER.analyse_pieces(np.array_split(speech, 9)))
    assert len({f.gain for f in features}) == 3
    made, whole = joined(VOCODER.synthesise_pieces(features)), VOCODER.synthesise(analysed)
    assert np.std(made - whole) < 0.03 * np.std(whole)
    for at in (1250 * 128, 2500 * 128):
        near = slice(at - 512, at + 512)
        assert np.std((made - whole)[near]) < 0.1 * np.std(whole[near])


def test_a_gain_that_jumps_leaves_no_step():
    features = VOCODER.analyse(vowel(2))
    rows = (features.envelope, features.pitch, features.aperiodicity)
    louder = Features(*(r[100:] for r in rows), features.samples - 12_800, 4 * features.gain)
    louder.envelope = louder.envelope + np.float32(2 * np.log(4))
    parts = [Features(*(r[:100] for r in rows), 12_800, features.gain), louder]
    assert np.allclose(
        joined(VOCODER.synthesise_pieces(parts)), VOCODER.synthesise(features), atol=1e-5
    )


@pytest.mark.parametrize("samples", [0, 1, 2, 127, 128, 129, 5000, 175_999, 176_001])
def test_a_length_is_kept_to_the_sample(samples):
    pcm = np.resize(vowel(1), samples)
    features = VOCODER.analyse(pcm)
    assert len(features) == VOCODER.frames(samples) == len(features.envelope)
    made = VOCODER.synthesise(features)
    assert made.shape == (samples,)
    assert made.dtype == np.float32
    streamed = list(VOCODER.synthesise_pieces(VOCODER.analyse_pieces([pcm[:7], pcm[7:]])))
    assert sum(map(len, streamed)) == samples


@pytest.mark.parametrize(
    "pcm",
    [np.zeros(5000), np.full(5000, 0.5), np.full(30, -1), np.full(1, 0.3)],
    ids=["zeros", "DC", "short DC", "one sample"],
)
def test_silence_stays_silent(pcm):
    features = VOCODER.analyse(pcm.astype(np.float32))
    assert not features.pitch.any()
    assert not VOCODER.synthesise(features).any()


def test_a_silence_within_speech_is_silent(speech):
    pcm = np.concatenate([speech[:RATE], np.zeros(RATE, np.float32), speech[:RATE]])
    made = VOCODER.synthesise(VOCODER.analyse(pcm))
    assert not made[int(1.2 * RATE) : int(1.9 * RATE)].any()


@pytest.mark.parametrize("factor", [1e-4, 1, 100])
def test_levels_and_clipping_are_no_trouble(speech, factor):
    pcm = np.clip(speech[: 2 * RATE] * factor, -1, 1)
    made = VOCODER.synthesise(VOCODER.analyse(pcm))
    assert np.isfinite(made).all()
    assert 0.7 < np.std(made) / np.std(pcm) < 1.4


def test_clicks_and_noise_are_no_trouble():
    click = np.zeros(4000, np.float32)
    click[15 * 128] = 1  # on a frame: CheapTrick's windows of 6 ms leave gaps between frames of 8
    hiss = 0.1 * noise(5, 0, 16_000)
    for pcm in (click, hiss):
        features = VOCODER.analyse(pcm)
        made = VOCODER.synthesise(features)
        assert np.isfinite(made).all()
        assert 0.5 < np.std(made) / np.std(pcm) < 2
    assert (features.pitch > 0).mean() < 0.2


def test_a_vowel_comes_back_with_its_pitch_and_formants():
    once = VOCODER.analyse(vowel(2))
    again = VOCODER.analyse(VOCODER.synthesise(once))
    for features in (once, again):
        voiced = features.pitch[20:-20]
        assert np.abs(voiced / 120 - 1).max() < 0.01
        # harmonics are 120 Hz apart: a peak may lie some 30 Hz beside its formant
        assert np.abs(peaks(features) - FORMANTS).max() < 30


def test_a_shifted_pitch_is_heard_shifted(speech, analysed):
    up = replace(analysed, pitch=shift_pitch(analysed.pitch, 3))
    heard = VOCODER.analyse(VOCODER.synthesise(up))
    still = VOCODER.analyse(VOCODER.synthesise(analysed))
    both = (heard.pitch > 0) & (still.pitch > 0)
    semitones = 12 * np.log2(heard.pitch[both] / still.pitch[both])
    assert abs(semitones.mean() - 3) < 0.2
    assert abs(np.median(semitones) - 3) < 0.05


def test_a_pitch_moved_to_another_speaker_is_heard_there(analysed):
    target = (np.log(170), 0.12)
    source = pitch_statistics(analysed.pitch).moments
    moved = replace(analysed, pitch=move_pitch(analysed.pitch, source, target))
    heard = pitch_statistics(VOCODER.analyse(VOCODER.synthesise(moved)).pitch)
    assert abs(heard.mean - target[0]) * 12 / np.log(2) < 0.2
    assert heard.deviation == pytest.approx(0.12, abs=0.04)


@pytest.mark.parametrize("semitones", [2, -2])
def test_warped_formants_are_heard_moved(semitones):
    """The pitch glides, so that harmonics pass over the formants and do not draw their peaks."""
    features = VOCODER.analyse(vowel(3, 90, 130))
    warped = replace(features, envelope=warp(features.envelope, semitones))
    heard = VOCODER.analyse(VOCODER.synthesise(warped))
    still = VOCODER.analyse(VOCODER.synthesise(features))
    ratio = peaks(heard) / peaks(still)
    assert np.abs(ratio / 2 ** (semitones / 12) - 1).max() < 0.03
    assert np.abs(heard.pitch - still.pitch)[30:-30].max() < 2


def test_unvoiced_stays_unvoiced():
    hiss = 0.1 * noise(3, 0, 32_000)
    features = VOCODER.analyse(hiss)
    features.pitch[:] = 0
    again = VOCODER.analyse(VOCODER.synthesise(features))
    assert (again.pitch > 0).mean() < 0.1
    assert again.envelope.mean() == pytest.approx(features.envelope.mean(), abs=0.5)


def test_memory_does_not_grow_with_the_length():
    """Far more is given than is held; a section comes out as soon as its context went in."""
    piece, given = vowel(1), 0

    def seconds(count):
        nonlocal given
        for _ in range(count):
            given += 1
            yield piece

    made = VOCODER.synthesise_pieces(VOCODER.analyse_pieces(seconds(600)))
    next(made)
    assert given <= 12
    held = []
    for count in (15, 35):
        tracemalloc.start()
        for _ in VOCODER.synthesise_pieces(VOCODER.analyse_pieces(seconds(count))):
            pass
        held.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert held[1] < held[0] + 2e6


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"frame_ms": 7.77}, "whole number of samples"),
        ({"sample_rate": 8000}, "12000 Hz or more"),
        ({"fft": 1000}, "power of two"),
        ({"fft": 512}, "3 periods"),
        ({"search": (500, 60)}, "search"),
        ({"limits": (50, 9000)}, "limits"),
        ({"points": 1}, "points"),
        ({"level": 0}, "level"),
        ({"floor": float("-inf")}, "floor"),
    ],
)
def test_settings_that_cannot_be_are_told(wrong, says):
    with pytest.raises(VoxError, match=says):
        Vocoder(**wrong)


def test_sounds_and_features_that_cannot_be_are_told(analysed):
    with pytest.raises(VoxError, match="mono"):
        VOCODER.analyse(np.zeros((100, 2), np.float32))
    with pytest.raises(VoxError, match="NaN"):
        VOCODER.analyse(np.full(100, np.nan, np.float32))
    with pytest.raises(VoxError, match="cannot stand for"):
        VOCODER.synthesise(replace(analysed, samples=7))
    odd = replace(analysed, samples=analysed.samples - 1)
    with pytest.raises(VoxError, match="only the last"):
        list(VOCODER.synthesise_pieces([odd, analysed]))


def test_another_rate_and_frame():
    vocoder = Vocoder(sample_rate=24_000, frame_ms=5.0, fft=2048, points=64)
    pcm = np.repeat(vowel(0.5), 2)[:10_001]
    features = vocoder.analyse(pcm)
    assert features.envelope.shape == (84, 64)
    assert features.aperiodicity.shape == (84, 3)
    assert len(vocoder.synthesise(features)) == 10_001
