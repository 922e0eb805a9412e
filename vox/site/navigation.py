"""The navigation as the theme reads it: tabs, the one that a page belongs to, what is beside it."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from vox.site.entries import Entries, Entry


def tabs(items: Iterable[Any], page: Any, entry: Entry | None, entries: Entries) -> list[Any]:
    """Return the items of a page's navigation.

    That of the collection which the page belongs to is marked, and holds all entries of it: the
    theme shows them in the left column, and on a phone in its drawer.
    """
    shown = []
    for item in items:
        whole = entry and item.file.src_uri.removeprefix("en/") == f"{entry.kind}/index.md"
        item.active = item is page or bool(whole)
        item.previous_page = item.next_page = None
        shown.append(_section(item, page, entry, entries) if entry and whole else item)
    return shown


def _section(index: Any, page: Any, entry: Entry, entries: Entries) -> Any:
    named = entry.title.partition(" — ")[2]
    page.typeset, page.meta["subtitle"] = SimpleNamespace(title=entry.short), named
    children = [page if other is entry else _link(other) for other in entries.of(entry.kind)]
    return SimpleNamespace(title=index.title, active=True, children=[index, *children])


def _link(entry: Entry) -> Any:
    subtitle = entry.title.partition(" — ")[2]
    return SimpleNamespace(title=entry.short, url=entry.url, meta={"subtitle": subtitle})
