"""An executed notebook as one page that any browser shows, with nothing fetched from another host.

``python -m vox.site.standalone out.ipynb`` writes ``out.html`` beside it, in the language that the
notebook was run in (its parameter ``language``).
"""

from __future__ import annotations

import base64
import html
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from vox import cells, ipynb, language
from vox.english import WORDS
from vox.errors import VoxError
from vox.files import write_atomically
from vox.language import Words
from vox.site import diagrams

ROOT = Path(__file__).parents[2]
TEMPLATES = Path(__file__).with_name("templates")
SAID = {"ja": ("目次", "コード"), "en": ("Contents", "Code")}
_FENCE = re.compile(r"^```mermaid\n(.*?)\n```$", re.M | re.S)
_HEADING = re.compile(r'<h([23]) id="([^"]+)">(.*?)</h\1>', re.S)
_ANCHOR = re.compile(r'<a class="anchor-link".*?</a>', re.S)


def page(path: Path, drawings: Path = ROOT / "docs" / "diagrams") -> str:
    """Return an executed notebook as HTML that stands alone.

    Parameters
    ----------
    path
        Of the notebook.
    drawings
        Folder of diagrams that are drawn already. Others are drawn where there is Chromium, and
        shown as their source where there is none.

    Raises
    ------
    VoxError
        There is no such notebook.
    """
    from nbconvert import HTMLExporter

    notebook = ipynb.read(path)
    given = notebook.metadata.get("papermill", {}).get("parameters", {})
    spoken = "en" if given.get("language") == "en" else "ja"
    words = Words(WORDS, language.beside(notebook)) if spoken == "en" else None
    for i, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            cell.source = _fenced(_told(cell) if words else cell.source)
        for output in cell.get("outputs", ()):
            _prepare(output, words, cells.heading(notebook.cells, i))
    title = next((c.source for c in notebook.cells if c.source.startswith("# ")), path.stem)
    contents, code = SAID[spoken]
    exporter: Any = HTMLExporter(
        template_name="page", extra_template_basedirs=[str(TEMPLATES)], language_code=spoken
    )
    told = {"title": title.partition("\n")[0].lstrip("# "), "style": _style(), "code": code}
    body, _ = exporter.from_notebook_node(notebook, resources=told)
    body = _ANCHOR.sub("", _drawn(body, drawings))
    named = [(found[2], re.sub(r"<[^>]*>", "", found[3])) for found in _HEADING.finditer(body)]
    items = "".join(f'<li><a href="#{id}">{title.strip()}</a></li>' for id, title in named)
    nav = f'<nav aria-label="{contents}"><h2>{contents}</h2><ul>{items}</ul></nav>'
    return body.replace("<!-- contents -->", nav, 1)


def _told(cell: Any) -> str:
    """The English of a text cell; the Japanese, marked as such, where there is none."""
    return language.written(cell) or f'<div lang="ja">\n\n{cell.source}\n\n</div>'


def _fenced(text: str) -> str:
    """Diagrams in the form in which `vox.site.diagrams` finds them."""
    return _FENCE.sub(
        lambda found: f'<pre class="mermaid"><code>{html.escape(found[1])}</code></pre>', text
    )


def _prepare(output: Any, words: Words | None, heading: str) -> None:
    """Put an output into the page's language, and give a picture its text."""
    if words and output.output_type == "stream":
        output.text = language.printed(output.text, words)
    data = output.get("data", {})
    if words:
        data.update(language.shown(data, words))
    if "text/markdown" in data:
        data["text/markdown"] = _fenced(data["text/markdown"])
    for kind in ("image/png", "image/jpeg"):
        if kind in data and "text/html" not in data:
            alt = html.escape(output.metadata.get(kind, {}).get("alt", "") or heading)
            src = f"data:{kind};base64,{''.join(data.pop(kind).split())}"
            data["text/html"] = f'<img alt="{alt}" src="{src}">'
    if svg := data.pop("image/svg+xml", None):
        src = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
        data["text/html"] = f'<img alt="{html.escape(heading)}" src="{src}">'


def _drawn(body: str, drawings: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:  # what is new is drawn for this page alone
        place = Path(folder) / "diagrams"
        if drawings.is_dir():
            shutil.copytree(drawings, place)
        body = diagrams.shown(body, place)
    return re.sub(
        r'(<details[^>]*>\s*<summary>[^<]*</summary>\s*)?(<pre class="vox-output"><code>.*?</pre>)',
        lambda f: f[0] if f[1] else f"<details><summary>mermaid</summary>{f[2]}</details>",
        body,
        flags=re.S,
    )


def _style() -> str:
    """The site's own style, which is not there where vox is installed without its repository."""
    site = ROOT / "docs" / "assets" / "vox.css"
    own = (TEMPLATES / "page" / "page.css").read_text(encoding="utf-8")
    return (site.read_text(encoding="utf-8") if site.is_file() else "") + own


def main() -> int:
    """Write the page of each notebook that is named, beside it."""
    for name in map(Path, sys.argv[1:]):
        try:
            write_atomically(name.with_suffix(".html"), page(name).encode())
        except VoxError as error:
            print(f"vox: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
