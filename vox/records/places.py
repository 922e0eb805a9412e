"""Where notebooks and their records lie."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

from vox import ipynb
from vox.errors import VoxError
from vox.files import write_atomically
from vox.series import experiment

NOTEBOOKS, RECORDS = Path("notebooks"), Path("docs/experiments")
POSTS = "posts"  # folder of notebooks that are posts, below the sources and beside the records


def place(id: str, notebooks: Path = NOTEBOOKS, records: Path = RECORDS) -> tuple[Path, Path]:
    """Return where the source and the record of an experiment or of a post lie.

    Raises
    ------
    VoxError
        It is neither.
    """
    if id in posts(notebooks):
        return notebooks / POSTS / f"{id}.ipynb", records.parent / POSTS / f"{id}.ipynb"
    name = f"{experiment(id).id}.ipynb"
    return notebooks / name, records / name


def posts(notebooks: Path = NOTEBOOKS) -> list[str]:
    """Return the names of the posts that are notebooks."""
    return sorted(path.stem for path in (notebooks / POSTS).glob("*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook of this repository, which says in its metadata what it is.

    Raises
    ------
    VoxError
        There is none, or it is none.
    """
    notebook = ipynb.read(path)
    if "vox" not in notebook.metadata:
        raise VoxError(f"{path}: its metadata have no 'vox', which says what it is")
    return notebook


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Say that a record cannot be written, be the disk full or the folder another's."""
    try:
        yield
    except OSError as error:
        raise VoxError(
            f"{path}: cannot be written: {error.strerror or error}; an older record is as it was"
        ) from error


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, f"{nbformat.writes(notebook)}\n".encode())


def size(records: Path = RECORDS) -> int:
    """Return the bytes of all records and their media."""
    return sum(path.stat().st_size for path in records.rglob("*") if path.is_file())


def told(path: Path) -> dict[str, Any]:
    """Return what a record tells of how it was made, such as ``minutes`` and ``page_scale``."""
    how: Any = read(path).metadata["vox"].get("record", {})
    return how if isinstance(how, dict) else {}
