"""What a run tells of itself in its ``run.json``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cattrs

from vox.corpus import Corpus
from vox.corpus.windows import Windows
from vox.runs.spec import Spec, converter
from vox.table import Table

DAMAGED = (ValueError, LookupError, TypeError, AttributeError, cattrs.BaseValidationError)
"""What a description raises that was written by something else than `Run.create`."""


class Provenance(dict[str, Any]):
    """Where a run's figures come from; a table in Jupyter."""

    def _repr_html_(self) -> str:
        flat: list[tuple[str, Any]] = []
        for name, value in self.items():
            inner = value.items() if isinstance(value, dict) else [("", value)]
            flat += [(f"{name}.{key}" if key else name, v) for key, v in inner]
        return Table(("", ""), flat)._repr_html_()


def description(
    spec: Spec,
    windows: Windows,
    provenance: dict[str, Any],
    implied: dict[str, dict[str, str]],
) -> dict[str, Any]:
    """Return all that a run tells of itself, as data for JSON."""
    corpus = windows.corpus
    return {
        "spec": converter.unstructure(spec),
        "implied": implied | implied_labels(corpus),
        "corpus": "demo" if corpus.name == "demo" else _absolute(corpus.name),
        "untrained": windows.untrained(),
        "provenance": provenance,
    }


def _absolute(path: str) -> str:
    return str(Path(path).expanduser().absolute())


def implied_labels(corpus: Corpus) -> dict[str, dict[str, str]]:
    """Return, for each speaker, the other labels on which all of its recordings agree."""
    found: dict[str, dict[str, set[str]]] = {}
    for recording in corpus.recordings:
        speaker = recording.labels.get("speaker")
        if speaker:
            groups = found.setdefault(speaker, {})
            for group, label in recording.labels.items():
                groups.setdefault(group, set()).add(label)
    return {
        speaker: {group: min(names) for group, names in groups.items() if len(names) == 1}
        for speaker, groups in found.items()
    }
