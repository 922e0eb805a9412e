"""The losses of a run by iteration, as they are written while it trains."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from vox.files import write_atomically


class LossLog:
    """Losses by iteration in a CSV file that only ever grows, but for what was lost by a kill.

    Parameters
    ----------
    path
        Of the file.
    iteration
        Finished so far: rows beyond it are cut off, since they will be computed again.
    """

    def __init__(self, path: Path, iteration: int) -> None:
        self.path = path
        kept = []
        if path.exists() and iteration:
            with open(path, newline="", encoding="utf-8") as file:
                kept = [row for i, row in enumerate(csv.reader(file)) if i <= iteration]
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(kept)
        write_atomically(path, out.getvalue().encode())
        self._empty = not kept

    def append(self, names: list[str], rows: list[list[float]]) -> None:
        """Add rows whose columns are named so, in the order of the header."""
        with open(self.path, "a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            if self._empty:
                writer.writerow(names)
                self._empty = False
            writer.writerows(rows)
