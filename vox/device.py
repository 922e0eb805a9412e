"""Where to compute."""

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
