"""What of a sound counts as speech, and what pitch is moved to."""

import numpy as np
import pytest

from vox.representation.moments import Moments, SpeechMoments, speech
from vox.representation.transform import move_pitch


def section(level, seed, frames=1250, points=8):
    """Envelopes whose frames lie around a level, in ln of power."""
    rng = np.random.default_rng(seed)
    return (level + rng.normal(0, 1, (frames, points))).astype(np.float32)


def close(one, other):
    return one == pytest.approx(other, abs=0.15)


def test_one_section_is_as_a_whole_to_the_bit():
    envelope = np.concatenate([section(-8, 0), section(-18, 1)])
    whole, (mean, deviation) = Moments().add(speech(envelope)), SpeechMoments().add(envelope, 2.0)
    assert np.array_equal(mean, whole.mean)
    assert np.array_equal(deviation, whole.deviation)


def test_a_silent_intro_or_pause_does_not_count():
    moments = SpeechMoments()
    assert close(moments.add(section(-18, 0), 1.0)[0], np.full(8, -18))  # nothing louder yet
    for seed, level in ((1, -8), (2, -18), (3, -8)):
        mean, deviation = moments.add(section(level, seed), 1.0)
        assert close(mean, np.full(8, -8))
        assert close(deviation, np.ones(8))


def test_sections_of_other_gains_are_aligned():
    moments = SpeechMoments()
    moments.add(section(-8, 0), 1.0)
    mean, deviation = moments.add(section(-8 + 2 * np.log(3), 1), 3.0)
    assert close(mean, np.full(8, -8 + 2 * np.log(3)))
    assert close(deviation, np.ones(8))


def test_where_the_target_never_has_a_voice_pitch_stays():
    pitch = np.array([0, 120, 130], np.float32)
    assert move_pitch(pitch, (4.8, 0.1), (0.0, 0.0)).tolist() == pitch.tolist()
