"""Notebooks as files: what is read as one is one, in all that is relied on."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat

from vox.errors import VoxError

MEDIA = {
    "image/png": "png", "image/svg+xml": "svg", "audio/flac": "flac", "audio/mpeg": "mp3",
}  # fmt: skip
"""Suffixes of what records keep in files beside them, by media type."""
_FILE = re.compile(r'src="([^":?#]+)"')  # without a scheme: no address of another kind


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


def inline(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Put the files that a notebook's outputs refer to into it, so that it can stand alone.

    Parameters
    ----------
    notebook
        It is changed.
    folder
        In which its files lie. What lies elsewhere, or is of no kind of `MEDIA`, is left as a
        reference.
    """
    kinds = {suffix: kind for kind, suffix in MEDIA.items()}

    def data(found: re.Match[str]) -> str:
        path = (folder / found[1]).resolve()
        kind = kinds.get(path.suffix.removeprefix("."))
        if kind is None or not path.is_relative_to(folder.resolve()) or not path.is_file():
            return found[0]
        return f'src="data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"'

    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            shown = output.get("data", {})
            if "text/html" in shown:
                shown["text/html"] = _FILE.sub(data, shown["text/html"])
