"""Where to compute, and how tensors come there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread

import torch

from vox.errors import VoxError
from vox.names import printable


def pick_device(name: str) -> torch.device:
    """Return the device of a name; ``"auto"`` is CUDA where there is one, else the CPU.

    Raises
    ------
    VoxError
        torch knows no such device, or it is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        if device.index is not None and int(os.environ.get("WORLD_SIZE", "1")) > 1:
            raise VoxError(
                f"device {name!r} would be shared by all processes; say 'cuda' or 'auto'"
            )
        if device.type == "cuda" and device.index is None and "LOCAL_RANK" in os.environ:
            device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))  # torchrun: one each
            torch.cuda.set_device(device)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = printable(str(error).splitlines()[0], 240)
        raise VoxError(f"device {name!r} cannot be used: {reason}; try 'auto' or 'cpu'") from error
    return device


def sent(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return a tensor of the CPU on a device; where that is CUDA nobody waits for it to arrive."""
    if device.type == "cuda" and tensor.device.type == "cpu":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


class PeakMemory:
    """The most memory that is taken on a CUDA device from now on, without what is there already.

    Parameters
    ----------
    device
        Of another kind: nothing is known of it.
    """

    def __init__(self, device: torch.device) -> None:
        self.device, self.before = device, 0
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
            self.before = torch.cuda.memory_allocated(device)

    @property
    def mib(self) -> int | None:
        """In MiB."""
        if self.device.type != "cuda":
            return None
        return (torch.cuda.max_memory_allocated(self.device) - self.before) // 2**20


def free_memory(device: torch.device) -> int:
    """Return the bytes that are free on a device other than the CPU, 0 where torch cannot tell."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    if device.type == "xpu":
        return torch.xpu.mem_get_info(device)[0]
    return 0


@contextmanager
def processes(
    count: int, method: str, begin: Callable[..., None] | None = None, *told: object
) -> Iterator[ProcessPoolExecutor]:
    """Give processes to compute in, which end with this one, however it ends.

    Parameters
    ----------
    count
        Of them.
    method
        In which they are started: ``"fork"`` or ``"spawn"``.
    begin
        Is called in each with `told`, before all else.

    Raises
    ------
    VoxError
        One of them was ended from outside.
    """
    try:
        with ProcessPoolExecutor(count, get_context(method), _begin, (begin, told)) as pool:
            try:
                yield pool
            except BaseException:  # what was begun is finished, and nothing else
                pool.shutdown(cancel_futures=True)
                raise
    except BrokenProcessPool as error:
        raise VoxError(
            "a process that computed for this one was ended from outside, as systems do that run "
            "out of memory; what is whole is kept: go on with the same call, and fewer --jobs "
            "where it has any"
        ) from error


def _begin(begin: Callable[..., None] | None, told: tuple[object, ...]) -> None:
    def end_with_it() -> None:
        if asked := parent_process():
            asked.join()
            os._exit(1)  # killed, it cannot say that no more will come

    Thread(target=end_with_it, daemon=True).start()
    if begin:
        begin(*told)
