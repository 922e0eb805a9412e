"""What lies in a folder of recordings: which form it has, its files, labels, and what is wrong."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import cast, get_args

from vox.audio import READABLE
from vox.corpus import layouts, manifests
from vox.corpus.recording import GROUPS, Problem, Recording, Scan, Split, held_out
from vox.errors import VoxError, unknown

METADATA = "metadata.csv"
COLUMNS = ("file_name", *GROUPS, "text", "split")


def scan(path: Path) -> Scan:
    """Read the labels of a corpus in whichever form it has.

    What its owner wrote comes before what is guessed: a folder with a ``metadata.csv`` is read by
    that, then lhotse manifests count, then the layouts of `vox.corpus.layouts`, and at last the
    folder's own first level.

    Raises
    ------
    VoxError
        There is no such folder or manifest, or its labels cannot be read at all.
    """
    if manifests.is_manifest(path):
        return manifests.scan(path)
    if not os.path.isdir(path):
        there = os.path.exists(path)
        what = "is a file, not a folder" if there else "there is no such folder or file"
        raise VoxError(
            f"corpus {str(path)!r}: {what}; give 'demo', a folder of recordings or a lhotse "
            "manifest (.jsonl, .jsonl.gz or .json)"
        )
    if (path / METADATA).is_file():
        return _scan_folder(path)
    if manifests.inside(path):
        return manifests.scan(path)
    return layouts.scan(path) or _scan_folder(path)


def _scan_folder(folder: Path) -> Scan:
    """Read the labels of a folder, from ``metadata.csv`` or from its first folder level."""
    found = Scan(folder)
    files: dict[str, None] = {}
    others: Counter[str] = Counter()
    for file in _walk(folder, found):
        suffix = PurePosixPath(file).suffix.lower()
        if suffix in READABLE and not os.path.isfile(folder / file):
            found.problems.append(Problem(file, "no regular file, or a link to nothing"))
        elif suffix in READABLE:
            files[file] = None  # a set that keeps its order
        elif file != METADATA:
            others[suffix or "no suffix"] += 1
    if others:
        listed = ", ".join(f"{count} {suffix}" for suffix, count in sorted(others.items()))
        found.notes.append(f"files that are not audio by their name are passed over: {listed}")
    if (folder / METADATA).is_file():
        _from_metadata(folder, list(files), found)
    else:
        _from_folders(list(files), found)
    found.recordings.sort(key=lambda recording: recording.file)
    return found


def _walk(folder: Path, found: Scan) -> Iterator[str]:
    """Yield every file below `folder` once, sorted; links are followed, hidden names are not."""
    seen = set()
    for root, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in seen:  # a link back up, or to what was already read
            where = Path(root).relative_to(folder).as_posix()
            found.notes.append(f"{where}: the same folder as one already read; passed over")
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = (Path(root) / name).relative_to(folder).as_posix()
            if not file.isprintable():
                found.problems.append(Problem(repr(file), "its name is not printable text"))
            elif not name.startswith("."):
                yield file


def _from_folders(files: list[str], found: Scan) -> None:
    """The first folder level names the speaker."""
    for file in files:
        parts = PurePosixPath(file).parts
        if len(parts) == 1:
            reason = f"no speaker: put it into a folder named so, or write a {METADATA}"
            found.problems.append(Problem(file, reason))
        else:
            found.recordings.append(Recording(file, {"speaker": parts[0]}, held_out(file)))


def _from_metadata(folder: Path, files: list[str], found: Scan) -> None:
    rows = _rows(folder / METADATA, found)
    seen: set[str] = set()
    refused: set[str] = set()
    for line, row in rows:
        name = row.get("file_name", "")
        where = f"{METADATA} line {line}" + (f" ({name})" if name else "")
        problem = _problem_of_row(folder, name, row, seen)
        if problem:
            found.problems.append(Problem(where, problem))
            refused.add(_tidy(name))
            continue
        file = _tidy(name)
        seen.add(file)
        labels = {group: row[group] for group in GROUPS if row.get(group)}
        split = cast(Split, row["split"]) if row.get("split") else held_out(file)
        found.recordings.append(Recording(file, labels, split, row.get("text", "")))
    for file in files:
        if file not in seen | refused:
            found.problems.append(Problem(file, f"a file without a row in {METADATA}"))


def _tidy(name: str) -> str:
    return os.path.normpath(name).replace(os.sep, "/") if name else ""


def _problem_of_row(folder: Path, name: str, row: dict[str, str], seen: set[str]) -> str | None:
    if not name:
        return "no file_name"
    if os.path.isabs(name) or _tidy(name).split("/")[0] == "..":
        return "its path leaves the folder"
    if _tidy(name) in seen:
        return "the file has a row already; only the first counts"
    if not (folder / name).is_file():
        return "not found: a label row without a file"
    if None in row:
        return "more fields than columns; a text with a comma needs quotes"
    if row.get("split") and row["split"] not in get_args(Split):
        return str(unknown("split", row["split"], get_args(Split)))
    if not any(row.get(group) for group in GROUPS):
        return "no label in any group"
    return None


def _rows(path: Path, found: Scan) -> list[tuple[int, dict[str, str]]]:
    """Return line number and stripped fields of each row."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            columns = [name.strip() for name in reader.fieldnames or []]
            reader.fieldnames = columns
            # a row with too many fields has a list under the key None, kept to be reported
            rows = [
                (
                    reader.line_num,
                    {k: v.strip() if isinstance(v, str) else (v or "") for k, v in row.items()},
                )
                for row in reader
            ]
    except UnicodeDecodeError as error:
        raise VoxError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except csv.Error as error:
        raise VoxError(f"{path}: not a CSV file: {error}") from error
    if "file_name" not in columns:
        hint = "; separate the columns by commas" if any(c in str(columns) for c in ";\t") else ""
        raise VoxError(
            f"{path}: no column file_name; its first line names {', '.join(columns) or 'nothing'}, "
            f"and the columns known are {', '.join(COLUMNS)}{hint}"
        )
    if not set(columns) & set(GROUPS):
        raise VoxError(f"{path}: no label column; at least one of {', '.join(GROUPS)} is needed")
    for name in columns:
        if name not in COLUMNS:
            found.notes.append(f"{METADATA}: {unknown('column', name, COLUMNS)}; it is not used")
    return cast("list[tuple[int, dict[str, str]]]", rows)
