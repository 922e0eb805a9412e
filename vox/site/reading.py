"""What pages say of themselves, read from their files and checked."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from vox import language
from vox.errors import VoxError
from vox.site import bench, front_matter, notebooks
from vox.site.entries import KINDS, Entry

LONGEST = 120  # characters of a name: it becomes that of a file
FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.S)


def notebook_of(file: Any) -> Any:
    """Return the notebook of a page, whose metadata are checked."""
    notebook = notebooks.read(Path(file.abs_src_path))
    front_matter.checked(notebook["metadata"].get("vox"), file.src_uri)
    return notebook


def entry_of(file: Any) -> Entry | None:
    """Return the entry of a page of the site's collections, None of another page."""
    path = PurePosixPath(file.src_uri.removeprefix("en/"))
    kind = path.parts[0]
    if kind not in KINDS or path.name == "index.md" or path.suffix not in (".md", ".ipynb"):
        return None
    heard: list[bench.Group] = []
    curves = None
    docs = Path(file.src_dir or "docs")
    recorded = docs / path.with_suffix(".ipynb")
    if recorded.is_file():
        notebook = notebooks.read(recorded)
        front_matter.checked(notebook["metadata"].get("vox"), file.src_uri)
        meta = notebooks.front_matter(notebook, language.of(file.src_uri))
        heard = bench.groups(notebooks.markdown(notebook), recorded.parent)
        curves = notebooks.curves(notebook, file.src_uri)
    else:
        meta = _said(file)
    inside = path.relative_to(kind).with_suffix("")
    name = str(inside) if kind != "experiments" else str(meta.get("id", inside))
    if not re.fullmatch(r"[\w/-]+", name) or len(name) > LONGEST:
        raise VoxError(f"{file.src_uri}: {name!r:.80} is no name for a page")
    title = str(meta.get("title", name))
    file_name = f"{kind}/{name}.ipynb" if recorded.is_file() else None
    date = str(meta.get("date", ""))
    return Entry(kind, name, title, file.url, date, meta, heard, file_name, curves=curves)


def _said(file: Any) -> dict[str, Any]:
    """What a page says of itself in the YAML that it begins with, escaped."""
    try:
        front = FRONT.match(file.content_string)
        said = notebooks.escaped(yaml.safe_load(front[1])) if front else {}
    # of a day that does not exist yaml raises ValueError, of a list as a key TypeError
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, AttributeError) as error:
        told = " ".join(str(error).split())[:200]
        raise VoxError(f"{file.src_uri}: its front matter cannot be read: {told}") from error
    return front_matter.checked(said, file.src_uri)
