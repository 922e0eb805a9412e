"""The embedded corpus: what it promises to its users."""

from pathlib import Path

import librosa
import numpy as np
import pytest

import vox
from vox.corpus.corpus import DEMO


@pytest.fixture(scope="module")
def demo():
    return vox.load_corpus("demo")


def test_eight_speakers_say_the_same_24_sentences(demo):
    assert dict(zip([g.name for g in demo.labels.groups], demo.labels.sizes, strict=True)) == {
        "speaker": 8,
        "birthplace": 4,
        "sex": 2,
    }
    texts = {
        (speaker, split): {r.text for r in demo.select(split, speaker=speaker)}
        for speaker in demo.labels.groups[0].classes
        for split in ("train", "test")
    }
    assert {len(t) for (_, split), t in texts.items() if split == "train"} == {18}
    assert {len(t) for (_, split), t in texts.items() if split == "test"} == {6}
    assert len(set(map(frozenset, texts.values()))) == 2
    assert not demo.problems


def test_its_fingerprint_is_the_one_that_records_were_made_with(demo):
    assert demo.fingerprint.startswith("44ea090bbf711c74")


def test_each_birthplace_has_both_sexes(demo):
    pairs = {(r.labels["birthplace"], r.labels["sex"]) for r in demo.recordings}
    assert len(pairs) == 8


def test_every_recording_fills_the_longest_window_of_the_series(demo):
    longest = max(e.representation.seconds for e in vox.experiments() if e.networks)
    assert min(demo.seconds(r) for r in demo.recordings) >= longest


def test_it_is_small(demo):
    files = [path for path in Path(DEMO).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 8_000_000


def test_voices_sound_apart(demo):
    """Speakers differ in pitch or in mean cepstrum, and each is like itself."""
    means = {}
    for speaker in demo.labels.groups[0].classes:
        halves = []
        recordings = demo.select("train", speaker=speaker)
        for half in (recordings[:4], recordings[4:8]):
            pcm = np.concatenate([demo.pcm(r) for r in half])
            cepstrum = librosa.feature.mfcc(y=pcm, sr=16_000, n_mfcc=13)[1:]
            halves.append(cepstrum.mean(axis=1))
        means[speaker] = halves
    for speaker, (first, second) in means.items():
        same = np.linalg.norm(first - second)
        others = [np.linalg.norm(first - m[1]) for name, m in means.items() if name != speaker]
        assert min(others) > 2 * same


def test_pitch_fits_the_sex(demo):
    def pitch(speaker):
        pcm = demo.pcm(demo.select("train", speaker=speaker)[0])
        f0 = librosa.yin(pcm, fmin=60, fmax=400, sr=16_000)
        loud = librosa.feature.rms(y=pcm, frame_length=2048)[0]
        return np.median(f0[loud > loud.max() / 10])

    sexes = {r.labels["speaker"]: r.labels["sex"] for r in demo.recordings}
    female = [pitch(s) for s, sex in sexes.items() if sex == "female"]
    male = [pitch(s) for s, sex in sexes.items() if sex == "male"]
    assert min(female) > 150 > max(male)
