"""Rows of numbers of many recordings in one memory-mapped file, each recording made once.

A store is a folder with the rows, which only ever grow, and a journal with a line a recording,
written behind its rows. So making it can be interrupted at any moment, what comes new later is
added behind, and whoever has it mapped already is not disturbed. A store that holds all that is
wanted is only read, by any number of processes, and may be on a disk that cannot be written.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from vox.files import sweep, writable_cache
from vox.progress import bar

Rows = npt.NDArray[np.float32]
Made = Rows | str | Iterator[Rows | str]
"""The rows of a recording, or the reason why it has none; or rows piece by piece, as they are made.
A reason among those makes void what came before it, unless it is a `Note`."""


class Temporary(str):
    """A reason that may be gone the next time: it is told, and not kept."""


class Note(str):
    """What is worth knowing of a recording that has rows."""


@dataclass(frozen=True)
class RowStore:
    """Rows of float32 by the digest of what they are made of.

    Attributes
    ----------
    folder
        Where it lies.
    width
        Numbers in a row.
    spans
        First row and number of rows of each recording.
    reasons
        Why a recording has no rows.
    notes
        What is worth knowing of a recording that has some.
    """

    folder: Path
    width: int
    spans: dict[str, tuple[int, int]]
    reasons: dict[str, str]
    notes: dict[str, str]

    @classmethod
    def open(
        cls,
        folder: Path,
        width: int,
        wanted: Iterable[str],
        make: Callable[[list[str]], Iterator[Made]],
        *,
        title: str,
    ) -> RowStore:
        """Open a store, and make first what it lacks.

        Parameters
        ----------
        folder, width
            Of the store.
        wanted
            Digests that it shall hold, in the order in which they are made.
        make
            Yields the rows of digests, shape ``(rows, width)``, in their order.
        title
            Of the progress bar.

        Raises
        ------
        VoxError
            The disk is full, or the cache folder cannot be written.
        """
        wanted = list(wanted)
        store = cls(folder, width, *_journal(folder, width)[:3])
        if not store._lacks(wanted):
            return store
        with writable_cache():
            folder.mkdir(parents=True, exist_ok=True)
            with _locked(folder, title):
                return store._completed(wanted, make, title)

    def _lacks(self, wanted: Iterable[str]) -> list[str]:
        return [d for d in wanted if d not in self.spans and d not in self.reasons]

    def _completed(
        self, wanted: list[str], make: Callable[[list[str]], Iterator[Made]], title: str
    ) -> RowStore:
        # others may have been quicker
        spans, reasons, notes, whole = _journal(self.folder, self.width)
        store = RowStore(self.folder, self.width, spans, reasons, notes)
        missing = store._lacks(wanted)
        temporary: dict[str, str] = {}
        end = store.end
        with (
            open(self.folder / "rows.f32", "ab") as rows_file,
            open(self.folder / "journal.jsonl", "ab") as journal,
            bar(
                len(spans) + len(reasons) + len(missing), unit="file", title=title,
                done=len(spans) + len(reasons),
            ) as progress,
        ):  # fmt: skip
            rows_file.truncate(4 * self.width * end)  # what a kill left behind the last recording
            journal.truncate(whole)
            for digest, made in zip(missing, make(missing), strict=True):
                entry: list[Any]
                written = _written(rows_file, made)
                if isinstance(written, str):
                    rows_file.truncate(4 * self.width * end)  # of pieces that came before
                    if isinstance(written, Temporary):
                        temporary[digest] = str(written)
                        continue
                    reasons[digest] = written
                    entry = [digest, written]
                else:
                    count, note = written
                    spans[digest] = (end, count)
                    end += count
                    entry = [digest, *spans[digest]]
                    if note:
                        notes[digest] = note
                        entry.append(note)
                journal.write(json.dumps(entry).encode() + b"\n")
                journal.flush()
                progress.update()
            os.fsync(rows_file.fileno())
        return RowStore(self.folder, self.width, spans, reasons | temporary, notes)

    @property
    def end(self) -> int:
        """Rows of all recordings together."""
        return max((start + count for start, count in self.spans.values()), default=0)

    def rows(self) -> Rows:
        """Return all rows as one read-only array mapped from the disk, shape ``(rows, width)``."""
        if not self.spans:
            return np.zeros((0, self.width), np.float32)
        path, shape = self.folder / "rows.f32", (self.end, self.width)
        return np.memmap(path, np.float32, mode="r", shape=shape)


def _written(file: BinaryIO, made: Made) -> tuple[int, str] | str:
    """Write rows as they come, and return their number and a note; or the reason for none."""
    count, note = 0, ""
    for part in [made] if isinstance(made, str | np.ndarray) else made:
        if isinstance(part, Note):
            note = str(part)
        elif isinstance(part, str):
            return part
        else:
            file.write(np.ascontiguousarray(part, np.float32).tobytes())
            count += len(part)
    file.flush()
    return count, note


@contextmanager
def _locked(folder: Path, title: str) -> Iterator[None]:
    """Take the lock of a store, and say so when another process has it."""
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=1)
    except Timeout:
        print(f"vox: {title}: waiting for another process, which is at it", file=sys.stderr)
        lock.acquire()
    try:
        sweep(folder)
        yield
    finally:
        lock.release()


def _journal(
    folder: Path, width: int
) -> tuple[dict[str, tuple[int, int]], dict[str, str], dict[str, str], int]:
    """Read what is whole: spans, reasons, notes, and how many bytes of the journal to keep.

    A line that is no such entry, or whose rows are not there, ends it: what follows is made again.
    """
    spans: dict[str, tuple[int, int]] = {}
    reasons: dict[str, str] = {}
    notes: dict[str, str] = {}
    whole = end = 0
    try:
        held = (folder / "rows.f32").stat().st_size // (4 * width)
        lines = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    except OSError:
        return {}, {}, {}, 0
    for line in lines:
        match _entry(line):
            case [str(digest), str(reason)]:
                reasons[digest] = reason
            case [str(digest), int(start), int(count), *note] if (
                start == end and count >= 0 and end + count <= held and digest not in spans
            ):
                spans[digest] = (start, count)
                end += count
                if note:
                    notes[digest] = str(note[0])
            case _:
                break
        whole += len(line)
    return spans, reasons, notes, whole


def _entry(line: bytes) -> Any:
    try:
        return json.loads(line) if line.endswith(b"\n") else None
    except (ValueError, RecursionError):
        return None
