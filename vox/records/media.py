"""Images and sounds of a notebook as files beside it, with references in their place.

Records listen to the same recordings, and what a representation alone makes of them: so sounds lie
in one folder that all records of a kind share, each once, named by its contents.
"""

from __future__ import annotations

import base64
import html
import io
import re
from hashlib import sha256
from pathlib import Path

import nbformat
from PIL import Image, UnidentifiedImageError

from vox.files import write_atomically
from vox.ipynb import MEDIA

SOUNDS = "sounds"
"""The folder of sounds, beside those of the records' images."""
_DATA = re.compile(r'(?:aria-label="([^"]*)" )?src="data:([a-z]+/[a-z]+);base64,([^"]+)"')
_SVG = re.compile(
    r'<svg [^>]*?class="vox-drawn"[^>]*? aria-label="(?P<text>[^"]*)" '
    r'(?P<size>width="\d+" height="\d+")[^>]*? style="(?P<style>[^"]*)".*?</svg>',
    re.S,
)


def move_media(cell: nbformat.NotebookNode, folder: Path, address: str) -> list[dict[str, str]]:
    """Move a cell's images and sounds into files, leave references, and say what they show."""
    moved: list[dict[str, str]] = []

    def move(kind: str, data: str, text: str) -> str:
        content = data.encode() if kind == "image/svg+xml" else base64.b64decode(data)
        if kind == "image/png":
            content = small(content)
        # named by its contents, so that it never takes the place of what an older record shows
        digest = sha256(content).hexdigest()
        if kind.startswith("image/"):
            path = folder / f"{cell.id}-{len(moved) + 1}-{digest[:8]}.{MEDIA[kind]}"
            place = f"{address}/{path.name}"
        else:
            path = folder.parent / SOUNDS / f"{digest[:16]}.{MEDIA[kind]}"
            place = f"{SOUNDS}/{path.name}"
            path.parent.mkdir(exist_ok=True)
        if not path.is_file():
            write_atomically(path, content)
        moved.append({"file": place, "text": html.unescape(text)})
        return place

    def reference(found: re.Match[str]) -> str:
        text, kind, encoded = found.groups()
        if kind not in MEDIA:  # of another library's player: it stays within the notebook
            return found[0]
        label = f'aria-label="{text}" ' if text else ""
        return f'{label}src="{move(kind, encoded, text or "")}"'

    def drawn(found: re.Match[str]) -> str:
        # black on white, where it is no part of the page (vox.site.pictures makes it one)
        file = move("image/svg+xml", found[0], found["text"])
        style = f"background:#fff;{found['style']}"
        return f'<img src="{file}" alt="{found["text"]}" {found["size"]} style="{style}">'

    for output in cell.outputs:
        data = output.get("data", {})
        if image := data.pop("image/png", None):
            alt = html.escape(output.metadata.pop("image/png", {}).get("alt", ""))
            data["text/html"] = f'<img src="{move("image/png", image, alt)}" alt="{alt}">'
        elif "text/html" in data:
            data["text/html"] = _DATA.sub(reference, _SVG.sub(drawn, data["text/html"]))
    return moved


def small(png: bytes) -> bytes:
    """Return a picture in at most 256 colours, a third of the size, if that is smaller.

    The colour maps of figures have no more than that, and the eye sees no difference.
    """
    buffer = io.BytesIO()
    try:
        with Image.open(io.BytesIO(png)) as picture:
            few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    except UnidentifiedImageError:  # what no reader knows is kept as it is
        return png
    few.save(buffer, "PNG", optimize=True)
    return min(png, buffer.getvalue(), key=len)
