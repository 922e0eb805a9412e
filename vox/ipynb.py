"""Notebooks as files: what is read as one is one, in all that is relied on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat

from vox.errors import VoxError


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook, of version 4 and valid, whose metadata ``vox`` is a table.

    Raises
    ------
    VoxError
        There is none, or it is none.
    """
    if not path.is_file():
        raise VoxError(f"{path}: no such notebook; call from the folder that holds notebooks/")
    try:
        text = path.read_text(encoding="utf-8")
        # nbformat.reads would print what is wrong with it
        notebook = nbformat.convert(nbformat.reader.reads(text), 4)
        nbformat.validate(notebook)
    except OSError as error:
        raise VoxError(f"{path}: cannot be read: {error.strerror}") from error
    # by its contents nbformat raises of ValueError, ValidationError, AttributeError, TypeError,
    # KeyError, AssertionError and more, and tells of them at length
    except Exception as error:
        told = " ".join(str(error).split("\n", 1)[0].split()) or type(error).__name__
        raise VoxError(f"{path}: cannot be read as a notebook: {told[:200]}") from error
    if not isinstance(notebook.metadata.get("vox", {}), dict):
        raise VoxError(f"{path}: cannot be read as a notebook: its metadata 'vox' is no table")
    return notebook


def data(notebook: Mapping[str, Any], kind: str) -> Iterator[Any]:
    """Yield what the cells of a notebook put out as data of a media type."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            if kind in output.get("data", {}):
                yield output["data"][kind]
