"""Which windows of a recording are not silent, without cutting any out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from vox.audio import Pcm
from vox.corpus.store import SAMPLE_RATE

SILENCE = 0.5
"""A normalised window with a larger RMS is thrown away as silence (47c97768): silence with an
offset or a click sits at one end of [-1, 1], speech around its middle. So is sound that is clipped
so much that it sits at both ends."""
PIECE = 2**20  # starts looked at at once: recordings may be hours long
Runs = npt.NDArray[np.int64]


def usable_starts(pcm: Pcm, length: int) -> Runs:
    """Find every start of a window that is not silent.

    Parameters
    ----------
    pcm
        Shape ``(time,)``.
    length
        Of a window, in samples.

    Returns
    -------
    numpy.ndarray
        Runs of usable starts, shape ``(runs, 2)``: the first, and the one behind the last.

    Notes
    -----
    The RMS of a window normalised by its own extremes follows from the window's moments, so no
    window is cut out: ``rms^2 = (E[x^2] - 2 c E[x] + c^2) / h^2`` with centre c and half range h.

    Examples
    --------
    >>> pcm = np.zeros(20, np.float32)
    >>> pcm[2], pcm[10], pcm[11] = 1, 1, -1
    >>> usable_starts(pcm, 8).tolist()  # a window is not silent where it holds +1 and -1
    [[4, 11]]
    """
    starts = max(0, len(pcm) - length + 1)
    turns, before = [], np.zeros(1, np.int8)
    for first in range(0, starts, PIECE):
        count = min(PIECE, starts - first)
        piece = pcm[first : first + count + length - 1]
        low, high = (
            sliding(piece, length, origin=-(length // 2))[:count].astype(np.float64)
            for sliding in (minimum_filter1d, maximum_filter1d)
        )
        mean, square = (_sliding_mean(piece, length, power) for power in (1, 2))
        centre, half = (low + high) / 2, (high - low) / 2
        rms = square - 2 * centre * mean + centre**2
        usable = ((half > 0) & (rms <= SILENCE**2 * half**2)).astype(np.int8)
        turns.append(first + np.flatnonzero(np.diff(usable, prepend=before)))
        before = usable[-1:]
    if before[0]:
        turns.append(np.array([starts]))
    return np.concatenate([np.zeros(0, np.int64), *turns]).reshape(-1, 2)


def why_unusable(pcm: Pcm, length: int) -> str:
    """Say why a recording that is long enough has no usable window; parameters as above.

    Examples
    --------
    >>> why_unusable(np.zeros(20, np.float32), 8)
    'silent: no window has an RMS of at most 0.5 after normalising'
    >>> why_unusable(np.tile(np.float32([1, 1, -1, -1]), 5), 8).partition(":")[0]
    'clipped, or no speech'
    """
    end = len(pcm) - length + 1
    for first in range(0, end, max(1, length // 2)):
        window = pcm[first : first + length].astype(np.float64)
        # silence with an offset or a click deviates little from its own mean, what is clipped much
        if 2 * window.std() > SILENCE * (window.max() - window.min()) > 0:
            return (
                "clipped, or no speech: no window has an RMS of at most 0.5 after normalising, and "
                f"the one at {first / SAMPLE_RATE:.2f} s swings from end to end"
            )
    return "silent: no window has an RMS of at most 0.5 after normalising"


def _sliding_mean(pcm: Pcm, length: int, power: int) -> npt.NDArray[np.float64]:
    added = np.zeros(len(pcm) + 1)
    np.cumsum(np.power(pcm, power, dtype=np.float64), out=added[1:])
    return (added[length:] - added[:-length]) / length
