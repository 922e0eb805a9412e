"""Mean and deviation of envelopes over what is speech, added up piece by piece."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
BELOW = 7.0  # in ln of power: a frame whose loudest point is as near to the loudest is speech
LOUDEST = 95  # percent of frames that are not louder than "the loudest"
LEAST = 0.5  # deviation at least: points at the floor throughout (8 kHz sound) would explode


def speech(envelope: Array) -> Array:
    """Return the frames of an envelope that are loud enough to be speech.

    Parameters
    ----------
    envelope
        Natural logarithm of power, shape ``(frames, points)``.
    """
    return envelope[is_speech(envelope)]


def is_speech(envelope: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Return which frames `speech` takes, shape ``(frames,)``."""
    if not len(envelope):
        return np.zeros(0, bool)
    loudest = envelope.max(axis=1)
    said: npt.NDArray[np.bool_] = loudest > np.percentile(loudest, LOUDEST) - BELOW
    return said


@dataclass(frozen=True)
class Moments:
    """Mean and deviation of rows, point by point, which can go on with more rows.

    Attributes
    ----------
    count
        Rows so far.
    total, squares
        Their sums and sums of squares, shape ``(points,)``, float64.

    Examples
    --------
    >>> moments = Moments().add(np.array([[0.0], [4.0]])).add(np.array([[2.0]]))
    >>> moments.mean.item(), round(moments.deviation.item(), 3), moments.count
    (2.0, 1.633, 3)
    """

    count: int = 0
    total: npt.NDArray[np.float64] | float = 0.0
    squares: npt.NDArray[np.float64] | float = 0.0

    def add(self, rows: npt.NDArray[np.floating]) -> Moments:
        """Return the moments with more rows, shape ``(rows, points)``."""
        wide = rows.astype(np.float64)
        return Moments(
            self.count + len(rows),
            self.total + wide.sum(axis=0),
            self.squares + np.square(wide).sum(axis=0),
        )

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of both."""
        return Moments(
            self.count + other.count, self.total + other.total, self.squares + other.squares
        )

    def add_moments(self, mean: Array, deviation: Array, count: int) -> Moments:
        """Return the moments with as many rows more that have this mean and deviation."""
        wide, spread = mean.astype(np.float64), deviation.astype(np.float64)
        return Moments(
            self.count + count,
            self.total + wide * count,
            self.squares + (np.square(wide) + np.square(spread)) * count,
        )

    @property
    def mean(self) -> Array:
        """Shape ``(points,)``; 0 of no rows."""
        return np.asarray(self.total / max(1, self.count), np.float32)

    @property
    def deviation(self) -> Array:
        """Shape ``(points,)``, at least `LEAST`."""
        mean = self.total / max(1, self.count)
        variance = np.maximum(self.squares / max(1, self.count) - np.square(mean), 0)
        return np.maximum(np.sqrt(variance), LEAST).astype(np.float32)


class SpeechMoments:
    """Mean and deviation of the speech in a sound that comes in sections, each at its own gain.

    What is speech is decided by the loudest section so far. So a section without any, such as an
    intro or a pause, counts only until something louder is heard.
    """

    def __init__(self) -> None:
        self._gain = 0.0  # of the first section: all are added up as if they had it
        self._loudest: float | np.floating = -math.inf
        self._sections: list[tuple[float | np.floating, Moments]] = []

    def add(self, envelope: Array, gain: float) -> tuple[Array, Array]:
        """Take in a section, and return mean and deviation of all speech so far, at its gain.

        Parameters
        ----------
        envelope
            Natural logarithm of power, shape ``(frames, points)``.
        gain
            By which the sound was multiplied.

        Returns
        -------
        mean, deviation : numpy.ndarray
            In ln of power, shape ``(points,)``.
        """
        self._gain = self._gain or gain
        louder = np.float32(2 * math.log(self._gain / gain))
        if len(envelope):
            aligned = envelope + louder
            loudest = aligned.max(axis=1)
            own = np.percentile(loudest, LOUDEST)
            self._loudest = max(self._loudest, own)
            least = self._loudest - BELOW
            self._sections = [each for each in self._sections if each[0] > least]
            self._sections.append((own, Moments().add(aligned[loudest > least])))
        whole = sum((moments for _, moments in self._sections), Moments())
        return whole.mean - louder, whole.deviation
