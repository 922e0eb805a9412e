"""Random windows of a corpus: what the networks are trained on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch

from vox.audio import Pcm, normalise, rms
from vox.corpus.corpus import Corpus
from vox.corpus.folder import Problem, Recording, Split
from vox.corpus.store import writable_cache, write_atomically
from vox.errors import VoxError
from vox.progress import bar

SILENCE = 0.5
"""A normalised window with a larger RMS is thrown away as silence (47c97768): silence with an
offset or a click sits at one end of [-1, 1], speech around its middle."""
TRIES = 32  # random starts before the first start known to be usable is taken


def usable_starts(pcm: Pcm, length: int) -> tuple[npt.NDArray[np.bool_], int]:
    """Say which of the half-overlapping windows of a recording are not silent.

    Parameters
    ----------
    pcm
        Shape ``(time,)``, at least `length` samples.
    length
        Of a window, in samples.

    Returns
    -------
    usable : numpy.ndarray
        Shape ``(windows,)``, for the windows that start every `step` samples.
    step : int
        Half a window, in samples.

    Notes
    -----
    The RMS of a window normalised by its own extremes follows from the window's moments, so no
    window is copied: ``rms^2 = (E[x^2] - 2 c E[x] + c^2) / h^2`` with centre c and half range h.
    """
    step = max(1, length // 2)
    windows = np.lib.stride_tricks.sliding_window_view(pcm, length)[::step]
    usable = np.zeros(len(windows), bool)
    for at in range(0, len(windows), 64):  # a bounded piece at a time: recordings may be hours
        piece = windows[at : at + 64].astype(np.float64)
        low, high, mean = piece.min(axis=1), piece.max(axis=1), piece.mean(axis=1)
        centre, half = (low + high) / 2, (high - low) / 2
        square = np.square(piece).mean(axis=1) - 2 * centre * mean + centre**2
        usable[at : at + 64] = (half > 0) & (square <= SILENCE**2 * half**2)
    return usable, step


class Windows:
    """Random windows of a fixed length from the recordings of one split, as a pure function.

    What `batch` returns depends on its arguments and the seed alone, not on what was drawn before:
    a run that goes on from a checkpoint needs no random state but its position. Each *stream* is
    an independent sequence that passes over the recordings in a random order, one window of each
    an epoch, epoch after epoch.

    Parameters
    ----------
    corpus
        Where the recordings come from.
    length
        Of a window, in samples.
    split
        Which recordings.
    seed
        Of every draw.

    Attributes
    ----------
    recordings
        The usable recordings.
    index
        Their label indices, shape ``(recordings, groups)``.
    left_out
        Those too short for a window, and those in which every window is silent.
    counts
        Usable half-overlapping windows of each recording of the split, 0 where it was left out.

    Raises
    ------
    VoxError
        No recording gives a window.
    """

    def __init__(self, corpus: Corpus, length: int, *, split: Split = "train", seed: int = 0):
        self.corpus, self.length, self.seed = corpus, length, seed
        inside = [r for r in corpus.recordings if r.split == split]
        table = _window_table(corpus, length)
        self.counts = [table[corpus.digest(r)][0] for r in inside]
        self.recordings = tuple(r for r, n in zip(inside, self.counts, strict=True) if n)
        self.left_out = tuple(
            Problem(r.file, self._reason(r))
            for r, n in zip(inside, self.counts, strict=True)
            if not n
        )
        if not self.recordings:
            raise VoxError(
                f"{corpus.name}: no {split} recording gives a window of {length} samples "
                f"({length / corpus.sample_rate:.2f} s)" + _first(self.left_out, " First reasons: ")
            )
        self._first_starts = [table[corpus.digest(r)][1] for r in self.recordings]
        self.index = torch.stack([corpus.labels.index(**r.labels) for r in self.recordings])
        self._order = lru_cache(maxsize=32)(self._draw_order)

    def __len__(self) -> int:
        return len(self.recordings)

    def _reason(self, recording: Recording) -> str:
        samples = len(self.corpus.pcm(recording))
        if samples < self.length:
            rate = self.corpus.sample_rate
            return f"too short: {samples / rate:.2f} s, a window is {self.length / rate:.2f} s"
        return "silent: no window has an RMS of at most 0.5 after normalising"

    def _draw_order(self, stream: int, epoch: int) -> npt.NDArray[np.int64]:
        return self._draw(stream, epoch).permutation(len(self))

    def _draw(self, *position: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(0, *position)))

    def window(self, stream: int, position: int) -> tuple[Pcm, int]:
        """Return the window at one position of a stream, and the place of its recording.

        Returns
        -------
        pcm : numpy.ndarray
            Shape ``(length,)``, normalised to [-1, 1].
        place : int
            In `recordings`.
        """
        epoch, turn = divmod(position, len(self))
        place = int(self._order(stream, epoch)[turn])
        pcm = self.corpus.pcm(self.recordings[place])
        draw = self._draw(stream, epoch, turn)
        for _ in range(TRIES):
            start = int(draw.integers(len(pcm) - self.length + 1))
            window, level = normalise(pcm[start : start + self.length])
            if level.half_range > 0 and rms(window) <= SILENCE:
                return window, place
        start = self._first_starts[place]
        return normalise(pcm[start : start + self.length])[0], place

    def batch(self, stream: int, number: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return minibatch `number` of a stream; a minibatch may reach into the next epoch.

        Returns
        -------
        pcm : torch.Tensor
            Shape ``(size, length)``, float32 in [-1, 1].
        labels : torch.Tensor
            Indices as `vox.labels` has them, shape ``(size, groups)``.
        """
        drawn = [self.window(stream, number * size + i) for i in range(size)]
        pcm = torch.from_numpy(np.stack([window for window, _ in drawn]))
        return pcm, self.index[[place for _, place in drawn]]


def held_out(corpus: Corpus, length: int, seed: int = 0) -> tuple[Windows, bool]:
    """Return windows of the held-out recordings, and whether they are held out.

    Where none of those gives a window, they are of the recordings that were trained on.
    """
    try:
        return Windows(corpus, length, split="test", seed=seed), True
    except VoxError:
        return Windows(corpus, length, seed=seed), False


def _first(problems: Iterable[Problem], lead: str) -> str:
    listed = [str(problem) for problem in problems]
    return f".{lead}{'; '.join(listed[:3])}" if listed else ""


def _window_table(corpus: Corpus, length: int) -> dict[str, tuple[int, int]]:
    """Usable windows and the first usable start of each recording, kept beside the PCM store."""
    path = corpus.store.folder / f"windows-{length}.json"
    try:
        return {k: (v[0], v[1]) for k, v in json.loads(path.read_text()).items()}
    except (OSError, ValueError):
        pass
    table = {}
    with bar(len(corpus.recordings), unit="file", title="looking for silence") as progress:
        for recording in corpus.recordings:
            pcm = corpus.pcm(recording)
            count = first = 0
            if len(pcm) >= length:
                usable, step = usable_starts(pcm, length)
                count, first = int(usable.sum()), int(usable.argmax()) * step
            table[corpus.digest(recording)] = (count, first)
            progress.update()
    with writable_cache():
        write_atomically(path, json.dumps(table).encode())
    return table
