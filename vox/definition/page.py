"""What the page of an experiment tells; none of it changes a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vox.definition.experiment import Experiment


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the page of an experiment tells. No experiment inherits it from its parent.

    Attributes
    ----------
    id, title
        Eight hexadecimal digits, and what it is called.
    change
        The difference from its parent, in one line.
    opened, closed
        Days.
    parent
        The experiment that it changes.
    issues, tags
        What it belongs to, and its state.
    hours
        How long training took in 2019.
    memory_mib
        Of the GPU that it ran on.
    """

    id: str
    title: str = ""
    change: str = ""
    opened: date | None = None
    closed: date | None = None
    parent: Experiment | None = None
    issues: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    hours: float | None = None
    memory_mib: int | None = None
