"""Sound in pieces of any sizes as sections with context, and its level so far."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from vox.audio import Pcm
from vox.errors import VoxError

QUIET = 1e-6  # RMS below which nothing is raised
RAISED = 1000.0  # 60 dB: the most that a level is raised


def sections(
    pieces: Iterable[Pcm], *, length: int, context: int, after: int | None = None
) -> Iterator[tuple[Pcm, int]]:
    """Cut sound that comes in pieces into sections, in memory that stays flat.

    Before its first sample and after its last a sound is continued by them: a step from 0 to DC
    would be heard as a click.

    Parameters
    ----------
    pieces
        Shape ``(time,)``, one after the other.
    length, context
        In samples: of a section, and of what is heard on each side of it.
    after
        What is heard behind a section, where it is not `context` too.

    Yields
    ------
    heard : numpy.ndarray
        A section with its context, shape ``(context + samples + after,)``.
    samples : int
        Its length; the last one's may be shorter.

    Raises
    ------
    VoxError
        A piece is not mono, or holds NaN or infinite samples.

    Examples
    --------
    >>> pieces = [np.array([1, 2], np.float32), np.array([3], np.float32)]
    >>> [(heard.tolist(), n) for heard, n in sections(pieces, length=2, context=1)]
    [([1.0, 1.0, 2.0, 3.0], 2), ([2.0, 3.0, 3.0], 1)]
    """
    after = context if after is None else after
    around = context + after
    held = np.zeros(0, np.float32)
    for piece in pieces:
        if piece.ndim != 1:
            raise VoxError(f"a sound must be mono, of the shape (time,), not {piece.shape}")
        if not np.isfinite(piece).all():
            raise VoxError("the sound holds NaN or infinite samples")
        if len(held):
            held = np.concatenate([held, piece])
        elif len(piece):
            held = np.pad(piece, (context, 0), mode="edge")
        while len(held) >= length + around:
            yield held[: length + around], length
            held = held[length:]
    if len(held):
        held = np.pad(held, (0, after), mode="edge")
    while (rest := len(held) - around) > 0:
        samples = min(rest, length)
        yield held[: samples + around], samples
        held = held[samples:]


@dataclass
class Loudness:
    """Adds up what the level of a sound is taken from: its samples without DC.

    Examples
    --------
    >>> loudness = Loudness()
    >>> loudness.add(np.array([1.1, 0.9], np.float32))
    >>> round(loudness.gain(0.05), 6)
    0.5
    """

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, pcm: Pcm) -> None:
        """Take in a piece of the shape ``(time,)``."""
        self.count += len(pcm)
        self.total += float(pcm.sum(dtype=np.float64))
        self.squares += float(np.square(pcm, dtype=np.float64).sum())

    def gain(self, level: float) -> float:
        """Return what brings the sound so far to an RMS; 1 for silence and for DC alone."""
        if not self.count:
            return 1.0
        variance = self.squares / self.count - (self.total / self.count) ** 2
        rms = math.sqrt(max(variance, 0.0))
        return min(level / rms, RAISED) if rms > QUIET else 1.0
