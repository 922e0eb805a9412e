"""Notebooks as Markdown, so that the site's own extensions treat them as any page.

Headings get anchors, links are rewritten and checked, search reads them, and nothing of
nbconvert's style sheets comes with them.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import yaml

from vox import ipynb

_ABSTRACT = re.compile(r"<details[^>]*><summary>Abstract \(English\)</summary>.*?</details>", re.S)


def read(path: Path) -> dict[str, Any]:
    """Read a notebook."""
    notebook: dict[str, Any] = ipynb.read(path)
    return notebook


def front_matter(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return what a notebook's own metadata tell of it, safe to be put into a page as it is."""
    told = notebook["metadata"].get("vox", {})
    kept = ("id", "title", "date", "closed", "parent", "issues", "tags", "record")
    meta: dict[str, Any] = {name: escaped(told[name]) for name in kept if told.get(name)}
    if "id" in meta:
        meta["title"] = f"{meta['id']} — {meta.get('title', '')}"
    return meta


def escaped(value: Any) -> Any:
    """Escape every string in lists and dicts: metadata is text and never markup."""
    if isinstance(value, str):
        return html.escape(value)
    if isinstance(value, list):
        return [escaped(item) for item in value]
    if isinstance(value, dict):
        return {str(escaped(key)): escaped(item) for key, item in value.items()}
    return value


def page(path: Path) -> str:
    """Return a notebook as a Markdown page with its metadata in front."""
    notebook = read(path)
    meta = yaml.safe_dump(front_matter(notebook), allow_unicode=True, sort_keys=False)
    return f"---\n{meta}---\n\n{markdown(notebook)}"


def markdown(notebook: dict[str, Any]) -> str:
    """Return the cells of a notebook as Markdown; its first heading is left to the template."""
    parts: list[str] = []
    code: list[str] = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"]).strip()
        if cell["cell_type"] == "markdown":
            parts += [_code(code), _text(re.sub(r"\A# .*\n*", "", source))]
            code = []
        elif cell["cell_type"] == "code":
            code.append(source)
            if outputs := [shown for output in cell["outputs"] if (shown := _output(output))]:
                parts += [_code(code), *outputs]
                code = []
    parts.append(_code(code))
    whole = "\n\n".join(part for part in parts if part)
    abstract = _ABSTRACT.search(whole)
    if abstract:  # a page opens with it
        whole = f"{abstract[0]}\n\n{whole.replace(abstract[0], '', 1)}"
    return f"{whole}\n"


def _text(source: str) -> str:
    """Let Markdown inside <details> be Markdown, as it is in Jupyter."""
    return re.sub(r"<details\b", '<details markdown="1"', source)


def _code(sources: list[str]) -> str:
    """Return cells with nothing shown between them in one box that is closed."""
    source = "\n\n".join(filter(None, sources))
    if not source:
        return ""
    lines = source.count("\n") + 1
    opened = f'<details class="vox-code" markdown="1"><summary>コード ({lines} 行)</summary>'
    return f"{opened}\n\n```python\n{source}\n```\n\n</details>"


def _output(output: dict[str, Any]) -> str:
    """The richest form that a page can show."""
    data = output.get("data", {})
    if "text/html" in data:
        inside = re.sub(r"\n\s*\n", "\n", "".join(data["text/html"]))
        inside = inside.replace("<table>", '<table class="vox-table">')
        inside = re.sub(r"<th\b[^>]*></th>", "<td></td>", inside)  # a head that names nothing
        return f'<div class="vox-output">{inside}</div>'
    if "text/markdown" in data:
        return _text("".join(data["text/markdown"])).strip()
    plain = "".join(output.get("text", data.get("text/plain", ""))).rstrip()
    return f'<pre class="vox-output">{html.escape(plain)}</pre>' if plain else ""
