"""Records: executed notebooks with their media beside them, and whether they are still true."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
import papermill
import torch
from nbclient.exceptions import DeadKernelError

from vox import provenance, report
from vox.corpus import load_corpus
from vox.definition import Experiment
from vox.device import pick_device
from vox.errors import VoxError
from vox.experiments import experiment
from vox.media import move_media
from vox.notebook import CLAIMS, SCORES_DATA
from vox.notebook.parameters import OWN
from vox.training import Run
from vox.training.run import Spec

NOTEBOOKS, RECORDS = Path("notebooks"), Path("docs/experiments")
POSTS = "posts"  # folder of notebooks that are posts, below the sources and beside the records
TEXT = "the notebook's text changed (vox record --prose takes it over)"


def record(
    id: str, *, notebooks: Path = NOTEBOOKS, records: Path = RECORDS, **parameters: Any
) -> Path:
    """Run the notebook of an experiment or a post, and keep what comes out as its record.

    Parameters
    ----------
    id
        Of the experiment, or the name of the post.
    notebooks, records
        Folders of the sources and of the records.
    parameters
        Of the notebook; None means as it says itself.

    Returns
    -------
    pathlib.Path
        The executed notebook; images and sounds lie in the folder of its name beside it.

    Raises
    ------
    VoxError
        There is no such notebook, or one of its cells fails; an older record stays as it was.
    """
    source, path = place(id, notebooks, records)
    given = {name: value for name, value in parameters.items() if value is not None}
    _read(source)  # says so when there is none
    if source.parent.name == POSTS:
        given = {n: v for n, v in given.items() if n in papermill.inspect_notebook(source)}
    began = time.monotonic()
    notebook = _executed(source, given)
    told = (
        _told_of_post() if source.parent.name == POSTS else _told_of_run(experiment(id), notebook)
    )
    notebook.metadata.pop("widgets", None)
    notebook.metadata.pop("papermill", None)
    notebook.metadata["vox"]["record"] = {
        "parameters": _parameters(notebook),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "claims": [claim for told in _data(notebook, CLAIMS) for claim in told],
        "scores": next(_data(notebook, SCORES_DATA), None),
        **told,
    }
    return _keep(notebook, path)


def place(id: str, notebooks: Path = NOTEBOOKS, records: Path = RECORDS) -> tuple[Path, Path]:
    """Return where the source and the record of an experiment or of a post lie.

    Raises
    ------
    VoxError
        It is neither.
    """
    if id in posts(notebooks):
        return notebooks / POSTS / f"{id}.ipynb", records.parent / POSTS / f"{id}.ipynb"
    name = f"{experiment(id).id}.ipynb"
    return notebooks / name, records / name


def posts(notebooks: Path = NOTEBOOKS) -> list[str]:
    """Return the names of the posts that are notebooks."""
    return sorted(path.stem for path in (notebooks / POSTS).glob("*.ipynb"))


def _executed(source: Path, given: dict[str, Any]) -> nbformat.NotebookNode:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / source.name
        try:
            papermill.execute_notebook(
                source, out, given, cwd=".", progress_bar=False, stderr_file=sys.stderr
            )
        except papermill.PapermillExecutionError as error:
            raise VoxError(
                f"{source}: cell {error.exec_count} failed: {error.ename}: {error.evalue}"
            ) from error
        except DeadKernelError as error:
            raise VoxError(f"{source}: its kernel died; was there memory enough?") from error
        return nbformat.read(out, as_version=4)


def _told_of_run(e: Experiment, notebook: nbformat.NotebookNode) -> dict[str, Any]:
    used = _parameters(notebook)
    spec = _spec(e, used)
    return {
        "key": spec.key,
        "page": _page(e),
        "torch": spec.torch,
        "device": spec.device,
        "page_scale": spec.experiment == e,
        "run": Run(spec.folder(used["directory"])).provenance,
        "cost": _cost(e),
    }


def _told_of_post() -> dict[str, Any]:
    device = pick_device("auto")
    return {
        "run": {
            "commit": provenance.commit(),
            "machine": provenance.machine(device),
            "versions": provenance.versions(),
        }
    }


def carry_prose(id: str, *, notebooks: Path = NOTEBOOKS, records: Path = RECORDS) -> Path:
    """Take the text cells of a notebook over into its record, without running anything.

    Raises
    ------
    VoxError
        The code differs, so the record is stale, or there is no record.
    """
    paths = place(id, notebooks, records)
    source, kept = map(_read, paths)
    if _code(source) != _code(kept):
        raise VoxError(f"{paths[1]}: its code is not the notebook's; record it anew")
    executed = [cell for cell in kept.cells if cell.cell_type == "code"]
    cells = []
    for cell in source.cells:
        cells.append(executed.pop(0) if cell.cell_type == "code" else cell)
        while executed and _injected(executed[0]):  # by papermill, behind the parameters
            cells.append(executed.pop(0))
    kept.cells = cells
    kept.metadata["vox"] = source.metadata["vox"] | {"record": kept.metadata["vox"]["record"]}
    nbformat.write(kept, paths[1])
    return paths[1]


def stale(id: str, *, notebooks: Path = NOTEBOOKS, records: Path = RECORDS) -> list[str]:
    """Say why a record is no longer what its notebook would give; nothing if it still is.

    Compared are the cells, all that the pages of the experiment and of its parent tell and state,
    and the key of the run: what was computed, at which scale, from which corpus. A record of a
    corpus other than the embedded one is not compared by its key.

    Returns
    -------
    list of str
        Just `TEXT` where only the text of the notebook changed, which `carry_prose` mends.
    """
    paths = place(id, notebooks, records)
    if not paths[1].is_file():
        return ["there is no record"]
    source, kept = map(_read, paths)
    reasons = []
    if _code(source) != _code(kept):
        reasons.append("the notebook's code changed")
    elif _texts(source) != _texts(kept):
        reasons.append(TEXT)
    how = kept.metadata["vox"].get("record")
    if how is None:
        return [*reasons, "it does not say how it was made"]
    if paths[0].parent.name == POSTS:
        return reasons
    e = experiment(id)
    if how["page"] != _page(e):
        reasons.append("the experiment or its parent changed")
    if how["parameters"]["corpus"] == "demo":
        spec = _spec(e, how["parameters"], how["device"])
        if replace(spec, torch=how["torch"]).key != how["key"]:
            reasons.append("the experiment, the corpus or what is computed changed")
    return reasons


def _page(e: Experiment) -> str:
    """A digest of all that an experiment and its parent tell and state."""
    family = [e, *([experiment(e.parent)] if e.parent else [])]
    told = [[(f.name, repr(getattr(x, f.name))) for f in fields(x)] for x in family]
    return sha256(repr(told).encode()).hexdigest()[:12]


def _texts(notebook: nbformat.NotebookNode) -> list[Any]:
    meta = {name: v for name, v in notebook.metadata["vox"].items() if name != "record"}
    return [meta, *(cell.source for cell in _own(notebook))]


def _spec(e: Experiment, given: dict[str, Any], device: str | None = None) -> Spec:
    """What a notebook with these parameters trains."""
    corpus, device = load_corpus(given["corpus"]), device or pick_device(given["device"]).type
    own = {name: given[name] for name in OWN}
    scaled = e.at(given["profile"], cuda=device == "cuda", **own)
    return Spec(scaled, corpus.labels, corpus.fingerprint, given["seed"], device)


def _parameters(notebook: nbformat.NotebookNode) -> dict[str, Any]:
    """The values that the parameters cell, and papermill's behind it, have set."""
    values: dict[str, Any] = {}
    for cell in notebook.cells:
        if {"parameters", "injected-parameters"} & set(cell.metadata.get("tags", ())):
            exec(cell.source, {}, values)  # the very cells that were executed
    return values


