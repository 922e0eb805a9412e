"""Where to compute, and how tensors come there."""

from __future__ import annotations

import os

import torch

from vox.errors import VoxError


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
        reason = str(error).splitlines()[0]
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
