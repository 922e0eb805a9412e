"""Running a notebook with a line for each cell: which of how many, and about how long is left.

``python -m vox.cells`` is papermill's command with these lines: ``python -m vox.cells
notebooks/cfcefd21.ipynb out.ipynb -p profile demo``. Bars of the notebook's own come
between them.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from papermill.cli import papermill
from papermill.engines import NBClientEngine, papermill_engines

RECORDS = Path("docs/experiments")
SCALE = ("corpus", "profile", "epochs", "batch_size", "width")  # parameters that time depends on
TRAINS = "p.train("  # what a notebook's cell that trains calls


def heading(cells: list[Any], index: int) -> str:
    """Return the last heading at or above a cell, without its marks; "" if there is none."""
    for cell in reversed(cells[: index + 1]):
        if cell["cell_type"] == "markdown":
            lines = [line for line in cell["source"].splitlines() if line.startswith("#")]
            if lines:
                return str(lines[-1]).lstrip("# ")
    return ""


def expected(cells: list[Any], record: dict[str, Any]) -> dict[int, float]:
    """Return the seconds that each code cell took by a record of the notebook.

    A record tells of the whole and of training; what is left is shared out among the others.

    Parameters
    ----------
    cells
        Of the notebook.
    record
        What the record tells of how it was made, ``minutes`` and the run's ``wall_time_s``.
    """
    code = [i for i, cell in enumerate(cells) if cell["cell_type"] == "code"]
    whole = 60 * float(record.get("minutes", 0))
    training = float(record.get("run", {}).get("wall_time_s", 0))
    trains = [i for i in code if TRAINS in cells[i]["source"]]
    if not trains or not 0 < training < whole:
        return {}
    others = (whole - training) / max(1, len(code) - len(trains))
    return {i: training / len(trains) if i in trains else others for i in code}


def recorded(name: str, given: dict[str, Any], records: Path = RECORDS) -> dict[str, Any]:
    """Return what the record of a notebook tells; {} if it has none made with these parameters."""
    try:
        meta = json.loads((records / f"{name}.ipynb").read_text(encoding="utf-8"))["metadata"]
        record: dict[str, Any] = meta["vox"]["record"]
        used: dict[str, Any] = record["parameters"]
    except (OSError, ValueError, KeyError):
        return {}
    return record if all(used.get(key) == given.get(key, used.get(key)) for key in SCALE) else {}


class Cells:
    """Says which cell runs, and how long is left of all by a record and the pace so far."""

    def __init__(self, cells: list[Any], record: dict[str, Any]) -> None:
        self.cells, self.expected = cells, expected(cells, record)
        self.code = [i for i, cell in enumerate(cells) if cell["cell_type"] == "code"]

    def line(self, index: int, passed: float) -> str | None:
        """Return what to say when a cell begins, so many seconds after the first; None of text."""
        if index not in self.code:
            return None
        said = f"cell {self.code.index(index) + 1} of {len(self.code)}"
        if title := heading(self.cells, index):
            said += f", {title}"
        if self.expected:
            behind = sum(seconds for i, seconds in self.expected.items() if i < index)
            # the pace of the machine, of which the first cells say little
            pace = (passed + 30) / (behind + 30)
            left = pace * (sum(self.expected.values()) - behind)
            said += f"; about {left // 60:.0f} min {left % 60 // 10 * 10:.0f} s left of all"
        return said


class _Engine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine, which tells of the cells."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **given: Any) -> Any:
        told = nb_man.nb.metadata.papermill
        name = nb_man.nb.metadata.get("vox", {}).get("id", "")
        record = recorded(name, dict(told["parameters"]))
        cells, began, start = Cells(nb_man.nb.cells, record), time.monotonic(), nb_man.cell_start

        def cell_start(cell: Any, cell_index: int, **more: Any) -> None:
            if line := cells.line(cell_index, time.monotonic() - began):
                print(f"vox: {line}", file=sys.stderr, flush=True)
            start(cell, cell_index, **more)

        nb_man.cell_start = cell_start
        return super().execute_managed_notebook(nb_man, kernel_name, **given)


def main() -> None:
    """Run papermill's command line."""
    papermill_engines.register("vox", _Engine)
    papermill(["--engine", "vox", "--no-progress-bar", "--stderr-file", "-", *sys.argv[1:]])


if __name__ == "__main__":
    main()
