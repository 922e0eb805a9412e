"""Figures of records on a page: an SVG becomes a part of it, and takes its colours.

What is no line and no letter in an SVG, such as a spectrogram, is a file of its own on the site, so
that the page stays small. A picture of an older record is PNG, and is shown as it is.
"""

from __future__ import annotations

import base64
import functools
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from vox.drawing import RASTER

if TYPE_CHECKING:
    from vox.site.entries import Entry

WIDTH = 480
"""Of a thumbnail, in pixels."""
_IMAGE = re.compile(r'<img (?:loading="lazy" )?src="((?!data:)[^":]+\.(?:png|svg))"[^>]*>')

_FIGURE = re.compile(r'<div class="vox-figure"(?: tabindex="0")?')
"""It scrolls where its panels do not fit, by keys as well."""


def shown(text: str, folder: Path) -> str:
    """Put the SVGs of a record into its page, and give other pictures their size.

    Parameters
    ----------
    text
        A page with the HTML of a record.
    folder
        The page's, where its pictures are found.
    """

    def put(found: re.Match[str]) -> str:
        path = (folder / found[1]).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return found[0]
        if path.suffix == ".svg":
            return inline(path.read_text(encoding="utf-8"), found[1])
        with Image.open(path) as picture:
            size = f'width="{picture.width}" height="{picture.height}"'
        return found[0].replace("<img ", f'<img loading="lazy" {size} ', 1)

    text = _FIGURE.sub('<div class="vox-figure" data-search-exclude tabindex="0"', text)
    return _IMAGE.sub(put, text)


def inline(svg: str, file: str) -> str:
    """Return an SVG with the pictures within as files beside ``file``, which `rasters` makes."""
    count = iter(range(99))
    return RASTER.sub(lambda found: raster_name(file, next(count), found[1]), svg.strip())


def raster_name(file: str, number: int, kind: str) -> str:
    """Return where a picture within an SVG lies on the site."""
    return f"{file.removesuffix('.svg')}-{number}.{kind}"


def rasters(path: Path) -> dict[str, bytes]:
    """Return the pictures within an SVG by the name of their file."""
    found = RASTER.findall(path.read_text(encoding="utf-8"))
    return {
        raster_name(path.name, i, kind): base64.b64decode(data)
        for i, (kind, data) in enumerate(found)
    }


def preview(entry: Entry | None, docs: Path) -> str | None:
    """Return where a raster of a page's picture lies, for programs that show no SVG, if any."""
    if entry is None or entry.picture is None:
        return None
    file = entry.picture["file"]
    path = docs / entry.kind / file
    if path.suffix != ".svg":
        return file
    found = next(iter(rasters(path)), None) if path.is_file() else None
    return found and str(Path(file).with_name(found))


def thumbnail(file: str) -> str:
    """Return where a picture lies once more, small."""
    path = Path(file)
    suffix = ".svg" if path.suffix == ".svg" else ".webp"
    return str(path.with_name(f"{path.stem}-small{suffix}"))


def write(entry: Entry, docs: Path, site: Path) -> None:
    """Write the thumbnail of a page, and what its SVGs refer to, into the site."""
    file = docs / entry.kind / (entry.picture or {}).get("file", "")
    if entry.thumbnail and file.is_file():
        (site / entry.kind / entry.thumbnail).write_bytes(small(file, file.stat().st_mtime))
    for figure in (docs / entry.kind / entry.name).glob("*.svg"):
        for name, content in rasters(figure).items():
            (site / entry.kind / entry.name / name).write_bytes(content)


def small_size(path: Path) -> tuple[int, int] | None:
    """Return width and height of a picture made small, None without it."""
    if not path.is_file():
        return None
    if path.suffix == ".svg":
        found = re.search(r' width="(\d+)" height="(\d+)"', path.read_text(encoding="utf-8"))
        return (int(found[1]), int(found[2])) if found else None
    with Image.open(path) as whole:
        return WIDTH, round(WIDTH * whole.height / whole.width)


@functools.lru_cache(maxsize=256)
def small(path: Path, changed: float) -> bytes:
    """Return a picture for a thumbnail; ``changed`` is the file's time.

    Of an SVG the pictures within are made small, of another the whole, at 480 pixels' width.
    """
    if path.suffix != ".svg":
        return _webp(path.read_bytes(), WIDTH)

    def less(found: re.Match[str]) -> str:
        data = base64.b64encode(_webp(base64.b64decode(found[2]), WIDTH // 2)).decode()
        return f"data:image/webp;base64,{data}"

    return RASTER.sub(less, path.read_text(encoding="utf-8")).encode()


def _webp(written: bytes, width: int) -> bytes:
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(written)) as whole:
        height = max(1, round(width * whole.height / whole.width))
        whole.convert("RGB").resize((width, height)).save(buffer, "webp", quality=60, method=4)
    return buffer.getvalue()
