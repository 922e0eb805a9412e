"""Diagrams as SVG, drawn once by mermaid in a headless Chromium and kept under docs/diagrams/.

A drawing is named by the hash of what it is drawn from. It is committed, so that a build needs
Chromium only for what is new; and pages load no script for it. Its colours are the page's, by
docs/assets/vox.css; mermaid's own style sheet is left out.
"""

from __future__ import annotations

import hashlib
import html
import json
import logging
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

MERMAID = Path(__file__).parents[2] / "tools" / "vendor" / "mermaid" / "mermaid.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CONFIG = {
    "startOnLoad": False,
    "theme": "base",
    "htmlLabels": False,
    "fontFamily": "sans-serif",
    "flowchart": {
        "htmlLabels": False,
        "useMaxWidth": False,
        "wrappingWidth": 400,
        "subGraphTitleMargin": {"top": 6, "bottom": 8},
    },
}
_FENCE = re.compile(
    r"(?:<summary>(?P<title>(?:(?!</?summary).)*)</summary>\s*)?"
    r'<pre class="mermaid"><code>(?P<source>.*?)</code></pre>',
    re.S,
)
_TITLE = re.compile(r"^accTitle: *(.+)$", re.M)
_PAGE = """<!doctype html><meta charset="utf-8"><script src="{script}"></script>
<pre id="drawn"></pre>
<script>
// What no reader sees goes: style sheet, shadows, empty boxes, words apart, names, digits.
const NUMBERS = ["d", "points", "transform", "x", "y", "width", "height", "viewBox"];
const rounded = (value) => value
  .replace(/-?\\d+\\.\\d+(e-\\d+)?/g, (digits) => String(Math.round(digits * 10) / 10));
const tidy = (place) => {{
  const unseen = "style, filter, linearGradient, rect:not([width])";
  for (const each of place.querySelectorAll(unseen)) each.remove();
  for (const row of place.querySelectorAll("tspan.row")) {{
    row.textContent = row.textContent;
    row.removeAttribute("class");
  }}
  for (const edge of place.querySelectorAll(".flowchart-link")) {{
    edge.setAttribute("class", "flowchart-link");
  }}
  const used = place.innerHTML;
  for (const each of place.querySelectorAll("[id]")) {{
    const kept = each.matches("svg") || used.includes(`labelledby="${{each.id}}"`);
    if (used.includes(`url(#${{each.id}})`) || kept) continue;
    if (each.matches("marker")) each.remove(); else each.removeAttribute("id");
  }}
  for (const each of place.querySelectorAll("*")) {{
    for (const {{ name, value }} of [...each.attributes]) {{
      const empty = name === "style" && !/[a-z]/.test(value);
      if (name.startsWith("data-") || empty) each.removeAttribute(name);
      else if (NUMBERS.includes(name)) each.setAttribute(name, rounded(value));
    }}
  }}
}};
mermaid.initialize({config});
mermaid.render("{id}", {source}).then(({{ svg }}) => {{
  const place = document.createElement("div");
  place.innerHTML = svg;
  tidy(place);
  document.getElementById("drawn").textContent = "svg:" + place.innerHTML;
}}).catch((error) => {{ document.getElementById("drawn").textContent = "error:" + error; }});
</script>"""

log = logging.getLogger("mkdocs.vox")


def shown(content: str, folder: Path) -> str:
    """Put drawings in the place of a page's mermaid fences, each titled, with its source behind.

    Parameters
    ----------
    content
        HTML of a page.
    folder
        Where drawings are kept.
    """

    def drawn(found: re.Match[str]) -> str:
        source = html.unescape(found["source"]).strip()
        drawing = svg(source, folder)
        if (
            drawing is None
        ):  # what is missing is told already; Material would ask the net for mermaid
            return found[0].replace('<pre class="mermaid">', '<pre class="vox-output">')
        named = _TITLE.search(source)
        title = found["title"] or (html.escape(named[1]) if named else "図")
        label = html.escape(html.unescape(re.sub(r"<[^>]*>", "", title)))
        drawing = re.sub(r"<svg ", f'<svg aria-label="{label}" ', drawing, count=1)
        drawing = drawing.replace("xlink:href", "href")  # which crawlers know
        inside = (
            f'<div class="vox-diagram" style="{_size(drawing)}" tabindex="0" role="region" '
            f'aria-label="{label}">'
            f'{drawing}</div><details class="vox-source" data-search-exclude>'
            "<summary>source (mermaid)</summary>"
            f"<pre><code>{found['source'].strip()}</code></pre></details>"
        )
        if found["title"]:
            return f"<summary>{found['title']}</summary>{inside}"
        return f"<details open><summary>{title}</summary>{inside}</details>"

    return _FENCE.sub(drawn, content)


def _size(drawing: str) -> str:
    """Width and height in pixels, for the style sheet: how small it may become, what it takes."""
    sides = (re.search(rf'<svg [^>]*\b{side}="([\d.]+)"', drawing) for side in ("width", "height"))
    return ";".join(
        f"--{name}:{float(found[1]):.0f}px"
        for name, found in zip("wh", sides, strict=True)
        if found
    )


def svg(source: str, folder: Path) -> str | None:
    """Return the drawing of a mermaid source, kept or new; None, with a warning, without any."""
    told = json.dumps([CONFIG, source], sort_keys=True).encode()
    name = hashlib.sha256(told).hexdigest()[:12]
    kept = folder / f"{name}.svg"
    if not kept.is_file():
        drawn = _draw(f"d{name}", source)
        if drawn is None:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(drawn + "\n", encoding="utf-8")
        log.info("drawn: %s (commit it)", kept)
    return kept.read_text(encoding="utf-8").strip()


def _draw(id: str, source: str) -> str | None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    first = source.splitlines()[0] if source else ""
    if not browser:
        log.warning("a new diagram (%s ...) needs Chromium to be drawn: install chromium", first)
        return None
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        # a "</script>" within the source would end the script
        config, written = (json.dumps(x).replace("<", "\\u003c") for x in (CONFIG, source))
        page.write_text(_PAGE.format(script=MERMAID.as_uri(), config=config, id=id, source=written))
        done = subprocess.run(
            [
                browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--disable-background-networking", f"--user-data-dir={folder}/profile",
                "--virtual-time-budget=10000", "--dump-dom", page.as_uri(),
            ],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    found = re.search(r'<pre id="drawn">svg:(.*?)</pre>', done.stdout, re.S)
    if not found:
        why = re.search(r'<pre id="drawn">error:(.*?)</pre>', done.stdout, re.S)
        log.warning("a diagram (%s ...) cannot be drawn: %s", first, why[1] if why else done.stderr)
        return None
    return html.unescape(found[1])
