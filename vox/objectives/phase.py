"""An image from magnitudes alone: ae244bb7, which trains nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vox.fields import number
from vox.objectives.base import Untrained


@dataclass(frozen=True, kw_only=True)
class PhaseRetrieval(Untrained):
    """Griffin-Lim.

    Attributes
    ----------
    iterations
        Of inverse and forward transform.
    momentum
        0 for Griffin and Lim (1984), 0.99 for the fast variant.
    """

    kind: ClassVar[str] = "phase retrieval"

    iterations: int = number(1000, above=0)
    momentum: float = number(0.0, least=0)
