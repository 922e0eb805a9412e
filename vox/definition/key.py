"""Keys: short names of what is computed, which stay while what is computed stays.

Only what differs from the default of its field is hashed. So a field that comes new to a part
changes no key until an experiment sets it, and a default, once used, is never changed: what must
differ becomes an explicit value of those that differ.
"""

from __future__ import annotations

import dataclasses
import json
from hashlib import sha256
from typing import Any

from vox.definition.experiment import Experiment


def described(value: Any) -> Any:
    """Return a part as data for JSON: its kind and version, and the fields that are no default's.

    Examples
    --------
    >>> from vox.representation import Spectrogram
    >>> described(Spectrogram(length=17152))
    {'kind': 'spectrogram', 'length': 17152}
    """
    if isinstance(value, tuple):
        return [described(item) for item in value]
    if not dataclasses.is_dataclass(value):
        return value
    told: dict[str, Any] = {}
    if kind := getattr(value, "kind", ""):
        told["kind"] = kind
    if (version := getattr(value, "version", 1)) != 1:
        told["version"] = version
    for f in dataclasses.fields(value):
        own = getattr(value, f.name)
        if f.default is dataclasses.MISSING or own != f.default:
            told[f.name] = described(own)
    return told


def computed(e: Experiment) -> dict[str, Any]:
    """Return all that an experiment computes, as data; nothing that its page merely tells."""
    told = {name: described(part) for name, part in e.parts.items()}
    told.get("scale", {}).pop("demo", None)
    return told


def digest(value: Any, digits: int = 12) -> str:
    """Return the first hexadecimal digits of the hash of data that JSON can hold."""
    return sha256(json.dumps(value, sort_keys=True, default=repr).encode()).hexdigest()[:digits]
