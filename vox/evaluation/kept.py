"""Scores in a file, so that nothing is scored twice."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pandas as pd

from vox.evaluation.columns import SCORES
from vox.evaluation.pairs import Pair
from vox.files import remember


class Kept:
    """Scores of some systems in a file, so that nothing is scored twice.

    Parameters
    ----------
    path
        Named by all that would change the scores.
    systems
        What is scored there.
    """

    def __init__(self, path: Path, systems: Sequence[str]) -> None:
        self.path, self.systems = path, systems
        try:
            content = path.read_bytes()
            if not content.endswith(b"\n"):
                raise ValueError("its end is missing")
            table = pd.read_csv(  # ids may look like numbers, or be called NA
                io.BytesIO(content), dtype={
                    **dict.fromkeys(("source", "target", "system"), str),
                    **{score.name: float for score in SCORES},
                },
                keep_default_na=False, na_values={score.name: [""] for score in SCORES},
            )  # fmt: skip
            rows = dict(tuple(table.groupby(["source", "target"], sort=False)))
            self._rows = {key: own for key, own in rows.items() if [*own["system"]] == [*systems]}
        except (OSError, ValueError, LookupError):  # damaged: it is scored again
            self._rows = {}

    def of(self, pair: Pair, score: Callable[..., Iterable[dict[str, object]]]) -> pd.DataFrame:
        """Return the rows of a pair, scored by ``score(pair, systems)`` where they are not kept."""
        key = (pair.source.file, pair.target.file)
        if key not in self._rows:
            self._rows[key] = pd.DataFrame(list(score(pair, self.systems)))
            text = pd.concat(self._rows.values(), ignore_index=True).to_csv(index=False)
            remember(self.path, text.encode())
        return self._rows[key]
