"""Errors that speak to the user, with the nearest names, and what to install."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from vox.names import listed, printable, printable_lines


class VoxError(ValueError):
    """Something the user can mend: what was wrong, where, and what to do.

    The command line prints its message alone, and so does Jupyter: IPython asks an exception for
    ``_render_traceback_`` before it draws a traceback.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {printable_lines(self)}"]


def unknown(what: str, name: object, known: Iterable[object]) -> VoxError:
    """Return the error for a name that is not among the known ones.

    Parameters
    ----------
    what
        What kind of name it is, such as ``"experiment"``.
    name
        The name that was given.
    known
        All names there are; the nearest to `name` come first in the message, at most eight of them.

    Examples
    --------
    >>> str(unknown("speaker", "anikka", ["victor", "anika"]))
    "unknown speaker 'anikka'; did you mean 'anika'? Known: anika, victor"
    """
    names, asked = [str(n) for n in known], str(name)
    near = difflib.get_close_matches(asked[:200], names, n=3, cutoff=0.6)
    ordered = near + sorted(set(names) - set(near))
    message = f"unknown {what} '{printable(asked, 80)}'"
    if near:
        message += f"; did you mean '{printable(near[0], 80)}'?"
    return VoxError(f"{message}{'' if near else ';'} Known: {listed(ordered) or 'none at all'}")


def install(extra: str) -> str:
    """Return the command that installs an extra, pinned; it is called in the repository's folder.

    Examples
    --------
    >>> install("onnx")
    "pip install -c constraints.txt -e '.[onnx]'"
    """
    return f"pip install -c constraints.txt -e '.[{extra}]'"


def of_memory(error: BaseException) -> bool:
    """Tell whether there was not enough memory: torch has no class of its own for that."""
    if isinstance(error, RuntimeError):
        signs = ("can't allocate memory", "out of memory", "not enough memory")
        return any(sign in str(error) for sign in signs)
    by_system = isinstance(error, OSError) and error.errno == errno.ENOMEM
    return by_system or isinstance(error, MemoryError)


@contextmanager
def memory_told() -> Iterator[None]:
    """Say it plainly where there is not enough memory.

    Examples
    --------
    >>> with memory_told():
    ...     raise MemoryError
    Traceback (most recent call last):
    ...
    vox.errors.VoxError: not enough memory for that; a smaller batch_size or width needs less
    """
    try:
        yield
    except (MemoryError, RuntimeError, OSError) as error:
        if not of_memory(error):
            raise
        raise VoxError(
            "not enough memory for that; a smaller batch_size or width needs less"
        ) from error
