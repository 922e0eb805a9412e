"""The fields of an experiment: which are merely told, what they may hold, what a demo changes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from typing import Any, Literal, get_args, get_origin, get_type_hints

from vox.errors import VoxError, unknown


@dataclass(frozen=True)
class Scale:
    """What the demo profile puts in place of the page's own values; None leaves one as it is.

    Besides being small and quick, it weighs reconstruction more (where there is none, identity):
    a few hundred iterations end before the page's weight of 10 has taught the generator to keep
    anything of its input, and with a corpus of few classes the mean over them weighs each a
    hundred times more.
    """

    width: float
    batch_size: int
    epochs: float
    learning_rate: float
    reconstruction_weight: float | None = None
    identity_weight: float | None = None


def told(default: Any = None) -> Any:
    """Return a dataclass field that tells of an experiment and changes nothing computed."""
    return field(default=default, metadata={"told": True})


_NUMBERS = {int: "a whole number", float: "a finite number"}
_POSITIVE = ("width", "learning_rate", "critic_rate", "epochs", "critic_steps")
_NOT_NEGATIVE = ("decay_epochs", "rms_decay", "rms_epsilon", "learning_rate_decay")


def check_fields(e: Any) -> None:
    """Refuse values that an experiment cannot have, and make its numbers of one type.

    Raises
    ------
    VoxError
        Names the field, what it must be and what it is.
    """
    for name, hint in get_type_hints(type(e)).items():
        value = getattr(e, name)
        if get_origin(hint) is Literal and value not in get_args(hint):
            raise unknown(name, value, get_args(hint))
        if hint is bool and not isinstance(value, bool):
            raise VoxError(f"{name} must be True or False, not {value!r}")
        if hint in (int, float):
            if not _is_number(value, whole=hint is int):
                raise VoxError(f"{name} must be {_NUMBERS[hint]}, not {value!r}")
            # 5 and 5.0 epochs are one setting, with one key
            object.__setattr__(e, name, hint(value))
    for name in _POSITIVE:
        if not getattr(e, name) > 0:
            raise VoxError(f"{name} must be more than 0, not {getattr(e, name)}")
    weights = [f.name for f in fields(e) if f.name.endswith("_weight")]
    for name in (*weights, *_NOT_NEGATIVE):
        if getattr(e, name) < 0:
            raise VoxError(f"{name} must be 0 or more, not {getattr(e, name)}")
    if e.rms_decay >= 1:
        raise VoxError(f"rms_decay must be less than 1, not {e.rms_decay}")
    if not 0 <= e.label_dropping <= 1:
        raise VoxError(f"label_dropping must be a probability, not {e.label_dropping}")
    if e.batch_size < 2:
        raise VoxError(
            f"batch_size must be at least 2, not {e.batch_size}: "
            "with one, batch normalisation would normalise each image by itself"
        )


def _is_number(value: Any, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, Integral if whole else Real):
        return False
    return math.isfinite(value)
