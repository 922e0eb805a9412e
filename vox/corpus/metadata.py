"""The labels of a folder from its ``metadata.csv``, as its owner wrote them."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

from vox.corpus.recording import GROUPS, SPLITS, Problem, Scan, known, language, sex, split_of
from vox.corpus.walk import Sounds, unreadable
from vox.errors import VoxError, unknown
from vox.names import nfc, printable, readable

METADATA = "metadata.csv"
COLUMNS = ("file_name", *GROUPS, "text", "language", "split")
SURPLUS = "more fields than columns"
NO_TEXT = {"nan", "NaN", "None", "null", "<NA>"}  # what programs write for an empty field
READ = {"speaker": known, "birthplace": known, "sex": sex}
"""How the labels of each group are read."""

Row = dict[str, str]


def scan(folder: Path, sounds: Sounds, found: Scan) -> None:
    """Take the recordings that the rows name; list the rows and the sounds that do not fit.

    Parameters
    ----------
    folder
        That holds the table.
    sounds
        What lies in it.
    found
        Recordings and problems are added.

    Raises
    ------
    VoxError
        The table cannot be read at all, or has not the columns it needs.
    """
    seen: set[str] = set()
    refused: set[str] = set()
    read_as_unlabelled: Counter[str] = Counter()
    for line, row in _rows(folder / METADATA, found):
        name = row.get("file_name", "")
        file = _file(folder, name, sounds)
        labels = {group: READ[group](row[group]) for group in GROUPS if row.get(group)}
        read_as_unlabelled.update(row[group] for group, label in labels.items() if not label)
        labels = {group: label for group, label in labels.items() if label}
        problem = _problem_of_row(folder, file, row, labels, seen)
        if problem:
            where = f"{METADATA} line {line}" + (f" ({printable(name, 160)})" if name else "")
            found.problems.append(Problem(where, problem))
            refused.add(nfc(file))
            continue
        seen.add(nfc(file))
        split = split_of(_split(row))
        text = row.get("text", "")
        text = "" if text in NO_TEXT else text
        tongue = language(row.get("language", ""))
        found.add(file, labels, split=split, text=text, language=tongue)
    named = seen | refused
    for name in sounds.files:
        if name not in named:
            found.problems.append(Problem(name, f"a file without a row in {METADATA}"))
    if read_as_unlabelled:
        told = ", ".join(f"{printable(n, 20)} {k}" for n, k in sorted(read_as_unlabelled.items()))
        found.notes.append(f"{METADATA}: labels that say they are not known are none: {told}")


def _file(folder: Path, name: str, sounds: Sounds) -> str:
    """Return the path below the folder that a row names, as it lies on the disk if it is there."""
    tidy = _tidy(name)
    found = sounds.files.get(nfc(tidy))
    if found is None and "\\" in name and not os.path.isfile(folder / tidy):
        slashed = _tidy(name.replace("\\", "/"))  # as Windows writes paths
        return sounds.files.get(nfc(slashed), slashed)
    return found or tidy


def _split(row: Row) -> str:
    return known(row.get("split"))


def _tidy(name: str) -> str:
    return os.path.normpath(name).replace(os.sep, "/") if name else ""


def _problem_of_row(
    folder: Path, file: str, row: Row, labels: dict[str, str], seen: set[str]
) -> str | None:
    if SURPLUS in row:
        return f"{SURPLUS}; a text with a comma needs quotes"
    if any("\0" in field for field in row.values()):
        return "a NUL in it: the table is damaged, or was not saved as UTF-8"
    if not file or file == ".":
        return "no file_name"
    if os.path.isabs(file) or re.match("[A-Za-z]:", file) or file.split("/")[0] == "..":
        return "its path leaves the folder"
    if not readable(file):
        return "its name is not printable text"
    if nfc(file) in seen:
        return "the file has a row already; only the first counts"
    reason = unreadable(folder / file)
    if reason:
        return "not found: a label row without a file" if reason == "not found" else reason
    if _split(row) and not split_of(_split(row)):
        return str(unknown("split", row["split"], SPLITS))
    if not labels:
        return "no label in any group"
    return None


def _rows(path: Path, found: Scan) -> list[tuple[int, Row]]:
    """Return line number and stripped fields of each row that has any."""
    reader = None
    limit = csv.field_size_limit(2**31 - 1)  # what is too long is listed as its row
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            columns = [nfc(name.strip()) for name in reader.fieldnames or []]
            reader.fieldnames = columns
            rows = [(reader.line_num, _stripped(row)) for row in reader]
    except UnicodeDecodeError as error:
        raise VoxError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except csv.Error as error:
        line = f" (line {reader.line_num})" if reader else ""
        raise VoxError(f"{path}: not a CSV file: {error}{line}") from error
    except OSError as error:
        raise VoxError(f"{path}: cannot be read: {error.strerror}") from error
    finally:
        csv.field_size_limit(limit)
    if "file_name" not in columns:
        hint = "; separate the columns by commas" if any(c in str(columns) for c in ";\t") else ""
        named = printable(", ".join(columns), 240)
        raise VoxError(
            f"{path}: no column file_name; its first line names {named or 'nothing'}, "
            f"and the columns known are {', '.join(COLUMNS)}{hint}"
        )
    if not set(columns) & set(GROUPS):
        raise VoxError(f"{path}: no label column; at least one of {', '.join(GROUPS)} is needed")
    for name, count in Counter(columns).items():
        if name in COLUMNS and count > 1:
            raise VoxError(f"{path}: {count} columns are named {name}; leave one of them")
        if name and name not in COLUMNS:
            found.notes.append(f"{METADATA}: {unknown('column', name, COLUMNS)}; it is not used")
    return [(line, row) for line, row in rows if any(row.values())]


def _stripped(row: dict[str | Any, str | Any]) -> Row:
    """Return a row's fields by column; those behind the last, if they say anything, by `SURPLUS`.

    csv keeps them as a list under the key None, and fields that are not there as None.
    """
    surplus = "".join(row.pop(None, None) or []).strip()
    stripped = {name: (field or "").strip() for name, field in row.items() if name}
    return stripped | ({SURPLUS: surplus} if surplus else {})
