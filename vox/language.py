"""The second language: which page is in which, and Japanese words put into English.

What a notebook shows is Japanese. On an English page every text of the HTML that holds Japanese
is looked up in a table of templates (`vox.english.WORDS` and what stands beside a notebook's
cells). A ``{}`` in the Japanese takes a number, a name, or a text that is looked up in its turn;
the English has ``{}`` in the same order or ``{0}``, ``{1}``.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any, Literal, get_args

from vox.errors import VoxError
from vox.table import Table

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
JAPANESE = re.compile(r"[\u3001-\u3003\u3005-\u3015\u3041-\u30ff\u3400-\u9fff\uff01-\uff5e]")
UNTRANSLATED = "vox-untranslated"
"""The class of what an English page shows in Japanese because its English is missing."""
SPOKEN = ("aria-label", "alt", "title")
_HOLE = re.compile(r"\\\{\\\}")


def of(uri: str) -> str:
    """Return the language of a page, by its address from the site's root."""
    return "en" if uri.startswith("en/") else "ja"


def digest(text: str) -> str:
    """Return what an English text keeps of the Japanese that it was made from."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:12]


def written(cell: Mapping[str, Any]) -> str | None:
    """Return the English of a text cell; None where it is missing or older than the Japanese."""
    source = "".join(cell["source"])
    english = cell["metadata"].get("en")
    if english is None:
        return None if JAPANESE.search(source) else source
    return english["text"] if english["of"] == digest(source) else None


def beside(notebook: Mapping[str, Any]) -> dict[str, str]:
    """Return the templates that stand beside the code cells of a notebook."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return {ja: en for cell in cells for ja, en in cell["metadata"].get("en", {}).items()}


def missing(text: str) -> str:
    """Mark a Markdown text as Japanese whose English is missing."""
    return f'<div lang="ja" class="{UNTRANSLATED}" markdown="1">\n\n{text}\n\n</div>'


def shown(data: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Return what of an output, by its media types, is another in English."""
    told: dict[str, Any] = {}
    if "text/html" in data:
        told["text/html"] = words.content("".join(data["text/html"]))
    markdown, plain = ("".join(data.get(f"text/{kind}", "")) for kind in ("markdown", "plain"))
    if JAPANESE.search(markdown) and "```mermaid" not in markdown:
        told["text/markdown"] = words.english(markdown.strip()) or markdown
    if JAPANESE.search(plain):
        told["text/plain"] = words.english(plain.strip()) or _plain(plain, words)
    return told


def _plain(text: str, words: Words) -> str:
    """What a terminal shows in English: cell by cell where it is a table, and between quotes."""

    def cell(written: str) -> str:
        inside = re.sub(
            r"(?<=')[^']+(?=')", lambda found: words.english(found[0]) or found[0], written
        )
        return words.english(written) or inside

    rows = [[cell(each) for each in re.split(r" {2,}", line)] for line in text.split("\n")]
    if len(rows) > 1 and any(len(row) > 1 for row in rows):
        return str(Table(rows[0], rows[1:]))
    return "\n".join("  ".join(row) for row in rows)


def printed(text: str, words: Words) -> str:
    """Return what was printed in English, line by line, as far as it is known."""
    lines = text.split("\n")
    return "\n".join(words.english(line) or line for line in lines)


class Words:
    """Templates in Japanese and what they become in English.

    Examples
    --------
    >>> words = Words({"元: {}": "source: {}", "{}、幅 {}": "width {1}, {0}"})
    >>> words.english("元: alex"), words.english("cpu、幅 0.25")
    ('source: alex', 'width 0.25, cpu')
    >>> words.english("謎") is None
    True
    """

    def __init__(self, *tables: Mapping[str, str]) -> None:
        self.exact = {ja: en for table in tables for ja, en in table.items()}
        holed = [ja for ja in self.exact if "{}" in ja]
        holed.sort(key=lambda ja: len(ja.replace("{}", "")), reverse=True)
        self.holed = [(re.compile(_HOLE.sub("(.+?)", re.escape(ja)), re.S), ja) for ja in holed]

    def english(self, text: str) -> str | None:
        """Return a text in English; None where the table does not know it."""
        if not JAPANESE.search(text):
            return text
        if text in self.exact:
            return self.exact[text]
        for pattern, ja in self.holed:
            if found := pattern.fullmatch(text):
                parts = [self.english(part) for part in found.groups()]
                if None not in parts:
                    return self.exact[ja].format(*parts)
        for border in ("\n(?=- )", "\n"):
            lines = re.split(border, text)
            told = [self.english(line) for line in lines] if len(lines) > 1 else [None]
            if None not in told:
                return "\n".join(filter(None, told))
        return None

    def say(self, text: str) -> str:
        """Return a label of the site's own in English.

        Raises
        ------
        VoxError
            The table does not hold it.
        """
        told = self.english(text)
        if told is None:
            raise VoxError(f"{text!r} has no English; write it into vox/english.py")
        return told

    def content(self, text: str) -> str:
        """Return HTML in English: its texts and labels, but for what is marked ``lang="ja"``.

        What the table does not know is marked so, with the class `UNTRANSLATED`.
        """
        reader = _Reader(self)
        reader.feed(text)
        reader.close()
        return "".join(reader.parts)


class _Reader(HTMLParser):
    """Copies HTML, letter by letter but for what is Japanese."""

    VOID = ("area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr")

    def __init__(self, words: Words) -> None:
        super().__init__(convert_charrefs=False)
        self.words, self.parts = words, list[str]()
        self.text: list[str] = []
        self.open: list[str | None] = []  # elements within one that is Japanese

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._flush()
        raw = self.get_starttag_text() or ""
        if self.open or ("lang", "ja") in attrs:
            if tag not in self.VOID:
                self.open.append(tag)
        else:
            raw = self._labels(raw, attrs)
        self.parts.append(raw)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._flush()
        raw = self.get_starttag_text() or ""
        self.parts.append(raw if self.open else self._labels(raw, attrs))

    def handle_endtag(self, tag: str) -> None:
        self._flush()
        if self.open:
            self.open.pop()
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_entityref(self, name: str) -> None:
        self.text.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.text.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._flush()
        self.parts.append(f"<!--{data}-->")

    def close(self) -> None:
        super().close()
        self._flush()

    def _labels(self, raw: str, attrs: list[tuple[str, str | None]]) -> str:
        for name, value in attrs:
            if name in SPOKEN and value and JAPANESE.search(value):
                told = self.words.english(value.strip())
                if told is not None:
                    found = re.search(rf'\b{name}="[^"]*"', raw)
                    if found:
                        put = f'{name}="{html.escape(told)}"'
                        raw = raw[: found.start()] + put + raw[found.end() :]
        return raw

    def _flush(self) -> None:
        text, self.text = "".join(self.text), []
        if self.open or not JAPANESE.search(text):
            self.parts.append(text)
            return
        inside = html.unescape(text)
        bare = inside.strip()
        told = self.words.english(bare)
        if told is None:
            self.parts.append(f'<span lang="ja" class="{UNTRANSLATED}">{text}</span>')
            return
        before, _, after = inside.partition(bare)
        self.parts.append(html.escape(f"{before}{told}{after}", quote=False))
