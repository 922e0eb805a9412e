"""The one way in which tables are shown: aligned text in a terminal, HTML in Jupyter."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any


class Table:
    """A header and rows of anything; every cell is escaped in HTML.

    Examples
    --------
    >>> print(Table(("name", "size"), [("body", 6), ("<head>", 1)]))
    name    size
    body    6
    <head>  1
    >>> "&lt;head&gt;" in Table(("name",), [("<head>",)])._repr_html_()
    True
    """

    def __init__(self, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        self.header = tuple(header)
        self.rows = [tuple(row) for row in rows]

    def __str__(self) -> str:
        lines = [self.header, *([show(cell) for cell in row] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th style="text-align:left">{html.escape(name)}</th>' for name in self.header
        )
        body = "".join(
            "<tr>"
            + "".join(f'<td style="text-align:left">{html.escape(show(cell))}</td>' for cell in row)
            + "</tr>"
            for row in self.rows
        )
        return f"<table><tr>{head}</tr>{body}</table>"


def show(value: Any) -> str:
    """Write a value for people.

    Examples
    --------
    >>> show(1e-05), show(10**-0.5), show(None), show(("a", "b"))
    ('1e-05', '0.3162', '—', 'a, b')
    """
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, tuple):
        return ", ".join(map(show, value))
    return str(value)
