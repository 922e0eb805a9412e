"""Random windows of a corpus: what the networks are trained on."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch

from vox.corpus.corpus import Corpus
from vox.corpus.recording import Problem, Recording, Split
from vox.corpus.silence import PIECE, Runs, usable_starts, why_unusable
from vox.device import free_memory, sent
from vox.errors import VoxError
from vox.files import remember
from vox.progress import bar

DEVICE_SHARE = 0.5  # of a device's free memory that a corpus may take; a larger one stays outside
FULL_SCALE = 2.0**15  # of PCM in 16 bits


class Windows:
    """Random windows of a fixed length from the recordings of one split, as a pure function.

    What `batch` returns depends on its arguments and the seed alone, not on what was drawn before:
    a run that goes on from a checkpoint needs no random state but its position. Each *stream* is
    an independent sequence that passes over the recordings in a random order, one window of each
    an epoch, epoch after epoch. A window is drawn evenly from all of a recording's windows that
    are not silent.

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
    device
        Where windows are returned; the samples are kept there too, if there is room.

    Attributes
    ----------
    recordings
        The usable recordings.
    index
        Their label indices, shape ``(recordings, groups)``.
    left_out
        Those too short for a window, and those in which every window is silent.
    samples
        Of all recordings, shape ``(time,)``: mapped from the disk, or on the device, where they are
        kept in 16 bits if those hold them exactly.
    counts
        Usable half-overlapping windows of each recording of the split, 0 where it was left out.

    Raises
    ------
    VoxError
        No recording gives a window.
    """

    unit = "samples"

    def __init__(
        self,
        corpus: Corpus,
        length: int,
        *,
        split: Split = "train",
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        self.corpus, self.length, self.seed = corpus, length, seed
        self.device = torch.device(device)
        inside = [r for r in corpus.recordings if r.split == split]
        runs = self._usable(inside)
        self.counts = [_on_grid(each, max(1, length // 2)) for each in runs]
        self.recordings = tuple(r for r, each in zip(inside, runs, strict=True) if len(each))
        self.left_out = tuple(
            Problem(r.file, self._reason(r))
            for r, each in zip(inside, runs, strict=True)
            if not len(each)
        )
        if not self.recordings:
            raise VoxError(
                f"{corpus.name}: no {split} recording gives a window of {length} {self.unit}"
                + _first(self.left_out, " First reasons: ")
            )
        self.index = torch.stack([corpus.labels.index(**r.labels) for r in self.recordings])
        self._lay_out([each for each in runs if len(each)])
        self.samples = _resident(self._samples(), self.device)
        self._epochs: dict[tuple[int, int], tuple[Runs, Runs]] = {}

    def __len__(self) -> int:
        return len(self.recordings)

    def untrained(self) -> dict[str, tuple[str, ...]]:
        """Return, by group, the classes of the corpus that none of these windows is labelled with.

        Windows to train on that lack a class teach nothing of it.
        """
        found = {}
        for group in self.corpus.labels.groups:
            there = {recording.labels.get(group.name) for recording in self.recordings}
            found[group.name] = tuple(name for name in group.classes if name not in there)
        return {name: classes for name, classes in found.items() if classes}

    def _usable(self, recordings: list[Recording]) -> list[Runs]:
        """Runs of starts of each recording, counted from its first sample."""
        table = _window_table(self.corpus, self.length)
        return [table[self.corpus.digest(r)] for r in recordings]

    def _span(self, recording: Recording) -> tuple[int, int]:
        """First sample and number of samples of a recording."""
        return self.corpus.span(recording)

    def _samples(self) -> torch.Tensor:
        return self.corpus.store.tensor()

    def _reason(self, recording: Recording) -> str:
        samples = len(self.corpus.pcm(recording))
        if samples < self.length:
            rate = self.corpus.sample_rate
            return f"too short: {samples / rate:.2f} s, a window is {self.length / rate:.2f} s"
        return why_unusable(self.corpus.pcm(recording), self.length)

    def _lay_out(self, runs: list[Runs]) -> None:
        """Number all usable starts of all recordings, so that one number finds one start."""
        begins = [self._span(r)[0] for r in self.recordings]
        self._begins = np.sort(np.array(begins))
        self._firsts = np.concatenate(
            [b + each[:, 0] for b, each in zip(begins, runs, strict=True)]
        )
        sizes = np.concatenate([each[:, 1] - each[:, 0] for each in runs])
        self._numbers = np.concatenate([[0], np.cumsum(sizes)])  # of each run's first start
        last = np.cumsum([0, *map(len, runs)])
        self._bounds = self._numbers[last]  # of each recording's first start

    def _epoch(self, stream: int, epoch: int) -> tuple[Runs, Runs]:
        if (stream, epoch) not in self._epochs:
            if len(self._epochs) >= 64:  # streams pass on from epoch to epoch
                self._epochs.clear()
            self._epochs[stream, epoch] = self._draw_epoch(stream, epoch)
        return self._epochs[stream, epoch]

    def _draw_epoch(self, stream: int, epoch: int) -> tuple[Runs, Runs]:
        """Places of recordings in the order of an epoch, and the sample each window starts at."""
        key = np.random.SeedSequence(self.seed, spawn_key=(0, stream, epoch))
        draw = np.random.default_rng(key)
        places = draw.permutation(len(self))
        low, high = self._bounds[places], self._bounds[places + 1]
        number = draw.integers(low, high)
        run = np.searchsorted(self._numbers, number, side="right") - 1
        return places, self._firsts[run] + number - self._numbers[run]

    def draw(self, stream: int, first: int, count: int) -> tuple[Runs, Runs]:
        """Return what stands at `count` positions of a stream.

        Returns
        -------
        places : numpy.ndarray
            In `recordings`, shape ``(count,)``.
        starts : numpy.ndarray
            Of the windows, in the samples of the whole store, shape ``(count,)``.
        """
        parts = []
        while count > 0:
            epoch, turn = divmod(first, len(self))
            parts.append([each[turn : turn + count] for each in self._epoch(stream, epoch)])
            first, count = first + len(parts[-1][0]), count - len(parts[-1][0])
        places, starts = (np.concatenate(each) for each in zip(*parts, strict=True))
        return places, starts

    def cut(self, starts: Runs) -> torch.Tensor:
        """Cut out windows and normalise each to [-1, 1], as `vox.audio.normalise` does.

        Parameters
        ----------
        starts
            As `draw` returns them, shape ``(count,)``.

        Returns
        -------
        torch.Tensor
            Shape ``(count, length)``, float32, on the device.
        """
        at = sent(torch.from_numpy(starts), self.samples.device)
        pcm = sent(self.samples.unfold(0, self.length, 1)[at], self.device)
        if pcm.dtype == torch.int16:
            pcm = pcm.float() / FULL_SCALE
        low, high = torch.aminmax(pcm, dim=1, keepdim=True)
        return (pcm - (low + high) / 2) / ((high - low) / 2)

    def batch(self, stream: int, number: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return minibatch `number` of a stream; a minibatch may reach into the next epoch.

        Returns
        -------
        pcm : torch.Tensor
            Shape ``(size, length)``, float32 in [-1, 1], on the device.
        labels : torch.Tensor
            Indices as `vox.labels` has them, shape ``(size, groups)``, on the CPU.
        """
        places, starts = self.draw(stream, number * size, size)
        return self.cut(starts), self.index[places]


