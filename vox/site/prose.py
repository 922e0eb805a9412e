"""What is read from the HTML of a page, and mended in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

LONGEST = 200
"""Characters of a summary."""
_REFERENCE = re.compile(r'<sup\b[^>]*><a\b[^>]* ?href="#fn.*?</sup>', re.S)
_END = re.compile(r"。|(?<=[^.\s]{3})\.(?= )")


def footnotes(content: str, told: str) -> str:
    """Lead each footnote of a notebook back to where it is referred to; ``told`` names the link."""
    for note in re.findall(r'<a id="fn(\w+)"></a>', content):
        named = f'<sup><a href="#fn{note}">'
        if named in content:
            content = content.replace(named, f'<sup id="fnref{note}"><a href="#fn{note}">', 1)
            back = f'<a href="#fnref{note}" title="{told}" aria-label="{told}">↩</a> '
            content = content.replace(f'<a id="fn{note}"></a>', f'<a id="fn{note}"></a>{back}')
    return content


def summary(content: str, *, below_heading: bool = False) -> str:
    """Return the first paragraph of a page as plain text, whole sentences of it.

    Boxes, tables, figures, outputs of cells and references to footnotes are left out.
    ``below_heading``: what stands above the first heading of a section is left out too (a record
    begins with how it was made).

    Examples
    --------
    >>> summary("<details><p>Abstract</p></details><p>One &amp; <b>10<sup>2</sup></b>.</p>")
    'One & 10^2.'
    """
    reader = _Paragraphs()
    reader.feed(_REFERENCE.sub("", content))
    reader.close()
    texts = [text for place, text in reader.found if place or not below_heading]
    text = next(iter([*texts, *(text for _, text in reader.found)]), "")
    if len(text) <= LONGEST:
        return text
    ends = [found.end() for found in _END.finditer(text) if found.end() <= LONGEST]
    return text[: ends[-1]] if ends else text[: LONGEST - 1] + "…"


class _Paragraphs(HTMLParser):
    """Paragraphs, each with whether a heading stood above it."""

    ASIDE = ("details", "figure", "table", "pre", "script", "style", "svg")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[bool, str]] = []
        self.text: list[str] | None = None
        self.aside = 0
        self.divs: list[bool] = []  # whether each that is open is an output's
        self.heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.heading |= tag == "h2"
        self.aside += tag in self.ASIDE
        if tag == "div":
            shown = "vox-output" in (dict(attrs).get("class") or "").split()
            self.divs.append(shown)
            self.aside += shown
        if tag == "p" and not self.aside:
            self.text = []
        elif tag == "sup":
            self.handle_data("^")  # else 10 to the power of 2 would be 102

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        self.aside -= tag in self.ASIDE
        if tag == "div" and self.divs:
            self.aside -= self.divs.pop()
        if tag == "p" and self.text is not None:
            text = " ".join("".join(self.text).split())
            if text:
                self.found.append((self.heading, text))
            self.text = None

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.aside:
            self.text.append(data)
