"""Everything that decides what a run computes, its key, and how it is written down."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import cattrs.preconf.json
import torch

from vox.definition import Experiment, Page, Scale
from vox.definition.key import computed, described, digest
from vox.fields import Part
from vox.labels import LabelSpace
from vox.objectives import Objective
from vox.optimisation import Optimisation
from vox.representation import Representation
from vox.runs.packed import UnknownKindError
from vox.series import experiment, ids


@dataclass(frozen=True)
class Spec:
    """Everything that decides what a run computes.

    Attributes
    ----------
    experiment
        At the scale at which it is run.
    labels
        The label space of the corpus.
    fingerprint
        Of the corpus.
    seed
        Of every draw.
    device
        ``"cpu"``, ``"cuda"``, ...: sums are rounded differently on each.
    torch
        Its version, for the same reason.
    adapted
        Key of the run whose networks it began with; empty where it began with none.
    """

    experiment: Experiment
    labels: LabelSpace
    fingerprint: str
    seed: int
    device: str
    torch: str = torch.__version__.partition("+")[0]
    adapted: str = ""

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits of a hash over all of it but what the page merely tells."""
        beside = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "experiment"}
        if not self.adapted:  # as other defaults: keys stay what they were before there was such
            del beside["adapted"]
        told = {name: described(value) for name, value in beside.items()}
        return digest(told | {"experiment": computed(self.experiment)})

    def folder(self, directory: str | Path) -> Path:
        """Return the run's folder below `directory`, named by id and key."""
        return Path(directory) / f"{self.experiment.id}-{self.key}"


KINDS: dict[str, Any] = {
    "representation": Representation, "objective": Objective, "optimisation": Optimisation,
}  # fmt: skip
"""Parts of which there are several kinds."""

converter = cattrs.preconf.json.make_converter()


def _kinds(base: type[Part]) -> dict[str, type[Part]]:
    """All kinds of a part that are known by now, those of one's own files too."""
    found: dict[str, type[Part]] = {}
    for each in base.__subclasses__():
        found |= _kinds(each) | ({each.kind: each} if each.kind else {})
    return found


def _written(part: Part) -> dict[str, Any]:
    own = {f.name: converter.unstructure(getattr(part, f.name)) for f in fields(part)}  # type: ignore[arg-type]
    return {"kind": part.kind, **own}


def _read(told: dict[str, Any], base: type[Part]) -> Part:
    known = _kinds(base)
    if told["kind"] not in known:
        raise UnknownKindError(
            f"it holds a {base.__name__.lower()} of the kind {told['kind']!r}, which is none of "
            f"{', '.join(sorted(known))}; load the file that defines it first (in Python: "
            "vox.series.found('./mine.py'))"
        )
    kind = known[told["kind"]]
    own = {name: value for name, value in told.items() if name != "kind"}
    structured: Part = cattrs.gen.make_dict_structure_fn(kind, converter)(own, kind)
    return structured


def _register(base: type) -> None:
    converter.register_unstructure_hook_func(lambda cls: _is(cls, base), _written)
    converter.register_structure_hook_func(lambda cls: cls is base, _read)


def _is(cls: Any, base: type) -> bool:
    return isinstance(cls, type) and issubclass(cls, base)


for _kind in KINDS.values():
    _register(_kind)


@converter.register_unstructure_hook
def _write_page(page: Page) -> dict[str, Any]:
    told = {f.name: converter.unstructure(getattr(page, f.name)) for f in fields(page)
            if f.name != "parent"}  # fmt: skip
    return told | {"parent": page.parent and page.parent.id}


@converter.register_unstructure_hook
def _write_experiment(e: Experiment) -> dict[str, Any]:
    return {
        "page": _write_page(e.page),
        **{n: converter.unstructure(p) for n, p in e.parts.items()},
    }


@converter.register_structure_hook
def _read_experiment(told: dict[str, Any], _: Any) -> Experiment:
    """Read an experiment; what it changes, and what it was made from, are the series' own."""
    kinds = KINDS | {"scale": Scale}
    parts = {name: converter.structure(told[name], kind) for name, kind in kinds.items()}
    id = told["page"]["id"]
    if id in ids():
        return experiment(id).replace(**parts)
    page = {name: told["page"][name] for name in ("id", "title", "change")}
    parent = told["page"]["parent"]
    return Experiment(page=Page(**page, parent=experiment(parent) if parent in ids() else None),
                      **parts)  # fmt: skip
