"""Copy synthesis on recordings: what is known of it before any network."""

from dataclasses import replace

import pytest

import vox
from vox.evaluation.ceiling import RECORDING, SCORED, Ceiling


@pytest.fixture(scope="module")
def ceiling():
    spectrogram = vox.experiment("cfcefd21").representation
    return Ceiling(vox.load_corpus("demo"), spectrogram, (1e-3, None), count=3)


def test_speakers_are_copied_in_turn(ceiling):
    assert len({r.labels["speaker"] for r in ceiling.recordings}) == 3
    assert {r.split for r in ceiling.recordings} == {"test"}
    ways = [RECORDING, "floor 0.001, as it is", "floor 0.001, silenced", "no floor"]
    assert list(ceiling.means) == ways
    sounds = ceiling.sounds(ceiling.recordings[0])
    assert list(sounds) == ways
    assert len({len(pcm) for pcm in sounds.values()}) == 1


def test_a_recording_is_its_own_best_copy(ceiling):
    own = ceiling.means[RECORDING]
    assert (own["phone_error"].mean, own["distortion"].mean) == (0, 0)
    assert own["similarity"].mean == pytest.approx(1)
    assert own["pitch_correlation"].mean == pytest.approx(1)


def test_the_floor_costs_and_silencing_it_gives_some_back(ceiling):
    kept, silenced, none = (ceiling.means[way] for way in list(ceiling.means)[1:])
    assert kept["distortion"].mean > silenced["distortion"].mean > none["distortion"].mean > 0
    assert kept["similarity"].mean < silenced["similarity"].mean
    assert kept["phone_error"].mean > none["phone_error"].mean > 0
    assert set(kept) == set(SCORED)
    assert "no floor" in ceiling.figure().alt


def test_recordings_that_are_too_short_are_told():
    corpus = vox.load_corpus("demo")
    with pytest.raises(vox.VoxError, match="no recording of 1 s or more"):
        Ceiling(replace(corpus, recordings=()), vox.Spectrogram(length=17152))
