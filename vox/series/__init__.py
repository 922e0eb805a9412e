"""The series: one file an experiment, named by its id, from 54314b33 on.

Each is its parent with what it changes. Facts and figures are those of the pages of 2019; where a
page contradicts itself, or is silent, the value taken is commented there and explained in the
experiment's notebook.
"""

from __future__ import annotations

import re
import sys
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from vox.definition import Experiment
from vox.errors import VoxError, unknown
from vox.table import Table

OF_2019 = (
    "54314b33", "7a184ccb", "e19098ab", "47c97768", "31f31449", "9ada9179", "fbf548f6", "cfcefd21",
    "c9335bce", "bc7db4a2", "ae244bb7",
)  # fmt: skip
"""Ids of the pages of 2019 that are experiments; the rest of the series is ours."""
EIGHT = OF_2019[:8]
"""Of these the pages of March 2019, which train StarGAN and its classifiers."""


class Experiments(tuple[Experiment, ...]):
    """Experiments in order of date; `str` and Jupyter show them as a table."""

    def table(self) -> Table:
        """Return a line an experiment."""
        header = ("id", "parent", "opened", "closed", "tags", "change")
        rows = [(e.id, e.parent, e.opened, e.closed, " ".join(e.tags), e.page.change) for e in self]
        return Table(header, rows)

    def __str__(self) -> str:
        return str(self.table())

    __repr__ = __str__

    def __getitem__(self, key: Any) -> Any:
        """Return an experiment by its id, or by its place."""
        return experiment(key) if isinstance(key, str) else super().__getitem__(key)

    def _ipython_key_completions_(self) -> list[str]:
        return [e.id for e in self]

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


@cache
def ids() -> tuple[str, ...]:
    """Return the ids of all experiments, in order of name."""
    files = Path(__file__).parent.glob("*.py")
    return tuple(sorted(f.stem for f in files if re.fullmatch("[0-9a-f]{8}", f.stem)))


def experiments() -> Experiments:
    """Return all experiments in order of date, a parent before its children.

    Examples
    --------
    >>> [e.id for e in experiments()][:3]
    ['54314b33', '7a184ccb', 'e19098ab']
    """
    return Experiments(sorted(map(experiment, ids()), key=_order))


def _order(e: Experiment) -> tuple[date, int]:
    depth, above = 0, e.page.parent
    while above:
        depth, above = depth + 1, above.page.parent
    return e.opened or date.max, depth


def experiment(id: str) -> Experiment:
    """Return the experiment with an id.

    Raises
    ------
    VoxError
        There is none; the message names the nearest.

    Examples
    --------
    >>> experiment("cfcefd12")
    Traceback (most recent call last):
    ...
    vox.errors.VoxError: unknown experiment 'cfcefd12'; did you mean 'cfcefd21'? Known: ...
    """
    if id not in ids():
        raise unknown("experiment", id, ids())
    found: Experiment = import_module(f"vox.series.{id}").EXPERIMENT
    return found


def found(name: str) -> Experiment:
    """Return an experiment of the series by its id, or the one that a Python file defines.

    Parameters
    ----------
    name
        An id, or the path of a file that ends in ``.py`` and holds a variable ``EXPERIMENT``.

    Raises
    ------
    VoxError
        There is no such experiment or file, or the file defines none.
    """
    path = Path(name)
    if path.suffix != ".py":
        return experiment(name)
    if not path.is_file():
        raise VoxError(f"{path}: there is no such file")
    module = ModuleType(f"vox_file_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # where the types of a kind's fields are looked up
    try:
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        exec(code, module.__dict__)
    except VoxError:
        raise
    except (Exception, SystemExit) as error:  # whatever a file of the user's may do
        raise VoxError(f"{path}: {type(error).__name__}: {error}") from error
    defined = module.__dict__.get("EXPERIMENT")
    if not isinstance(defined, Experiment):
        raise VoxError(f"{path}: it defines no EXPERIMENT; CONTRIBUTING.md shows how it looks")
    return defined
