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

from vox import ipynb, language
from vox.curves import CURVES, Curves
from vox.errors import VoxError
from vox.language import JAPANESE, Words

ABSTRACT = re.compile(r"<details[^>]*><summary>Abstract \(English\)</summary>.*?</details>", re.S)


def read(path: Path) -> dict[str, Any]:
    """Read a notebook."""
    notebook: dict[str, Any] = ipynb.read(path)
    return notebook


def front_matter(notebook: dict[str, Any], spoken: str = "ja") -> dict[str, Any]:
    """Return what a notebook's own metadata tell of it, safe to be put into a page as it is.

    The English title is that of the first heading.
    """
    told = notebook["metadata"].get("vox", {})
    kept = ("id", "title", "date", "closed", "parent", "issues", "tags", "record")
    meta: dict[str, Any] = {name: escaped(told[name]) for name in kept if told.get(name)}
    if spoken == "en" and notebook["cells"]:
        heading = (language.written(notebook["cells"][0]) or "").partition("\n")[0].lstrip("# ")
        if heading:
            meta["title"] = escaped(heading.partition(" — ")[2] or heading)
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
    return f"---\n{_yaml(front_matter(notebook))}---\n\n{markdown(notebook)}"


def english(path: Path, words: Words) -> str:
    """Return the English page of a notebook: the same record, shown in the other language."""
    notebook = read(path)
    return f"---\n{_yaml(front_matter(notebook, 'en'))}---\n\n{markdown(notebook, words)}"


def _yaml(meta: dict[str, Any]) -> str:
    return yaml.safe_dump(meta, allow_unicode=True, sort_keys=False)


def curves(notebook: dict[str, Any], where: str) -> Curves | None:
    """Return the loss curves that a record keeps as data; None where it keeps none.

    Raises
    ------
    VoxError
        It keeps something else in their place; the message names the page, ``where``.
    """
    try:
        return next(map(Curves.read, ipynb.data(notebook, CURVES)), None)
    except VoxError as error:
        raise VoxError(f"{where}: {error}") from error


def markdown(notebook: dict[str, Any], words: Words | None = None) -> str:
    """Return the cells of a notebook as Markdown; its first heading is left to the template.

    With ``words`` in English: text cells as their metadata have them, and outputs that are
    Markdown by the words. Other outputs are left for `vox.language.Words.content`.
    """
    parts: list[str] = []
    code: list[str] = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"]).strip()
        if cell["cell_type"] == "markdown":
            source = _without_title(source)
            if words and source:
                told = language.written(cell)
                source = language.missing(source) if told is None else _without_title(told)
            parts += [_code(code, words), _text(source)]
            code = []
        elif cell["cell_type"] == "code":
            code.append(source)
            outputs = [shown for each in cell["outputs"] if (shown := _output(each, words))]
            if outputs:
                parts += [_code(code, words), *outputs]
                code = []
    parts.append(_code(code, words))
    whole = "\n\n".join(part for part in parts if part)
    abstract = ABSTRACT.search(whole)
    if abstract and not words:  # a page opens with it
        whole = f"{abstract[0]}\n\n{whole.replace(abstract[0], '', 1)}"
    return f"{whole}\n"


def _without_title(source: str) -> str:
    return re.sub(r"\A# .*\n*", "", source.strip())


def _text(source: str) -> str:
    """Let Markdown inside <details> be Markdown, as it is in Jupyter."""
    return re.sub(r"<details\b", '<details markdown="1"', source)


def _code(sources: list[str], words: Words | None) -> str:
    """Return cells with nothing shown between them in one box that is closed.

    On an English page as well the code is the code that was executed, whose words are Japanese.
    """
    source = "\n\n".join(filter(None, sources))
    if not source:
        return ""
    lines = source.count("\n") + 1
    opened = f'<details class="vox-code" markdown="1"><summary>コード ({lines} 行)</summary>'
    shown = f"```python\n{source}\n```"
    if words and JAPANESE.search(source):
        shown = f'<div lang="ja" markdown="1">\n\n{shown}\n\n</div>'
    return f"{opened}\n\n{shown}\n\n</details>"


def _output(output: dict[str, Any], words: Words | None) -> str:
    """The richest form that a page can show."""
    data = output.get("data", {})
    if "text/html" in data:
        inside = re.sub(r"\n\s*\n", "\n", "".join(data["text/html"]))
        inside = inside.replace("<table>", '<table class="vox-table">')
        inside = re.sub(r"<th\b[^>]*></th>", "<td></td>", inside)  # a head that names nothing
        shown = "vox-output vox-curves" if CURVES in data else "vox-output"
        return f'<div class="{shown}">{inside}</div>'
    if "text/markdown" in data:
        text = "".join(data["text/markdown"]).strip()
        if words and "```mermaid" not in text:
            told = words.english(text)
            text = language.missing(text) if told is None else told
        return _text(text)
    plain = "".join(output.get("text", data.get("text/plain", ""))).rstrip()
    return f'<pre class="vox-output">{html.escape(plain)}</pre>' if plain else ""
