"""What stands beside the pages: small pictures, whole notebooks, and data that scripts read.

Data are scripts themselves, so that they are read from a folder of files too, where nothing can be
fetched. Each language has its own.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import nbformat

from vox import ipynb, language
from vox.site import bench
from vox.site import pictures as figures
from vox.site.entries import Entries, Entry


def pictures(entries: Iterable[Entry], docs: Path, site: Path) -> None:
    """Draw the sounds of all benches, and make the pictures that records are shown by small."""
    for entry in entries:
        for sound in (sound for group in entry.heard for sound in group.sounds):
            file = docs / entry.kind / sound.file
            picture = site / entry.kind / bench.picture_of(sound.file)
            picture.write_bytes(bench.picture(file, file.stat().st_mtime))
        figures.write(entry, docs, site)


def notebooks(entries: Iterable[Entry], docs: Path, site: Path) -> None:
    """Make the notebooks that pages offer whole: who saves one has its figures and sounds."""
    for entry in entries:
        if entry.notebook and (site / entry.notebook).is_file():
            notebook = ipynb.read(docs / entry.notebook)
            ipynb.inline(notebook, docs / entry.kind)
            nbformat.write(notebook, site / entry.notebook)


def search(site: Path, languages: Iterable[str]) -> None:
    """Divide the index of the search plugin, if it is in use, by language."""
    index = site / "search" / "search_index.json"
    if not index.is_file():
        return
    whole = json.loads(index.read_text(encoding="utf-8"))
    for spoken in languages:
        mine = [part for part in whole["docs"] if language.of(part["location"]) == spoken]
        _script(index.with_name(f"search_index.{spoken}.js"), "index", {**whole, "docs": mine})
    index.unlink()


def previews(site: Path, spoken: str, entries: Entries, say: Callable[[str], str]) -> None:
    """Tell in few words what each page of a collection is, for who hovers over a link to it."""
    told = {
        entry.url: {
            "title": html.unescape(entry.title),
            "days": " – ".join(entries.days(entry)),
            "tags": [html.unescape(entry.badge(tag)) for tag in entry.tags],
            "found": entry.said(say),
            "text": entry.summary,
            "picture": f"{entry.kind}/{entry.thumbnail}" if entry.thumbnail else None,
        }
        for entry in entries.by_name.values()
    }
    _script(site / "assets" / f"previews.{spoken}.js", "previews", told)


def _script(path: Path, name: str, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, ensure_ascii=False)
    path.write_text(f"window.__vox_{name} = {text}\n", encoding="utf-8")
