"""What differs between two experiments: frozen records flattened to named values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from vox.models import Conv
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
    """Name every leaf of nested dataclasses and tuples: ``body[4]``, ``spectrogram.length``."""
    if isinstance(value, Conv):
        return [(name, str(value))]
    if is_dataclass(value):
        inner = [(f"{name}.{f.name}", getattr(value, f.name)) for f in fields(value)]
    elif isinstance(value, tuple):
        inner = [(f"{name}[{i}]", v) for i, v in enumerate(value)]
    else:
        return [(name, value)]
    return [leaf for pair in inner for leaf in flatten(*pair)]


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """Return the named values that differ, in the order of `after`.

    Of what one side lacks as a whole (a generator), one line tells how many values it has.
    """
    changes = {}
    for name in (*after, *before):
        whole = name.partition(".")[0]
        key = whole if whole in before or whole in after else name
        changes[key] = Change(key, _value(before, key), _value(after, key))
    return Changes(change for change in changes.values() if change.before != change.after)


def _value(settings: Mapping[str, Any], name: str) -> Any:
    inside = sum(other.startswith(f"{name}.") for other in settings)
    return f"{inside} values" if inside else settings.get(name)
