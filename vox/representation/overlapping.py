"""Windows that overlap by half: cut from sound of any length, and faded into each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from vox.audio import Pcm


def half_overlapping(pieces: Iterable[Pcm], length: int, margin: int, step: int) -> Iterator[Pcm]:
    """Cut windows, the first beginning a margin early, the last padded.

    The padding is the mean of the samples beside it: a step would be heard.

    Parameters
    ----------
    pieces
        PCM of the shapes ``(time,)``, one after the other.
    length, margin, step
        Of a window, before the first and behind the last sample, between two windows; in samples.
    """
    held, begun = np.zeros(0, np.float32), False
    for piece in pieces:
        held = np.concatenate([held, piece])
        if not begun and len(held) >= length:
            held, begun = np.pad(held, (margin, 0), constant_values=_mean(held[:length])), True
        at = 0
        while begun and len(held) - at > length:  # one window stays for the end
            yield held[at : at + length]
            at += step
        held = held[at:]
    if not len(held):
        return
    mean = _mean(held[-length:])
    held = np.pad(held, (0 if begun else margin, margin), constant_values=mean)
    for at in range(0, max(1, len(held) - length + step), step):
        window = held[at : at + length]
        yield np.pad(window, (0, length - len(window)), constant_values=mean)


def _mean(pcm: Pcm) -> float:
    return float(pcm.mean(dtype=np.float64))


def cross_faded(windows: Iterable[npt.NDArray[np.float32]]) -> Iterator[npt.NDArray[np.float64]]:
    """Add half-overlapping windows under a raised cosine, and yield what is complete.

    Parameters
    ----------
    windows
        Magnitudes of each, shape ``(frames, bins)``.
    """
    total = weight = np.zeros(0)
    for window in windows:
        frames = len(window)
        step = frames // 2
        if not total.size:
            fade = np.sin(np.pi * (np.arange(frames) + 0.5) / frames)[:, None] ** 2
            total, weight = np.zeros(window.shape), np.zeros((frames, 1))
        total, weight = total + fade * window, weight + fade
        yield total[:step] / weight[:step]
        total = np.concatenate([total[step:], np.zeros((step, window.shape[1]))])
        weight = np.concatenate([weight[step:], np.zeros((step, 1))])
    if total.size:
        rest = weight[:, 0] > 0
        yield total[rest] / weight[rest]
