"""Mean and deviation of envelopes over what is speech, added up piece by piece."""

from __future__ import annotations

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
