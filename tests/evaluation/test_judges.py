"""The judges on cases whose answer is known: the same, another voice, other words, noise."""

import librosa
import numpy as np
import pytest
import scipy.signal
from conftest import tone

import vox
from vox import Spectrogram
from vox.evaluation import judges

RATE = 16_000


@pytest.fixture(scope="module")
def said():
    """Held-out recordings of the embedded corpus by speaker and text."""
    corpus = vox.load_corpus("demo")
    return {(r.labels["speaker"], r.text): corpus.pcm(r) for r in corpus.select("test")}


@pytest.fixture(scope="module")
def texts(said):
    return sorted({text for _, text in said})


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).normal(0, 0.05, 3 * RATE).astype(np.float32)


SILENCE = np.zeros(2 * RATE, np.float32)


def test_phone_error_counts_edits():
    assert judges.phone_error("abcd", "abcd") == 0
    assert judges.phone_error("abcd", "abd") == 0.25
    assert judges.phone_error("ab", "axxb") == 1
    assert judges.phone_error("ab", "") == 1
    assert np.isnan(judges.phone_error("", "ab"))


def test_phones_follow_the_words_and_not_the_speaker_or_the_level(said, texts):
    of = {key: judges.phones(pcm) for key, pcm in said.items() if key[0] in ("anika", "ivan")}
    assert judges.phones(said["anika", texts[0]] * 0.01) == of["anika", texts[0]]
    same = [judges.phone_error(of["anika", t], of["ivan", t]) for t in texts]
    moved = zip(texts, [*texts[1:], texts[0]], strict=True)
    other = [judges.phone_error(of["anika", t], of["ivan", u]) for t, u in moved]
    assert np.mean(same) < np.mean(other) - 0.1


def test_phones_are_lost_in_noise_and_silence(said, texts, noise):
    pcm = said["anika", texts[0]]
    words = judges.phones(pcm)
    assert len(words) > 5
    assert judges.phones(SILENCE) == ()
    loud = np.random.default_rng(0).normal(0, 0.5, len(pcm)).astype(np.float32)
    assert judges.phone_error(words, judges.phones(pcm + loud)) > 0.6
    assert judges.phone_error(words, judges.phones(noise)) > 0.8


def test_a_voice_is_nearer_to_itself_than_to_others(said, texts):
    names = ("anika", "victor", "ivan", "belinda")
    of = {n: [judges.voice(said[n, t]) for t in texts] for n in names}
    assert judges.similarity(of["anika"][0], of["anika"][0]) == pytest.approx(1)
    right = 0
    for name in names:
        for i, embedding in enumerate(of[name]):
            profiles = {
                n: judges.voice_of([e for j, e in enumerate(of[n]) if j != i]) for n in names
            }
            best = max(names, key=lambda n: judges.similarity(embedding, profiles[n]))
            right += best == name
    assert right >= 0.9 * len(names) * len(texts)


def test_a_voice_does_not_depend_on_the_level(said, texts):
    pcm = said["anika", texts[0]]
    assert judges.similarity(judges.voice(pcm), judges.voice(pcm * 0.01)) > 0.99


def test_there_is_no_voice_in_silence(said, texts, noise):
    speech = judges.voice(said["anika", texts[0]])
    assert not judges.voice(SILENCE).any()
    assert judges.similarity(speech, judges.voice(SILENCE)) == 0
    assert judges.similarity(speech, judges.voice(noise)) < 0.75


def test_quality_falls_with_noise(said, texts, noise):
    pcm = judges.even(np.concatenate([said["anika", t] for t in texts])[: 10 * RATE])
    hiss = np.random.default_rng(0).normal(0, 0.05, len(pcm)).astype(np.float32)
    clean, noisy, alone = (judges.quality(x) for x in (pcm, pcm + hiss, noise))
    assert clean > noisy + 0.3
    assert noisy > alone
    assert judges.quality(SILENCE) == 1


def test_quality_sees_what_the_floor_does_to_speech(said, texts):
    pcm = np.concatenate([said["martin", t] for t in texts])[: 10 * RATE]
    low, page = (
        judges.quality(Spectrogram(length=17152, floor=f).copy_synthesis(pcm)) for f in (1e-5, 1e-3)
    )
    assert low > page


def test_pitch_of_a_tone():
    curve = judges.pitch(tone(200, 2))
    assert len(curve) == pytest.approx(200, abs=2)
    assert judges.mean_pitch(curve) == pytest.approx(12 * np.log2(200), abs=0.1)
    octave = judges.mean_pitch(judges.pitch(tone(400, 2)))
    assert octave - judges.mean_pitch(curve) == pytest.approx(12, abs=0.2)
    assert np.isnan(judges.mean_pitch(judges.pitch(SILENCE)))


def test_pitch_correlation_of_known_curves():
    rising = np.linspace(100, 200, 300)
    assert judges.pitch_correlation(rising, rising * 1.5) == pytest.approx(1)
    assert judges.pitch_correlation(rising, 1e4 / rising) == pytest.approx(-1)
    gaps = rising.copy()
    gaps[50:150] = 0
    assert judges.pitch_correlation(gaps, rising) == pytest.approx(1)
    assert np.isnan(judges.pitch_correlation(rising, rising * 0))
    assert np.isnan(judges.pitch_correlation(np.full(300, 100.0), rising))


def test_distortion_of_a_known_filter():
    """Pulses through a filter: the distance is the spread of its gain in dB on the mel axis."""
    pulses = np.zeros(2 * RATE, np.float32)
    pulses[:: RATE // 125] = 1
    taps = [1, 0.5]  # at 8 kHz, where envelopes are compared
    low = librosa.resample(pulses, orig_sr=RATE, target_sr=8000)
    filtered = scipy.signal.lfilter(taps, [1], low)
    back = librosa.resample(filtered, orig_sr=8000, target_sr=RATE).astype(np.float32)
    mel = librosa.mel_frequencies(judges.MEL_POINTS, fmin=40, fmax=4000)
    gain = 20 * np.log10(np.abs(scipy.signal.freqz(taps, worN=mel, fs=8000)[1]))
    curve = judges.pitch(pulses)
    assert np.median(curve[curve > 0]) == pytest.approx(125, rel=0.01)
    found = judges.cepstral_distortion(*(judges.envelope(x, curve) for x in (back, pulses)))
    assert found == pytest.approx(gain.std(), rel=0.15)


def envelope(pcm):
    return judges.envelope(pcm, judges.pitch(pcm))


def test_distortion_grows_with_the_difference(said, texts):
    shape = {n: envelope(said[n, texts[0]]) for n in ("anika", "victor")}
    assert judges.cepstral_distortion(shape["anika"], shape["anika"]) == 0
    louder = envelope(said["anika", texts[0]] * 3)
    assert judges.cepstral_distortion(shape["anika"], louder) < 0.1
    slower = envelope(librosa.effects.time_stretch(said["anika", texts[0]], rate=0.8))
    other = judges.cepstral_distortion(shape["anika"], shape["victor"])
    assert 0 < judges.cepstral_distortion(shape["anika"], slower) < other


def test_what_is_missing_says_what_to_install(monkeypatch):
    monkeypatch.setattr(judges, "find_spec", lambda name: None if name == "hama" else object())
    assert judges.missing() == ["hama"]
    with pytest.raises(vox.VoxError, match=r"need hama.*pip install .* '\.\[evaluation\]'"):
        judges.require()
