"""What training leaves: a run with its losses, checkpoints and provenance, and what it converts.

Import from the modules beside this one; `vox.runs.find` needs no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vox.runs.packed import pack
    from vox.runs.run import Run
    from vox.runs.spec import Spec

_HOMES = {"Run": "run", "Spec": "spec", "pack": "packed"}

__all__ = ["Run", "Spec", "pack"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vox.runs' has no attribute {name!r}")
    return getattr(import_module(f"vox.runs.{_HOMES[name]}"), name)
