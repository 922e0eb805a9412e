"""The parameters of a notebook, checked."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from IPython.display import clear_output

from vox.corpus import Corpus
from vox.definition import SETTINGS, Experiment, RunSettings
from vox.device import pick_device
from vox.errors import VoxError, unknown
from vox.language import Language
from vox.notebook.speaking import speak
from vox.runs import Run
from vox.training import train

KNOWN = (*SETTINGS, "language")


@dataclass(frozen=True, kw_only=True)
class Parameters(RunSettings):
    """What papermill may set in a notebook; None means "as the profile says".

    Attributes
    ----------
    language
        Of what the notebook shows: Japanese or English.
    """

    language: Language = "ja"

    def train(self, e: Experiment, corpus: Corpus) -> Run:
        """Train the experiment as `vox.train` does, and clear the progress bar afterwards."""
        run = train(e, corpus, self.device, self.profile, self.seed, self.directory, **self.own)
        clear_output()
        return run


def parameters(namespace: Mapping[str, Any]) -> Parameters:
    """Check what the parameters cell, and papermill behind it, have set, and speak accordingly.

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
    for name in _injected(namespace.get("In", ())):
        if name not in KNOWN:
            raise unknown("parameter", name, KNOWN)
    for name in SETTINGS:
        if name not in namespace:
            raise VoxError(f"the parameters cell does not set {name!r}")
    found = Parameters(**{name: namespace[name] for name in KNOWN if name in namespace})
    pick_device(found.device)
    speak(found.language)
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
