"""What a page may say of itself: names, days, lists of names, and of a record its numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from vox.definition import OWN
from vox.definition.scale import PROFILES
from vox.errors import VoxError
from vox.words import MET

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
TEXT, NUMBER = (str, int, float, date), (int, float, type(None))
CLAIM = {"said": TEXT, "measured": TEXT, "verdict": TEXT}
PARAMETERS: dict[str, tuple[Any, ...]] = {
    "corpus": (*TEXT, type(None)), "profile": PROFILES, **dict.fromkeys(OWN, NUMBER),
}  # fmt: skip
NETWORKS = ("generator", "discriminator", "classifier")
MEASURED = ("phone_error", "similarity_target", "similarity_source", "target_wins", "quality")
MEANS = dict.fromkeys(MEASURED, (str, *NUMBER))  # with their intervals, or none
SCORES = {
    "count": NUMBER,
    "means": dict.fromkeys(("output", "copy", "ceiling"), MEANS),
    "met": {name: tuple(MET) for name in ("content", "target")},
}
FOUND: dict[str, Any] = {
    "run?": {"wall_time_s?": NUMBER, "iterations?": TEXT},
    "parameters?": {f"{name}?": kind for name, kind in PARAMETERS.items()},
    "effect?": {f"{name}?": NUMBER for name in ("between_labels", "to_input", "input_variance")},
}
RECORD: dict[str, Any] = {
    **FOUND,
    "media?": [{"file": TEXT, "text": TEXT}],
    "claims?": [CLAIM],
    "earlier?": [{"claims": [CLAIM], **FOUND}],
    "cost?": {
        "parameters?": {f"{name}?": NUMBER for name in NETWORKS},
        "flops_a_window?": NUMBER, "memory_mib?": NUMBER,
    },
}  # fmt: skip
PAGE = {
    **{f"{name}?": TEXT for name in ("id", "title", "date", "closed", "parent")},
    "issues?": [TEXT], "tags?": [TEXT], "record?": RECORD,
}  # fmt: skip


def checked(meta: Any, where: str) -> dict[str, Any]:
    """Return what a page says of itself, if it is what templates and tables read.

    Parameters
    ----------
    meta
        Its front matter or metadata.
    where
        The page.

    Raises
    ------
    VoxError
        It is something else; the message names the page and the field.
    """
    said = {} if meta is None else meta
    _check(said, PAGE, where, "front matter")
    for name in ("date", "closed"):
        day = str(said.get(name) or "")
        if day and not DAY.fullmatch(day):
            raise VoxError(f"{where}: {name} must be a day such as 2019-03-31, not {day!r:.80}")
    record = said.get("record") or {}
    for one in (record, *(record.get("earlier") or ())):
        if one.get("scores"):
            _check(one["scores"], SCORES, where, "record.scores")
    told: dict[str, Any] = said
    return told


def _check(value: Any, shape: Any, where: str, name: str) -> None:
    inside = "" if name == "front matter" else f"{name}."
    if isinstance(shape, dict):
        if not isinstance(value, Mapping):
            raise VoxError(f"{where}: {name} must be names with values, not {value!r:.80}")
        for key, inner in shape.items():
            plain = key.removesuffix("?")
            if plain in value and (value[plain] is not None or key == plain):
                _check(value[plain], inner, where, f"{inside}{plain}")
            elif key == plain:
                raise VoxError(f"{where}: {inside}{plain} is missing")
    elif isinstance(shape, list):
        if not isinstance(value, list | tuple):
            raise VoxError(f"{where}: {name} must be a list, not {value!r:.80}")
        for i, item in enumerate(value):
            _check(item, shape[0], where, f"{name}[{i}]")
    elif all(isinstance(kind, type) for kind in shape):
        if not isinstance(value, shape) or (isinstance(value, bool) and bool not in shape):
            what = "a number" if shape is NUMBER else "text"
            raise VoxError(f"{where}: {name} must be {what}, not {value!r:.80}")
    elif value not in shape:
        raise VoxError(f"{where}: {name} must be one of {shape}, not {value!r:.80}")
