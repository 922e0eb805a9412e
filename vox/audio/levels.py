"""Levels of sound: normalising a window, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vox.audio.rates import Pcm


@dataclass(frozen=True)
class Level:
    """What normalising a window took away: ``half_range`` and ``mean`` of the original samples."""

    half_range: float
    mean: float

    def restore(self, pcm: Pcm) -> Pcm:
        """Give a normalised window without DC its level and offset back."""
        restored: Pcm = (pcm * self.half_range + self.mean).astype(np.float32)
        return restored


def normalise(pcm: Pcm) -> tuple[Pcm, Level]:
    """Stretch a window to [-1, 1] by its own extremes: ``2 (x - min) / (max - min) - 1``.

    Returns
    -------
    normalised : numpy.ndarray
        Shape ``(time,)``; a constant window becomes zeros, with a half range of 0.
    level : Level
        What `Level.restore` needs.

    Notes
    -----
    The pages say "normalised into [-1, 1]"; that the minimum takes part follows from c9335bce,
    which throws away windows whose maximum is their minimum.

    Examples
    --------
    >>> normalised, level = normalise(np.array([0, 1, 3], np.float32))
    >>> normalised.tolist(), level.half_range
    ([-1.0, -0.3333333432674408, 1.0], 1.5)
    """
    low, high = float(pcm.min()), float(pcm.max())
    level = Level((high - low) / 2, float(pcm.mean(dtype=np.float64)))
    if high == low:
        return np.zeros_like(pcm), level
    return ((pcm - (low + high) / 2) / level.half_range).astype(np.float32), level


def rms(pcm: Pcm) -> float:
    """Root mean square of the samples, taken in float64.

    Examples
    --------
    >>> rms(np.array([3, -3], np.float32))
    3.0
    """
    return float(np.sqrt(np.mean(np.square(pcm, dtype=np.float64))))
