"""Features of recordings: analysed once, kept beside the PCM, and cut into random windows."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from hashlib import sha256
from multiprocessing import get_all_start_methods

import numpy as np
import torch

from vox.audio import Pcm
from vox.corpus.corpus import Corpus
from vox.corpus.recording import Recording, Split
from vox.corpus.rows import Made, Rows, RowStore
from vox.corpus.silence import Runs
from vox.corpus.windows import Windows
from vox.device import processes, sent
from vox.files import cache_folder

Analyse = Callable[[Pcm], Rows]


def feature_store(corpus: Corpus, name: str, width: int, analyse: Analyse) -> RowStore:
    """Open the features of a corpus, and analyse first what is missing, on all cores.

    Parameters
    ----------
    corpus
        Whose recordings are analysed.
    name
        All that decides what `analyse` returns.
    width
        Of its rows.
    analyse
        PCM of the shape ``(time,)`` to rows of the shape ``(rows, width)``.
    """
    key = sha256(f"{corpus.store.folder.name} {width} {name}".encode()).hexdigest()[:24]
    of = {corpus.digest(recording): recording for recording in corpus.recordings}

    def make(missing: list[str]) -> Iterator[Made]:
        sounds = (np.asarray(corpus.pcm(of[digest])) for digest in missing)
        workers = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1,
                      len(missing))  # fmt: skip
        if workers < 2 or "fork" not in get_all_start_methods():
            yield from map(analyse, sounds)
            return
        with processes(workers, "fork") as pool:
            yield from pool.map(analyse, sounds, chunksize=1)

    return RowStore.open(cache_folder() / "features" / key, width, of, make, title="analysing")


class FeatureWindows(Windows):
    """Random windows of analysed recordings; parameters and draws as for `Windows`.

    Parameters
    ----------
    corpus, length
        Length in rows.
    analyse, name, width
        As for `feature_store`.
    head
        Rows before a recording's frames that go with each of its windows.
    split, seed, device
        As for `Windows`.
    """

    def __init__(
        self,
        corpus: Corpus,
        length: int,
        analyse: Analyse,
        *,
        name: str,
        width: int,
        head: int,
        split: Split = "train",
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        self.store, self.head = feature_store(corpus, name, width, analyse), head
        super().__init__(corpus, length, split=split, seed=seed, device=device)

    unit = "frames"

    def _usable(self, recordings: list[Recording]) -> list[Runs]:
        """Every start of a window that lies inside a recording's frames."""
        counts = [self._span(r)[1] - self.head for r in recordings]
        return [
            np.array([[self.head, self.head + count - self.length + 1]][: count >= self.length])
            .astype(np.int64)
            .reshape(-1, 2)
            for count in counts
        ]

    def _span(self, recording: Recording) -> tuple[int, int]:
        return self.store.spans[self.corpus.digest(recording)]

    def _reason(self, recording: Recording) -> str:
        frames = self._span(recording)[1] - self.head
        return f"too short: {frames} frames, a window has {self.length}"

    def _samples(self) -> torch.Tensor:
        with warnings.catch_warnings(category=UserWarning, action="ignore"):  # it is not writable
            return torch.from_numpy(self.store.rows())

    def cut(self, starts: Runs) -> torch.Tensor:
        """Cut out windows, the head of their recording before them.

        Returns
        -------
        torch.Tensor
            Shape ``(count, head + length, width)``, float32, on the device.
        """
        place = np.searchsorted(self._begins, starts, side="right") - 1
        at = starts[:, None] + np.arange(self.length)
        heads = self._begins[place][:, None] + np.arange(self.head)
        rows = torch.from_numpy(np.concatenate([heads, at], axis=1))
        return sent(self.samples[sent(rows, self.samples.device)], self.device)

    def heads(self) -> torch.Tensor:
        """Return the head rows of each recording, shape ``(recordings, head, width)``."""
        begins = np.array([self._span(r)[0] for r in self.recordings])
        rows = torch.from_numpy(begins[:, None] + np.arange(self.head))
        return self.samples[rows.to(self.samples.device)].cpu()

    def rows(self, place: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the head rows and the frames of one of `recordings`, shapes ``(n, width)``."""
        start, count = self._span(self.recordings[place])
        rows = self.samples[start : start + count].cpu()
        return rows[: self.head], rows[self.head :]
