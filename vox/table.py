"""The one way in which tables are shown: text in a terminal, HTML in Jupyter and on the site.

tabulate writes both; with wcwidth beside it, Japanese columns line up in a terminal too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from tabulate import tabulate

from vox.names import printable_lines


class Table:
    """A header and rows of anything; every cell is escaped in HTML.

    Examples
    --------
    >>> print(Table(("name", "size"), [("body", 6), ("<head>", 1)]))
    name    size
    body    6
    <head>  1
    >>> print(Table(("名前", "n"), [("話者", 8)]))
    名前  n
    話者  8
    >>> "&lt;head&gt;" in Table(("name",), [("<head>",)])._repr_html_()
    True
    """

    def __init__(self, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        self.header = tuple(header)
        self.rows = [tuple(row) for row in rows]

    def written(self, form: str) -> str:
        """Return the table in one of tabulate's forms, such as ``"github"`` for Markdown."""
        rows = [[show(cell) for cell in row] for row in self.rows]
        return tabulate(rows, self.header, tablefmt=form, disable_numparse=True)

    def __str__(self) -> str:
        return "\n".join(line.rstrip() for line in self.written("plain").splitlines())

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        # tabulate pads cells as for a terminal, and Jupyter would align them to the right
        tight = re.sub(r"\s+(?=</t[dh]>)|\n", "", self.written("html"))
        return re.sub(r"<(t[dh])>", r'<\1 style="text-align:left">', tight)


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
    return printable_lines(value, None)
