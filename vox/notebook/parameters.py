"""The parameters of a notebook, checked, and the scale at which they run an experiment."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from IPython.display import clear_output

from vox.corpus import Corpus
from vox.definition import Experiment
from vox.device import pick_device
from vox.errors import VoxError, unknown
from vox.training import Run, train

OWN = ("epochs", "batch_size", "learning_rate", "width")
"""Parameters that are fields of an experiment."""


@dataclass(frozen=True)
class Parameters:
    """What papermill may set in a notebook; None means "as the profile says"."""

    corpus: str
    profile: str
    device: str
    seed: int
    directory: str
    epochs: float | None
    batch_size: int | None
    learning_rate: float | None
    width: float | None

    @property
    def own(self) -> dict[str, Any]:
        """The fields of an experiment among them, for `vox.train` and `vox.Experiment.at`."""
        return {name: getattr(self, name) for name in OWN}

    def scaled(self, e: Experiment) -> Experiment:
        """Return the experiment at the scale at which this notebook runs it."""
        cuda = pick_device(self.device).type == "cuda"
        return e.at(self.profile, cuda=cuda, **self.own)  # type: ignore[arg-type]

    def train(self, e: Experiment, corpus: Corpus) -> Run:
        """Train the experiment as `vox.train` does, and clear the progress bar afterwards."""
        run = train(
            e, corpus, self.device, self.profile,  # type: ignore[arg-type]
            self.seed, self.directory, **self.own,
        )  # fmt: skip
        clear_output()
        return run


_TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float)}


def parameters(namespace: Mapping[str, Any]) -> Parameters:
    """Check what the parameters cell, and papermill behind it, have set.

    Parameters
    ----------
    namespace
        The notebook's ``globals()``.

    Raises
    ------
    VoxError
        Papermill set a parameter that does not exist, or a value has the wrong type or makes no
        sense.
    """
    known = {f.name: str(f.type) for f in fields(Parameters)}
    for name in _injected(namespace.get("In", ())):
        if name not in known:
            raise unknown("parameter", name, known)
    values = {}
    for name, annotation in known.items():
        if name not in namespace:
            raise VoxError(f"the parameters cell does not set {name!r}")
        value = namespace[name]
        kind, _, optional = annotation.partition(" | ")
        wrong = not isinstance(value, _TYPES[kind]) or isinstance(value, bool)
        if wrong and not (optional and value is None):
            wanted = f"{kind} or None" if optional else kind
            raise VoxError(f"parameter {name!r} must be {wanted}, not {value!r}")
        values[name] = value
    found = Parameters(**values)
    if found.profile not in ("auto", "page", "demo"):
        raise unknown("profile", found.profile, ("auto", "page", "demo"))
    if found.seed < 0:
        raise VoxError(f"parameter 'seed' must be 0 or more, not {found.seed}")
    pick_device(found.device)
    return found


def _injected(cells: Sequence[str]) -> list[str]:
    """Names that papermill's own cell assigns; it begins with the comment ``# Parameters``."""
    names = []
    for cell in cells:
        if cell.startswith("# Parameters\n"):
            for statement in ast.parse(cell).body:
                if isinstance(statement, ast.Assign):
                    names += [t.id for t in statement.targets if isinstance(t, ast.Name)]
    return names
