"""Whether records are still what their notebooks would give, and text taken over into them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat

from vox.corpus import load_corpus
from vox.definition import OWN, Experiment
from vox.definition.key import computed, digest
from vox.device import pick_device
from vox.errors import VoxError
from vox.records.places import NOTEBOOKS, POSTS, RECORDS, place, read, writable, write
from vox.runs import Spec
from vox.series import experiment

UNTOLD = "it does not say how it was made"
TEXT = "the notebook's text changed (vox record --prose takes it over)"


def carry_prose(id: str, *, notebooks: Path = NOTEBOOKS, records: Path = RECORDS) -> Path:
    """Take the text cells of a notebook over into its record, without running anything.

    So are the words beside its code cells that say in English what these print.

    Raises
    ------
    VoxError
        The code differs, so the record is stale, or there is no record.
    """
    paths = place(id, notebooks, records)
    source, kept = map(read, paths)
    if _code(source) != _code(kept) or _parameter_cells(source) != _parameter_cells(kept):
        raise VoxError(f"{paths[1]}: its code is not the notebook's; record it anew")
    if "record" not in kept.metadata["vox"]:
        raise VoxError(f"{paths[1]}: it does not say how it was made; record it anew")
    executed = [cell for cell in kept.cells if cell.cell_type == "code"]
    cells = []
    for cell in source.cells:
        if cell.cell_type == "code":
            english = {"en": cell.metadata.en} if "en" in cell.metadata else {}
            cell = executed.pop(0)
            others = {name: v for name, v in cell.metadata.items() if name != "en"}
            cell.metadata = nbformat.from_dict(others | english)
        cells.append(cell)
        while executed and _injected(executed[0]):  # by papermill, behind the parameters
            cells.append(executed.pop(0))
    kept.cells = cells
    kept.metadata["vox"] = source.metadata["vox"] | {"record": kept.metadata["vox"]["record"]}
    with writable(paths[1]):
        write(kept, paths[1])
    return paths[1]


def stale(id: str, *, notebooks: Path = NOTEBOOKS, records: Path = RECORDS) -> list[str]:
    """Say why a record is no longer what its notebook would give; nothing if it still is.

    Compared are the cells but for the one with the parameters, all that the experiment and its
    parent compute as their pages state it, and the key of the run: what was computed, at which
    scale, from which corpus. What a page merely tells makes nothing stale. A record of a corpus
    other than the embedded one is not compared by its key.

    Returns
    -------
    list of str
        Just `TEXT` where only the text of the notebook changed, which `carry_prose` mends.
    """
    paths = place(id, notebooks, records)
    if not paths[1].is_file():
        return ["there is no record"]
    source, kept = map(read, paths)
    reasons = []
    if _code(source) != _code(kept):
        reasons.append("the notebook's code changed")
    elif _texts(source) != _texts(kept):
        reasons.append(TEXT)
    how = kept.metadata["vox"].get("record")
    if how is None:
        return [*reasons, UNTOLD]
    if paths[0].parent.name == POSTS:
        return reasons
    try:
        return reasons + _other_numbers(experiment(id), how)
    except (KeyError, TypeError, AttributeError, VoxError):  # not what `record` writes
        return [*reasons, UNTOLD]


def _other_numbers(e: Experiment, how: dict[str, Any]) -> list[str]:
    """Say why an experiment would give other numbers than the record that was made so."""
    reasons = []
    if how["states"] != stated(e):
        reasons.append("the experiment or its parent changed")
    if e.networks and how["parameters"]["corpus"] == "demo":
        spec = spec_of(e, how["parameters"], how["device"])
        if replace(spec, torch=how["torch"]).key != how["key"]:
            reasons.append("the experiment, the corpus or what is computed changed")
    return reasons


def stated(e: Experiment) -> str:
    """Return a digest of all that an experiment and its parent compute as their pages state."""
    family = [e, *([e.page.parent] if e.page.parent else [])]
    return digest([computed(each) for each in family])


def _texts(notebook: nbformat.NotebookNode) -> list[Any]:
    meta = {name: v for name, v in notebook.metadata["vox"].items() if name != "record"}
    prose = [cell.source for cell in _own(notebook) if cell.cell_type == "markdown"]
    return [meta, *prose, *(cell.metadata.get("en") for cell in _own(notebook))]


def spec_of(e: Experiment, given: dict[str, Any], device: str | None = None) -> Spec:
    """What a notebook with these parameters trains."""
    corpus, device = load_corpus(given["corpus"]), device or pick_device(given["device"]).type
    own = {name: given[name] for name in OWN}
    scaled = e.at(given["profile"], cuda=device == "cuda", **own)
    return Spec(scaled, corpus.labels, corpus.fingerprint, given["seed"], device)


def _own(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells but for the one that papermill put in."""
    return [cell for cell in notebook.cells if not _injected(cell)]


def _injected(cell: nbformat.NotebookNode) -> bool:
    return "injected-parameters" in cell.metadata.get("tags", ())


def _parameter_cells(notebook: nbformat.NotebookNode) -> int:
    return sum("parameters" in cell.metadata.get("tags", ()) for cell in _own(notebook))


def _code(notebook: nbformat.NotebookNode) -> list[str]:
    """The code cells, but for the parameters: a record keeps those that it was made with."""
    cells = [cell for cell in _own(notebook) if cell.cell_type == "code"]
    return [c.source for c in cells if "parameters" not in c.metadata.get("tags", ())]