def _resident(samples: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Take all samples of a corpus to a device, if they fit beside what is computed there.

    Sound that was recorded in 16 bits at the store's rate is kept so: half the memory, and the
    same numbers.
    """
    if device.type == "cpu":
        return samples
    room = DEVICE_SHARE * free_memory(device)
    if samples.ndim == 1 and samples.nbytes / 2 < room and _is_16_bit(samples):
        held = torch.empty(samples.shape, dtype=torch.int16, device=device)
        for piece, place in zip(samples.split(PIECE), held.split(PIECE), strict=True):
            place.copy_((piece * FULL_SCALE).to(torch.int16))
        return held
    return samples.to(device) if samples.nbytes < room else samples


def _is_16_bit(samples: torch.Tensor) -> bool:
    """Whether 16 bits hold every sample exactly; where not, the first piece mostly says so."""
    return all(
        torch.equal(scaled, scaled.round().clamp(-FULL_SCALE, FULL_SCALE - 1))
        for scaled in (piece * FULL_SCALE for piece in samples.split(PIECE))
    )


def _on_grid(runs: Runs, step: int) -> int:
    """Count the usable starts that are multiples of `step`."""
    return int((-(-runs[:, 1] // step) - -(-runs[:, 0] // step)).sum())


def _first(problems: Iterable[Problem], lead: str) -> str:
    listed = [str(problem) for problem in problems]
    return f".{lead}{'; '.join(listed[:3])}" if listed else ""


def _window_table(corpus: Corpus, length: int) -> dict[str, Runs]:
    """Usable starts of every recording by its digest, kept beside the PCM store."""
    path = corpus.store.folder / f"windows-{length}.npz"
    table = _kept_table(path)
    if all(_possible(table.get(corpus.digest(r)), corpus.span(r)[1] - length + 1)
           for r in corpus.recordings):  # fmt: skip
        return table
    table = {}
    with bar(len(corpus.recordings), unit="file", title="looking for silence") as progress:
        for recording in corpus.recordings:
            table[corpus.digest(recording)] = usable_starts(corpus.pcm(recording), length)
            progress.update()
    written = BytesIO()
    np.savez(
        written,
        digests=np.array(list(table)),
        counts=np.array([len(runs) for runs in table.values()]),
        runs=np.concatenate(list(table.values())),
    )
    remember(path, written.getvalue())
    return table


def _kept_table(path: Path) -> dict[str, Runs]:
    try:
        with np.load(path) as kept:
            ends = np.cumsum(kept["counts"])
            runs = np.split(kept["runs"], ends[:-1])
            return dict(zip(kept["digests"].tolist(), runs, strict=True))
    except (OSError, ValueError, KeyError, IndexError, TypeError, EOFError, BadZipFile):
        return {}


def _possible(runs: Runs | None, starts: int) -> bool:
    """Whether runs are of a recording with so many starts of a window, one after the other."""
    if runs is None or runs.ndim != 2 or runs.shape[1] != 2 or runs.dtype != np.int64:
        return False
    turns = runs.ravel()
    inside = not len(turns) or (turns[0] >= 0 and turns[-1] <= starts)
    return bool(inside and (np.diff(turns) > 0).all())
