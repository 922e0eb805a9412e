"""Checkpoints that survive being killed, and say so when they were damaged.

A checkpoint's name carries the iteration and the first half of its contents' SHA-256
(``checkpoint-00001200-0f3a....pt``), so a file can be checked by itself and is an ordinary
``torch.load`` file. It is written aside and renamed, so no half file ever has the name.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch

from vox.errors import VoxError, of_memory
from vox.files import write_atomically

KEEP = 2
_NAME = re.compile(r"checkpoint-(\d{8})-([0-9a-f]{32})\.pt")


def save(folder: Path, iteration: int, state: dict[str, Any]) -> Path:
    """Write a checkpoint atomically and delete all but the last two.

    Parameters
    ----------
    folder
        Of the run.
    iteration
        Finished so far.
    state
        Tensors, numbers, strings, and dicts and lists of them.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    data = buffer.getvalue()
    path = folder / f"checkpoint-{iteration:08d}-{sha256(data).hexdigest()[:32]}.pt"
    write_atomically(path, data)
    prune(folder)
    return path


def prune(folder: Path) -> None:
    """Delete all but the last two: a kill may have come between writing one and deleting."""
    for old in paths(folder)[KEEP:]:
        old.unlink(missing_ok=True)


def paths(folder: Path) -> list[Path]:
    """Return the checkpoints of a run, the latest first."""
    return sorted(
        (p for p in folder.glob("checkpoint-*.pt") if _NAME.fullmatch(p.name)), reverse=True
    )


def iteration(path: Path) -> int:
    """Return the iteration that a checkpoint's name tells."""
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else 0


def copy(path: Path, folder: Path) -> None:
    """Put a copy of a checkpoint into another run's folder."""
    write_atomically(folder / path.name, path.read_bytes())


def latest(
    folder: Path, device: torch.device, say: Callable[[str], None] = warnings.warn
) -> dict[str, Any] | None:
    """Load the latest checkpoint that is whole, or None where there is none.

    Parameters
    ----------
    folder
        Of the run.
    device
        Where its tensors go.
    say
        Is told of each damaged checkpoint, which is set aside with the suffix ``.damaged``.
    """
    for path in paths(folder):
        match = _NAME.fullmatch(path.name)
        data = path.read_bytes()
        if match and sha256(data).hexdigest()[:32] == match[2]:
            state = _loaded(data, device)
            if state is not None:
                return state
        say(f"{path} is damaged (its contents are not what was written); it is set aside")
        path.rename(path.with_suffix(".damaged"))
    return None


def _loaded(data: bytes, device: torch.device) -> dict[str, Any] | None:
    """Return a state, or None where the bytes, though whole, hold none."""
    try:
        state = torch.load(io.BytesIO(data), map_location=device, weights_only=True)
    except MemoryError:
        raise
    except Exception:  # what unpickling raises depends on the bytes
        return None
    return state if isinstance(state, dict) else None


@contextmanager
def fitting(folder: Path) -> Iterator[None]:
    """Say of a checkpoint, while its state is put into networks, that it is of something else.

    Raises
    ------
    VoxError
        The state lacks something, or has other shapes or values than what is trained here.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RuntimeError) as error:
        if of_memory(error):  # the checkpoint has nothing to do with it
            raise
        found = paths(folder)
        told = " ".join(str(error).split())[:160]
        raise VoxError(
            f"{found[0] if found else folder}: not a checkpoint of this experiment "
            f"({type(error).__name__}: {told}); delete it, and the same training call goes on from "
            "the one before"
        ) from error


class Writer:
    """Writes checkpoints; what is on a CUDA device in a thread, so that training goes on meanwhile.

    There it is copied into memory that the device can reach by itself, which is kept for the next.
    """

    def __init__(self) -> None:
        self._copies: dict[str, torch.Tensor] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._under_way: Future[None] | None = None

    def save(self, folder: Path, iteration: int, state: dict[str, Any], then: Any) -> None:
        """Write a checkpoint as `save` does, and call `then`; the one before is finished first."""
        self.wait()

        def write(state: dict[str, Any]) -> None:
            save(folder, iteration, state)
            then()

        devices = {x.device for x in _tensors(state) if x.device.type == "cuda"}
        if not devices:
            write(state)
            return
        copied = self._copied(state, "")
        for device in devices:
            torch.cuda.synchronize(device)
        self._under_way = self._thread.submit(write, copied)

    def wait(self) -> None:
        """Return when everything is written; raise what went wrong."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()

    def _copied(self, value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {key: self._copied(each, f"{name}/{key}") for key, each in value.items()}
        if isinstance(value, list):
            return [self._copied(each, f"{name}/{i}") for i, each in enumerate(value)]
        if not isinstance(value, torch.Tensor):
            return value
        if name not in self._copies:
            pinned = value.device.type == "cuda"
            self._copies[name] = torch.empty_like(value, device="cpu", pin_memory=pinned)
        return self._copies[name].copy_(value, non_blocking=True)


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _tensors(each)
