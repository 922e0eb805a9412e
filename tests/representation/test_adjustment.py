"""Strength, pitch and formants, measured on what comes out."""

import numpy as np
import pytest
import pyworld
import soundfile

import vox
from vox import VoxError
from vox.cli import main
from vox.evaluation import judges
from vox.representation import Adjustment, World
from vox.runs import Run
from vox.runs.find import VOICES


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Speakers' statistics of the embedded corpus: what the converter moves pitch by."""
    e, runs = vox.experiment("3bd6b23a"), tmp_path_factory.mktemp("runs")
    return vox.train(e, vox.load_corpus("demo"), "cpu", "demo", directory=runs)


@pytest.fixture(scope="module")
def sentence():
    corpus = vox.load_corpus("demo")
    return corpus.pcm(corpus.select("test", speaker="alex")[0])


def mean_pitch(pcm):
    """In semitones, by pyworld."""
    sound = pcm.astype(np.float64)
    curve, times = pyworld.dio(sound, 16_000)
    curve = pyworld.stonemask(sound, curve, times, 16_000)
    return 12 * np.log2(curve[curve > 0]).mean()


def test_said_or_not_the_defaults_are_the_same(run, sentence):
    plain = run.convert(sentence, speaker="anika")
    said = run.convert(sentence, speaker="anika", strength=1, pitch="target", formant=0)
    assert np.array_equal(plain, said)


@pytest.mark.parametrize("semitones", [3, -3, 0])
def test_pitch_is_so_many_semitones_above_the_sources(run, sentence, semitones):
    made = run.convert(sentence, speaker="anika", pitch=semitones)
    assert mean_pitch(made) - mean_pitch(sentence) == pytest.approx(semitones, abs=0.15)


def test_keep_keeps_the_pitch_and_changes_the_voice(run, sentence):
    kept = run.convert(sentence, speaker="anika", pitch="keep")
    assert np.array_equal(kept, run.convert(sentence, speaker="anika", pitch=0))
    moved = run.convert(sentence, speaker="anika")
    assert abs(mean_pitch(moved) - mean_pitch(sentence)) > 2
    copy = run.experiment.representation.copy(sentence)
    assert judges.similarity(judges.voice(kept), judges.voice(copy)) < 0.95


def test_strength_0_is_the_copy_and_half_lies_between(run, sentence):
    copy = run.experiment.representation.copy(sentence)
    assert np.array_equal(run.convert(sentence, speaker="anika", strength=0), copy)
    whole, half = (run.convert(sentence, speaker="anika", strength=s) for s in (1, 0.5))
    assert mean_pitch(half) == pytest.approx((mean_pitch(whole) + mean_pitch(copy)) / 2, abs=0.3)
    alex, heard, far = (judges.voice(x) for x in (copy, half, whole))
    assert judges.similarity(alex, far) < judges.similarity(alex, heard) < 0.99


@pytest.fixture
def by_command(sentence, tmp_path):
    """Convert with the package's voices from the command line, to a voice with an option."""

    def by_command(*words):
        source, target = tmp_path / "in.wav", tmp_path / "out.wav"
        soundfile.write(source, sentence, 16_000, subtype="FLOAT")
        how = ["convert", str(source), "-o", str(target), "--speaker", "anika", "--force"]
        assert main([*how, *words]) == 0
        return soundfile.read(target, dtype="float32")[0]

    return by_command


def test_pitch_and_strength_from_the_command_line(by_command, sentence):
    higher, same = by_command("--pitch", "3"), by_command("--strength", "0")
    assert mean_pitch(higher) - mean_pitch(sentence) == pytest.approx(3, abs=0.15)
    voices = Run(VOICES)
    np.testing.assert_allclose(same, voices.experiment.representation.copy(sentence), atol=1e-4)
    plain = voices.convert(sentence, speaker="anika")
    np.testing.assert_allclose(by_command("--strength", "1"), plain, atol=1e-4)
    np.testing.assert_allclose(by_command(), plain, atol=1e-4)


def test_formants_from_the_command_line_are_those_of_python(by_command, sentence):
    moved = Run(VOICES).convert(sentence, speaker="anika", formant=-2)
    np.testing.assert_allclose(by_command("--formant", "-2"), moved, atol=1e-4)


def vowel(pitch, formants, seconds=1.5, rate=16_000):
    """Harmonics under resonances 120 Hz wide, shape ``(time,)``."""
    t = np.arange(round(seconds * rate)) / rate
    sound = np.zeros_like(t)
    for k in range(1, int(rate / 2 / pitch)):
        gain = sum(1 / (1 + ((k * pitch - f) / 60) ** 2) for f in formants)
        sound += gain * np.sin(2 * np.pi * k * pitch * t + k)
    return (0.1 * sound / np.abs(sound).max()).astype(np.float32)


def peak(pcm, low, high):
    """Where CheapTrick's mean envelope is highest between two frequencies, in Hz."""
    sound = pcm[4000:-4000].astype(np.float64)
    curve, times = pyworld.dio(sound, 16_000)
    power = np.log(pyworld.cheaptrick(sound, curve, times, 16_000)).mean(axis=0)
    bins = np.linspace(0, 8000, len(power))
    inside = (bins > low) & (bins < high)
    return bins[inside][power[inside].argmax()]


@pytest.mark.parametrize("semitones", [3, -3])
def test_formants_move_as_said_and_pitch_stays(semitones):
    world, sound = World(), vowel(100, (700, 2200))
    change = world.adjusted(lambda analysis: analysis, Adjustment(formant=semitones))
    made = np.concatenate(list(world.convert([sound], change)))
    copy = world.copy(sound)
    for low, high in ((400, 1200), (1500, 3000)):
        moved = 12 * np.log2(peak(made, low, high) / peak(copy, low, high))
        assert moved == pytest.approx(semitones, abs=0.9)  # a mel point is 0.7 there
    assert mean_pitch(made) == pytest.approx(mean_pitch(sound), abs=0.1)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"strength": 1.5}, "strength must be at most 1"),
        ({"pitch": "high"}, "pitch must be target, keep or a number of semitones"),
        ({"pitch": float("nan")}, "semitones must be a finite number"),
        ({"formant": 13}, "formant must be at most 12"),
    ],
)
def test_what_cannot_be_is_told(run, sentence, said, message):
    with pytest.raises(VoxError, match=message):
        run.convert(sentence, speaker="anika", **said)


def test_images_without_pitch_and_envelope_are_told(sentence):
    spectrogram = vox.experiment("cfcefd21").representation
    with pytest.raises(VoxError, match="are for experiments that see pitch and envelope apart"):
        spectrogram.adjusted(lambda analysis: analysis, Adjustment(strength=0.5))


@pytest.mark.parametrize("pitch", [None, [1], "high"])
def test_a_pitch_that_is_none_is_told(pitch):
    with pytest.raises(VoxError, match="pitch must be target, keep or a number"):
        Adjustment.of(pitch=pitch)
