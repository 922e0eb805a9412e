"""Records: executed notebooks with their media beside them, and whether they are still true."""

from __future__ import annotations

import ast
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError

from vox import cost, ipynb
from vox.definition import OWN, Experiment
from vox.device import pick_device
from vox.errors import VoxError
from vox.files import sweep
from vox.notebook import CLAIMS, EFFECT, SCORES_DATA
from vox.records.media import SOUNDS, move_media
from vox.records.places import NOTEBOOKS, POSTS, RECORDS, place, read, told, writable, write
from vox.records.stale import spec_of, stated
from vox.runs import Run, provenance
from vox.series import experiment

EARLIER = (
    "parameters", "page_scale", "device", "minutes", "time", "claims", "scores", "effect", "run",
)  # fmt: skip
"""What stays of a record that one at another scale replaces."""


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
    read(source)  # says so when there is none
    if source.parent.name == POSTS:
        given = {n: v for n, v in given.items() if n in papermill.inspect_notebook(source)}
    own = _parameters(source)  # hours later it would be late to find that they say nothing
    began = time.monotonic()
    notebook = _executed(source, given)
    used = own | dict(notebook.metadata["papermill"]["parameters"])
    post = source.parent.name == POSTS
    told = _told_of_post() if post else _told_of_run(experiment(id), used)
    notebook.metadata.pop("widgets", None)
    notebook.metadata.pop("papermill", None)
    notebook.metadata["vox"]["record"] = {
        "parameters": used,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "claims": [claim for told in ipynb.data(notebook, CLAIMS) for claim in told],
        "scores": next(ipynb.data(notebook, SCORES_DATA), None),
        "effect": next(ipynb.data(notebook, EFFECT), None),
        "earlier": _earlier(path, used),
        **told,
    }
    with writable(path):
        return _keep(notebook, path)


def _earlier(path: Path, used: dict[str, Any]) -> list[dict[str, Any]]:
    """What records at other scales found, which this one replaces, the latest first."""
    if not path.is_file():
        return []
    before = read(path).metadata["vox"].get("record", {})
    if "parameters" not in before:
        return []
    kept = {name: before[name] for name in EARLIER if name in before}
    found = [kept, *before.get("earlier", [])]
    return [one for one in found if _scale_of(one["parameters"]) != _scale_of(used)]


def _scale_of(parameters: dict[str, Any]) -> list[Any]:
    return [parameters.get(name) for name in ("corpus", "profile", *OWN)]


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


def _told_of_run(e: Experiment, used: dict[str, Any]) -> dict[str, Any]:
    if not e.networks:
        return {"states": stated(e), "page_scale": True, **_told_of_post()}
    spec = spec_of(e, used)
    return {
        "key": spec.key,
        "states": stated(e),
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


def _parameters(source: Path) -> dict[str, Any]:
    """What the parameters cell sets."""
    found = {}
    for name, set_to in papermill.inspect_notebook(source).items():
        try:
            found[name] = ast.literal_eval(set_to["default"])
        except (ValueError, SyntaxError) as error:
            raise VoxError(
                f"{source}: the parameter {name} must be a value as it is, such as 0.5 or 'demo', "
                f"not {set_to['default']!r:.80}"
            ) from error
    return found


def _cost(e: Experiment) -> dict[str, Any]:
    """What the experiment costs as its page states it, at the page's label space."""
    if not e.objective.slots:
        return {"parameters": cost.parameters(e)}
    size = e.scale.batch_size
    return {
        "parameters": cost.parameters(e),
        "flops_a_window": cost.flops(e, size) // size,
        "memory_mib": cost.memory(e, size).total // 2**20,
    }


def _keep(notebook: nbformat.NotebookNode, path: Path) -> Path:
    """Write a record whole, by one rename: of the notebook, when all that it shows is there.

    What it shows lies under new names beside what an older record shows, which goes last. So at
    every moment there is a record with all its media. A sound goes when no record shows it.
    """
    before = _shown(path)
    media = path.with_suffix("")
    media.mkdir(parents=True, exist_ok=True)
    sweep(media)
    kept: list[dict[str, str]] = []
    for cell in notebook.cells:
        for left in ("papermill", "execution", "exception"):
            cell.metadata.pop(left, None)
        if cell.cell_type == "code":
            kept += move_media(cell, media, media.name)
    notebook.metadata["vox"]["record"]["media"] = kept
    write(notebook, path)
    shown = {told["file"] for told in kept}
    for file in media.iterdir():
        if f"{media.name}/{file.name}" not in shown:
            file.unlink()
    others = set[str]().union(*map(_shown, path.parent.glob("*.ipynb")))
    for name in before - others:
        if name.startswith(f"{SOUNDS}/"):
            (path.parent / name).unlink(missing_ok=True)
    return path


def _shown(path: Path) -> set[str]:
    """The media of a record; of none where there is no record."""
    return {str(one["file"]) for one in told(path).get("media", ())} if path.is_file() else set()
