"""Changing the rate of sound, whole or in pieces."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr

Pcm = npt.NDArray[np.float32]


def resample(pcm: npt.NDArray[np.floating], from_rate: int, to_rate: int) -> Pcm:
    """Return `pcm` of shape ``(time,)`` at another rate (soxr, very high quality).

    Examples
    --------
    >>> resample(np.zeros(800, np.float32), 8000, 16000).shape
    (1600,)
    """
    if from_rate != to_rate:
        pcm = soxr.resample(pcm, from_rate, to_rate, quality="VHQ")
    return np.ascontiguousarray(pcm, dtype=np.float32)


class Resampler:
    """Changes the rate of sound that comes in pieces, as `resample` does of a whole.

    Examples
    --------
    >>> change = Resampler(8000, 16000)
    >>> len(change(np.zeros(800, np.float32))) + len(change(np.zeros(80, np.float32), last=True))
    1760
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        self._stream = None
        if from_rate != to_rate:
            self._stream = soxr.ResampleStream(from_rate, to_rate, 1, "float32", quality="VHQ")

    def __call__(self, pcm: Pcm, *, last: bool = False) -> Pcm:
        """Return what can be known of the resampled sound so far; `last` ends it."""
        pcm = np.ascontiguousarray(pcm, np.float32)
        return pcm if self._stream is None else self._stream.resample_chunk(pcm, last=last)
