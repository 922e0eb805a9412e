"""Parts of an experiment: frozen dataclasses whose fields say beside themselves what they may hold.

attrs has validators too, but its classes are none that `dataclasses.replace` takes, and pydantic
tells of a wrong value in four lines; so the bounds are metadata of ordinary dataclass fields.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from functools import cache
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, get_args, get_origin, get_type_hints

from vox.errors import VoxError, unknown

_NUMBERS = {int: "a whole number", float: "a finite number"}


def number(
    default: Any = dataclasses.MISSING,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
) -> Any:
    """Return a dataclass field for a number with bounds.

    Parameters
    ----------
    default
        None at all makes the field required.
    above, least
        It must be more than the one, and at least the other.
    below, most
        It must be less than the one, and at most the other.
    """
    bounds = {"above": above, "least": least, "below": below, "most": most}
    return dataclasses.field(
        default=default, metadata={name: b for name, b in bounds.items() if b is not None}
    )


_BOUNDS = {
    "above": ("more than", lambda value, bound: value > bound),
    "least": ("at least", lambda value, bound: value >= bound),
    "below": ("less than", lambda value, bound: value < bound),
    "most": ("at most", lambda value, bound: value <= bound),
}


@dataclasses.dataclass(frozen=True)
class Part:
    """Base of the frozen dataclasses that an experiment is composed of.

    Attributes
    ----------
    kind
        Its name in keys and files, where a field may hold several kinds; it never changes.
    version
        Raised when the same fields compute something else than before: keys of this kind of part
        change with it, and those of no other.

    Raises
    ------
    VoxError
        A field's value is not of its type or outside its bounds; the message names the field.
    """

    kind: ClassVar[str] = ""
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        kind: Any = type(self)
        hints = _hints(kind)
        for f in dataclasses.fields(self):
            value = checked(f.name, getattr(self, f.name), hints[f.name])
            for bound, limit in f.metadata.items():
                if bound in _BOUNDS and value is not None:
                    words, holds = _BOUNDS[bound]
                    if not holds(value, limit):
                        raise VoxError(f"{f.name} must be {words} {limit:g}, not {value!r}")
            object.__setattr__(self, f.name, value)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """Types of the fields; those named only for type checkers stay unchecked."""
    hints = {}
    for f in dataclasses.fields(kind):
        try:
            owner = next(c for c in kind.__mro__ if f.name in inspect.get_annotations(c))
            hints[f.name] = get_type_hints(owner)[f.name]
        except NameError:
            hints[f.name] = Any
    return hints


def checked(name: str, value: Any, hint: Any) -> Any:
    """Return a value as its type has it, 5 epochs as 5.0, so that one setting has one key.

    Raises
    ------
    VoxError
        It is not of that type.
    """
    if type(None) in get_args(hint):
        inner = [each for each in get_args(hint) if each is not type(None)]
        return None if value is None else checked(name, value, inner[0])
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise unknown(name, value, get_args(hint))
    elif hint is bool:
        if not isinstance(value, bool):
            raise VoxError(f"{name} must be True or False, not {value!r}")
    elif hint is str:
        if not isinstance(value, str) or "\0" in value:
            raise VoxError(f"{name} must be text, not {value!r}")
    elif hint in (int, float):
        kind = Integral if hint is int else Real
        if isinstance(value, bool) or not isinstance(value, kind) or not math.isfinite(value):
            raise VoxError(f"{name} must be {_NUMBERS[hint]}, not {value!r}")
        return hint(value)
    return value
