"""Which files of a folder are sounds: one rule, for what is trained on and what is converted.

Hidden names and what systems leave behind are passed over, links are followed, a folder is never a
sound whatever its name, and whatever is passed over or cannot be read is told.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from vox.audio import READABLE
from vox.corpus.recording import Problem
from vox.names import nfc, printable, readable

SYSTEM = {
    "__MACOSX", "@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found",
}  # fmt: skip
"""Folders that archivers, file servers and systems make."""


@dataclass
class Sounds:
    """The sounds below a folder.

    Attributes
    ----------
    files
        Path of each below the folder, with forward slashes, by its name in NFC; sorted.
    problems
        Of the sounds and folders that cannot be read.
    notes
        What was passed over, in a line each.
    """

    files: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def is_hidden(name: str) -> bool:
    """Whether a file or a folder of that name is passed over.

    Examples
    --------
    >>> is_hidden("._a.wav"), is_hidden(".ipynb_checkpoints"), is_hidden("__MACOSX")
    (True, True, True)
    """
    return name.startswith(".") or name in SYSTEM


def sounds_in(folder: Path, *, but: Path | None = None, beside: tuple[str, ...] = ()) -> Sounds:
    """Find every sound below a folder once.

    Parameters
    ----------
    folder
        Where to look.
    but
        A folder that is not entered, such as the one that conversions go into.
    beside
        Files directly in it that are expected there and not told of.
    """
    found = Sounds()
    others: Counter[str] = Counter()
    seen = {os.path.realpath(but)} if but else set()
    left_out = os.path.realpath(but) if but else None

    def refused(error: OSError) -> None:
        where = os.path.relpath(error.filename or folder, folder)
        found.problems.append(Problem(where, f"cannot be read: {error.strerror}"))

    for root, folders, names in os.walk(folder, onerror=refused, followlinks=True):
        real = os.path.realpath(root)
        inside = Path(root).relative_to(folder)
        if real in seen:  # a link back up, or to what was already read
            if real != left_out:
                found.notes.append(
                    f"{printable(inside.as_posix(), 240)}: the same folder as one already read; "
                    "passed over"
                )
            folders.clear()
            continue
        seen.add(real)
        others["hidden"] += sum(map(is_hidden, [*folders, *names]))
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in sorted(name for name in names if not is_hidden(name)):
            file = (inside / name).as_posix()
            suffix = PurePosixPath(name).suffix.lower()
            if suffix in READABLE:
                _take(found, folder, file)
            elif file not in beside:
                others[printable(suffix, 20) or "without a suffix"] += 1
    if others := +others:  # without zeros
        told = ", ".join(f"{count} {what}" for what, count in sorted(others.items()))
        found.notes.append(f"passed over, as hidden or not audio by their name: {told}")
    found.files = dict(sorted(found.files.items()))
    return found


def _take(found: Sounds, folder: Path, file: str) -> None:
    name = nfc(file)
    if reason := unreadable(folder / file):
        found.problems.append(Problem(file, reason))
    elif not readable(file):
        where = f"'{printable(file, 240)}'"
        found.problems.append(Problem(where, "its name is not printable text"))
    elif name in found.files:
        reason = "its name is another's, composed in another way (NFC, NFD); rename one"
        found.problems.append(Problem(file, reason))
    else:
        found.files[name] = file


def unreadable(path: str | Path) -> str:
    """Say why a path is no regular file that can be looked at; empty if it is.

    A pipe or a device is never opened: reading it may not end.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return "no regular file, or a link to nothing" if Path(path).is_symlink() else "not found"
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    return "" if stat.S_ISREG(mode) else "no regular file, or a link to nothing"
