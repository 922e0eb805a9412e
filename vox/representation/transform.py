"""Moving a voice's pitch and formants: pure functions of what a vocoder found."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from vox.representation.axes import interpolation, mel_points

Array = npt.NDArray[np.float32]
FLAT = 1e-3  # deviation of a pitch that is as good as none: a sixtieth of a semitone


@dataclass(frozen=True)
class PitchStatistics:
    """Mean and deviation of the natural logarithm of voiced frames' pitch in Hz.

    Those of several sounds are added with ``+``.

    Attributes
    ----------
    mean, deviation
        0 where there is no voiced frame.
    count
        Voiced frames.
    """

    mean: float = 0.0
    deviation: float = 0.0
    count: int = 0

    def __add__(self, other: PitchStatistics) -> PitchStatistics:
        """Return the statistics of both together (Chan, Golub and LeVeque 1983)."""
        count = self.count + other.count
        if not count:
            return self
        far = other.mean - self.mean
        mean = self.mean + far * other.count / count
        squares = self.count * self.deviation**2 + other.count * other.deviation**2
        squares += far**2 * self.count * other.count / count
        return PitchStatistics(mean, sqrt(squares / count), count)

    @property
    def moments(self) -> tuple[float, float]:
        """Mean and deviation, as `move_pitch` takes them."""
        return self.mean, self.deviation


def pitch_statistics(pitch: npt.NDArray[np.floating]) -> PitchStatistics:
    """Return the statistics of a pitch curve in Hz, shape ``(frames,)``, 0 without a voice.

    Examples
    --------
    >>> one, other = pitch_statistics(np.array([100.0, 0])), pitch_statistics(np.array([400.0]))
    >>> both = one + other
    >>> round(np.exp(both.mean)), round(both.deviation, 3), both.count
    (200, 0.693, 2)
    """
    voiced = np.log(pitch[pitch > 0].astype(np.float64))
    if not len(voiced):
        return PitchStatistics()
    return PitchStatistics(float(voiced.mean()), float(voiced.std()), len(voiced))


def move_pitch(
    pitch: npt.NDArray[np.floating],
    source: tuple[float, float],
    target: tuple[float, float],
    limits: tuple[float, float] = (50.0, 600.0),
) -> Array:
    """Move a pitch curve from one speaker's mean and deviation to another's.

    Parameters
    ----------
    pitch
        In Hz, 0 without a voice, shape ``(frames,)``.
    source, target
        Mean and deviation of the natural logarithm of pitch, as `PitchStatistics.moments` has
        them. A source without deviation keeps its curve and is moved by the mean alone; a
        target without any voiced frame has no pitch to be moved to.
    limits
        Lowest and highest pitch that comes out, in Hz.

    Returns
    -------
    numpy.ndarray
        In Hz, 0 where it was 0, shape ``(frames,)``, float32.

    Examples
    --------
    >>> low, high = (np.log(100), 0.1), (np.log(200), 0.2)
    >>> move_pitch(np.array([0, 100, 110]), low, high).round().tolist()
    [0.0, 200.0, 242.0]
    """
    if target == (0.0, 0.0):
        return np.asarray(pitch, np.float32)
    wider = target[1] / source[1] if source[1] > FLAT else 1.0
    return _from_log(target[0] + (_log(pitch) - source[0]) * wider, pitch > 0, limits)


def shift_pitch(
    pitch: npt.NDArray[np.floating],
    semitones: float,
    limits: tuple[float, float] = (50.0, 600.0),
) -> Array:
    """Move a pitch curve up by semitones; shapes and limits as for `move_pitch`.

    Examples
    --------
    >>> shift_pitch(np.array([0, 100, 200, 400]), 12).tolist()
    [0.0, 200.0, 400.0, 600.0]
    """
    return _from_log(_log(pitch) + semitones * np.log(2) / 12, pitch > 0, limits)


def warp(
    envelope: npt.NDArray[np.floating], semitones: float, *, sample_rate: int = 16_000
) -> Array:
    """Move formants up by semitones: what stood at a frequency stands at a multiple of it.

    Parameters
    ----------
    envelope
        Log power at mel points from 0 Hz to half the sample rate, shape ``(frames, points)``.
    semitones
        2 are 12 %; negative ones move down, and the highest value is held above what was known.
    sample_rate
        In Hz.

    Returns
    -------
    numpy.ndarray
        Shape ``(frames, points)``, float32.

    Examples
    --------
    >>> ramp = mel_points(80, 16_000)[None]
    >>> bool(np.abs(warp(ramp, -12)[0, :40] - 2 * ramp[0, :40]).max() < 1)
    True
    """
    points = mel_points(envelope.shape[1], sample_rate)
    matrix = interpolation(points / 2 ** (semitones / 12), points)
    warped: Array = (envelope @ matrix.T).astype(np.float32)
    return warped


def _log(pitch: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    logarithm: npt.NDArray[np.float64] = np.log(np.where(pitch > 0, pitch, 1), dtype=np.float64)
    return logarithm


def _from_log(
    logarithm: npt.NDArray[np.float64],
    voiced: npt.NDArray[np.bool_],
    limits: tuple[float, float],
) -> Array:
    return np.where(voiced, np.clip(np.exp(logarithm), *limits), 0).astype(np.float32)
