"""Many files converted one after the other or by several processes, and the table of them."""

from __future__ import annotations

import csv
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import torch

from vox.errors import VoxError
from vox.names import printable
from vox.progress import bar
from vox.representation import Adjustment
from vox.runs.run import Run


class How(NamedTuple):
    """How all files of a call are converted."""

    labels: Mapping[str, str | None]
    iterations: int
    wanted: Adjustment


class Done(NamedTuple):
    """What became of a file: seconds of sound, seconds it took, why it was not converted, notes."""

    seconds: float
    took: float
    problem: str | None
    notes: Sequence[str] = ()


Pair = tuple[Path, Path]
"""A file to read and one to write."""
Convert = Callable[[Run, Path, Path, How, str | None], tuple[float, list[str]]]
"""Converts a file, under a progress bar if it has a title; returns its seconds, and notes."""


def converted(convert: Convert, run: Run, pairs: list[Pair], how: How, jobs: int) -> Iterator[Done]:
    """Convert files in `jobs` processes, and tell of each in their order."""
    workers = min(jobs, len(pairs))
    if workers < 2:
        for i, (one, other) in enumerate(pairs):
            name = printable(one.name, 60)
            title = f"{name} ({i + 1} of {len(pairs)})" if len(pairs) > 1 else name
            yield _attempt(convert, run, one, other, how, title)
        return
    threads = max(1, _cores() // workers)
    told = (run.folder, str(run.device), threads)
    with (
        ProcessPoolExecutor(workers, get_context("spawn"), _begin, told) as pool,
        bar(len(pairs), unit="file", title="converting") as progress,
    ):
        try:
            for done in pool.map(_in_worker, repeat(convert), pairs, repeat(how)):
                progress.update()
                yield done
        except BaseException:  # what was begun is finished, and nothing else
            pool.shutdown(cancel_futures=True)
            raise


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_worker: list[Run] = []
"""The run of a process that converts for another."""


def _begin(folder: Path, device: str, threads: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asked decides
    torch.set_num_threads(threads)
    _worker.append(Run(folder, device))


def _in_worker(convert: Convert, pair: Pair, how: How) -> Done:
    return _attempt(convert, _worker[0], *pair, how, None)


def _attempt(
    convert: Convert, run: Run, source: Path, target: Path, how: How, title: str | None
) -> Done:
    began = time.monotonic()
    try:
        seconds, notes = convert(run, source, target, how, title)
    except VoxError as error:
        return Done(0.0, time.monotonic() - began, str(error))
    return Done(seconds, time.monotonic() - began, None, notes)


COLUMNS = ("source", "output", "target", "seconds", "took_s", "problem")


def tell(
    table: Path, source: Path, output: Path, labels: Mapping[str, str | None], done: Done
) -> None:
    """Add a line to a table; a new one begins with the names of its columns."""
    target = " ".join(name for name in labels.values() if name)
    figures = (f"{done.seconds:.2f}", f"{done.took:.2f}")
    try:
        table.parent.mkdir(parents=True, exist_ok=True)
        with open(table, "a", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            if not file.tell():
                rows.writerow(COLUMNS)
            rows.writerow([source, output, target, *figures, done.problem or ""])
    except OSError as error:
        raise VoxError(f"{table}: cannot be written: {error.strerror or error}") from error
