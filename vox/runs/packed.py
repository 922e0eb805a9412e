"""A run in one small file: its description, and its weights as 16-bit numbers.

The file is safetensors, which holds numbers and text and runs nothing when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cattrs

from vox.errors import VoxError
from vox.files import write_atomically

if TYPE_CHECKING:
    import torch

    from vox.runs.run import Run

SUFFIX = ".safetensors"
TOLD = ("origin", "licence")
"""What the one who packs says of the voices; text, or absent."""


class UnknownKindError(VoxError):
    """A run is of a kind of part that a file defines, and the file was not loaded."""


DAMAGED = (ValueError, LookupError, TypeError, AttributeError, cattrs.BaseValidationError)
"""What a description raises that was written by something else than a run."""


def pack(run: Run, path: str | Path, *, origin: str = "", licence: str = "") -> Path:
    """Write a trained run into one file, from which `vox.Run` reads it again.

    Trained weights become float16; what was counted, such as speakers' statistics, stays float32.
    Losses, checkpoints and where the corpus lies stay behind.

    Parameters
    ----------
    run
        Trained.
    path
        Of the file, whose name ends in ``.safetensors``.
    origin, licence
        Whose voices they are, and what may be done with them.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    VoxError
        The name ends otherwise, nothing is trained yet, a weight is too large for float16, or the
        file cannot be written.
    """
    import torch
    from safetensors.torch import save

    path = Path(path)
    if path.suffix != SUFFIX:
        raise VoxError(f"{path}: name a file that ends in {SUFFIX}")
    tensors = {}
    for network, module in run.networks.items():
        trained = {name for name, _ in module.named_parameters()}
        for name, tensor in module.state_dict().items():
            small = tensor.to(torch.float16) if name in trained else tensor
            if not torch.isfinite(small).all():
                raise VoxError(f"{run.folder}: the weight {name!r} is too large for float16")
            tensors[f"{network}/{name}"] = small.contiguous()
    said = {"origin": origin, "licence": licence}
    about = {name: text for name, text in said.items() if text} | {
        "run": json.dumps(run.description())
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, save(tensors, metadata=about))
    except OSError as error:
        raise VoxError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def description(path: Path) -> dict[str, Any]:
    """Return what a run tells of itself, the folder of one or a packed one; needs no torch.

    Raises
    ------
    VoxError
        There is no run, or what it tells is damaged.
    """
    told = _packed(path) if path.is_file() else _kept(path)
    with whole(path):
        dict(told["provenance"])
    return told


def _kept(folder: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise VoxError(f"{folder}: no run here (it has no run.json)") from error
    except (ValueError, RecursionError) as error:
        raise damaged(folder) from error
    return told


def _packed(path: Path) -> dict[str, Any]:
    import safetensors

    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            about = file.metadata() or {}
        told: dict[str, Any] = json.loads(about["run"])
    except (safetensors.SafetensorError, OSError, ValueError, KeyError, RecursionError) as error:
        raise VoxError(f"{path}: no run is packed in this file (vox pack makes such)") from error
    with whole(path):
        told["provenance"] |= {name: about[name] for name in TOLD if name in about}
    return told


@contextmanager
def whole(path: Path) -> Iterator[None]:
    """Say of a run's description, while it is read, that it is of something else."""
    try:
        yield
    except DAMAGED as error:
        if unknown := _unknown(error):
            raise UnknownKindError(f"{path}: {unknown}") from error
        raise damaged(path) from error


def _unknown(error: BaseException) -> BaseException | None:
    """The kind that is not known, however deep a reader of the whole has buried the error."""
    parts = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    found = (error, *filter(None, map(_unknown, parts)))
    return next((each for each in found if isinstance(each, UnknownKindError)), None)


def damaged(path: Path) -> VoxError:
    """Return the error for a run whose description cannot be read."""
    if path.is_file():
        return VoxError(f"{path}: what it tells of its run is damaged; pack that run again")
    return VoxError(f"{path}: its run.json is damaged; the same training call writes it again")


def state(path: Path) -> dict[str, dict[str, torch.Tensor]]:
    """Return the weights of a packed run by network, as ``load_state_dict`` takes them."""
    from safetensors.torch import load_file

    found: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in load_file(path).items():
        network, _, own = name.partition("/")
        found.setdefault(network, {})[own] = tensor
    return found
