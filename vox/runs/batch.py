"""Many files converted one after the other or by several processes, and the table of them."""

from __future__ import annotations

import csv
import io
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import soundfile
import torch

from vox.audio.decoders import encoded
from vox.device import processes
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
    """What became of a file: seconds of sound, seconds it took (None: another call converted it),
    why it was not converted, notes.
    """

    seconds: float
    took: float | None
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
        processes(workers, "spawn", _begin, *told) as pool,
        bar(len(pairs), unit="file", title="converting") as progress,
    ):
        for done in pool.map(_in_worker, repeat(convert), pairs, repeat(how)):
            progress.update()
            yield done


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


def begin(table: Path, done: Sequence[Pair], labels: Mapping[str, str | None]) -> None:
    """Make a table, or go on with one: what is done already and not in it is added.

    Raises
    ------
    VoxError
        It cannot be written, or is another file than such a table, which is left as it is.
    """
    if table.suffix.lower() != ".csv":
        raise VoxError(f"{table}: name a table that ends in .csv")
    with _written(table):
        table.parent.mkdir(parents=True, exist_ok=True)
        known: set[str] = set()
        if table.exists():
            text = table.read_text(encoding="utf-8-sig", errors="replace")
            rows = csv.reader(io.StringIO(text, newline=""))
            if text and tuple(next(rows, ())) != COLUMNS:
                raise VoxError(
                    f"{table}: is no table of conversions, which begins with {','.join(COLUMNS)}; "
                    "name another"
                )
            known = {row[1] for row in rows if len(row) == len(COLUMNS) and not row[-1]}
            if text and not text.endswith("\n"):  # a full disk cut its last line
                with open(table, "ab") as file:
                    file.write(b"\r\n")
        else:
            table.touch()
    for source, output in done:
        if str(output) not in known:
            tell(table, source, output, labels, Done(_seconds(output), None, None))


def tell(
    table: Path, source: Path, output: Path, labels: Mapping[str, str | None], done: Done
) -> None:
    """Add a line to a table; a new one begins with the names of its columns."""
    target = " ".join(name for name in labels.values() if name)
    took = "" if done.took is None else f"{done.took:.2f}"
    row = (source, output, target, f"{done.seconds:.2f}", took, done.problem or "")
    # what is no UTF-8 in a name is written escaped
    with (
        _written(table),
        open(table, "a", newline="", encoding="utf-8", errors="backslashreplace") as file,
    ):
        csv.writer(file).writerows([row] if file.tell() else [COLUMNS, row])


@contextmanager
def _written(table: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise VoxError(f"{table}: cannot be written: {reason}") from error


def _seconds(path: Path) -> float:
    try:
        return float(soundfile.info(encoded(path)).duration)
    except (OSError, soundfile.LibsndfileError):
        return 0.0
