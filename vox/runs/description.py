"""What a run tells of itself in its ``run.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vox.corpus import Corpus
from vox.files import write_atomically
from vox.runs.spec import Spec, converter
from vox.table import Table


class Provenance(dict[str, Any]):
    """Where a run's figures come from; a table in Jupyter."""

    def _repr_html_(self) -> str:
        flat: list[tuple[str, Any]] = []
        for name, value in self.items():
            inner = value.items() if isinstance(value, dict) else [("", value)]
            flat += [(f"{name}.{key}" if key else name, v) for key, v in inner]
        return Table(("", ""), flat)._repr_html_()


def describe(
    folder: Path,
    spec: Spec,
    corpus: Corpus,
    provenance: dict[str, Any],
    implied: dict[str, dict[str, str]],
    untrained: Mapping[str, Sequence[str]],
) -> None:
    """Write all that a run tells of itself, replacing what is there.

    Parameters
    ----------
    folder
        Of the run.
    spec, corpus
        What is trained, and on what.
    provenance
        Where its figures come from.
    implied
        Labels that follow from a speaker whom the corpus does not have.
    untrained
        Classes that nothing was trained on, by group.
    """
    told = {
        "spec": converter.unstructure(spec),
        "implied": implied | implied_labels(corpus),
        "corpus": "demo" if corpus.name == "demo" else _absolute(corpus.name),
        "untrained": dict(untrained),
        "provenance": provenance,
    }
    text = json.dumps(told, indent=1, ensure_ascii=False)
    # a folder whose name is no text: JSON reads the escapes back
    write_atomically(folder / "run.json", text.encode(errors="backslashreplace"))


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
