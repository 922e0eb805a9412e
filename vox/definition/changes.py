"""What differs between two experiments: frozen records flattened to named values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from vox.models.specs import Conv
from vox.table import Table, show


@dataclass(frozen=True)
class Change:
    """One field that differs between two experiments; None where one of them has no such field."""

    field: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.field}: {show(self.before)} -> {show(self.after)}"


class Changes(tuple[Change, ...]):
    """Differences between two experiments; a table in Jupyter."""

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "nothing"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [(change.field, change.before, change.after) for change in self]
        return Table(("field", "before", "after"), rows)._repr_html_()


def flatten(name: str, value: Any) -> list[tuple[str, Any]]:
    """Name every leaf of nested dataclasses and tuples: ``objective.discriminator.body[4]``.

    A part of which there are several kinds has its kind as a leaf of its own name.
    """
    if isinstance(value, Conv):
        return [(name, str(value))]
    inner: list[tuple[str, Any]] = []
    if is_dataclass(value):
        leaves = [(name, kind)] if (kind := getattr(value, "kind", "")) else []
        inner = [(f"{name}.{f.name}", getattr(value, f.name)) for f in fields(value)]
    elif isinstance(value, tuple):
        leaves = []
        inner = [(f"{name}[{i}]", v) for i, v in enumerate(value)]
    else:
        leaves = [(name, value)]
    return leaves + [leaf for pair in inner for leaf in flatten(*pair)]


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """Return the named values that differ, in the order of `after`.

    Of what one side lacks as a whole (a generator), one line tells how many values it has. Where
    the kind of a part changed, single values that only one of both kinds has are left out.
    """
    changes = {}
    for name in (*after, *before):
        part = name.partition(".")[0]
        whole = ".".join(name.split(".")[:2]).partition("[")[0]
        lacking = any(not _inside(side, whole) for side in (before, after))
        if lacking and whole == name != part and before.get(part) != after.get(part):
            continue
        key = whole if lacking else name
        changes[key] = Change(key, _value(before, key), _value(after, key))
    return Changes(change for change in changes.values() if change.before != change.after)


def _inside(settings: Mapping[str, Any], whole: str) -> int:
    """How many values lie in a named whole, itself counted."""
    return sum(n == whole or n.startswith((f"{whole}.", f"{whole}[")) for n in settings)


def _value(settings: Mapping[str, Any], name: str) -> Any:
    if name in settings:
        return settings[name]
    inside = _inside(settings, name)
    return f"{inside} values" if inside else None