def _read(path: Path) -> nbformat.NotebookNode:
    if not path.is_file():
        raise VoxError(f"{path}: no such notebook; call from the folder that holds notebooks/")
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError) as error:
        raise VoxError(f"{path}: cannot be read as a notebook: {error}") from error


def _own(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells but for the one that papermill put in."""
    return [cell for cell in notebook.cells if not _injected(cell)]


def _injected(cell: nbformat.NotebookNode) -> bool:
    return "injected-parameters" in cell.metadata.get("tags", ())


def _code(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in _own(notebook) if cell.cell_type == "code"]


def _cost(e: Experiment) -> dict[str, Any]:
    """What the experiment costs as its page states it, at the page's label space."""
    with torch.device("meta"):
        weights = {
            name: sum(p.numel() for p in e.network(name).parameters()) for name in e.networks
        }
    return {
        "parameters": weights,
        "flops_a_window": report.flops(e, e.batch_size) // e.batch_size,
        "memory_mib": report.memory(e, e.batch_size).total // 2**20,
    }


def _data(notebook: nbformat.NotebookNode, kind: str) -> Iterator[Any]:
    """Yield what the cells of a notebook put out as data of a media type."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if kind in output.get("data", {}):
                yield output.data[kind]


def _keep(notebook: nbformat.NotebookNode, path: Path) -> Path:
    """Write a record whole: its media into a new folder, which then replaces the old one."""
    media = path.with_suffix("")
    fresh = media.with_name(f"{media.name}.part")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    kept: list[dict[str, str]] = []
    for cell in notebook.cells:
        for left in ("papermill", "execution", "exception"):
            cell.metadata.pop(left, None)
        if cell.cell_type == "code":
            kept += move_media(cell, fresh, media.name)
    notebook.metadata["vox"]["record"]["media"] = kept
    nbformat.write(notebook, fresh.with_suffix(".ipynb.part"))
    shutil.rmtree(media, ignore_errors=True)
    fresh.rename(media)
    fresh.with_suffix(".ipynb.part").replace(path)
    return path


def size(records: Path = RECORDS) -> int:
    """Return the bytes of all records and their media."""
    return sum(path.stat().st_size for path in records.rglob("*") if path.is_file())


def told(path: Path) -> dict[str, Any]:
    """Return what a record tells of how it was made, such as ``minutes`` and ``page_scale``."""
    meta = _read(path).metadata["vox"]
    how: dict[str, Any] = meta.get("record", {})
    return how
