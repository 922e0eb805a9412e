"""In which precision torch computes, and whether to the bit: the one place that tells it so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Literal

import torch

from vox.errors import VoxError

Precision = Literal["float32", "tf32", "bf16"]
"""As `vox.optimisation.Optimisation` explains them."""

# cuBLAS sums in one order only with a workspace of its own for each stream, and reads this when it
# is first used; on newer devices it is torch's default anyway
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


@contextmanager
def computing(
    device: torch.device, precision: Precision = "float32", deterministic: bool = False
) -> Iterator[None]:
    """Let torch compute so inside; afterwards everything is as it was.

    Parameters
    ----------
    device
        Where.
    precision
        On CUDA products and convolutions of float32 numbers are computed in float32 for all but
        ``"tf32"``, which is torch's own default for convolutions; what is narrowed for ``"bf16"``
        stands inside `narrow`.
    deterministic
        The same numbers to the bit each time; an operation that cannot is an error.

    Raises
    ------
    VoxError
        The device has no such precision.
    """
    check(device, precision)
    before = _flags()
    if device.type == "cuda":
        wanted = "tf32" if precision == "tf32" else "ieee"
        _set((wanted, wanted, deterministic, before[3] or deterministic))
    elif deterministic:
        _set((*before[:2], deterministic, True))
    try:
        yield
    finally:
        _set(before)


@contextmanager
def exactly(device: torch.device) -> Iterator[None]:
    """Compute in float32 inside, whatever is in force: for the gradient penalty.

    A backward pass computes in what is in force when it runs, so it needs this as well.
    """
    before = _flags()
    _set(("ieee", "ieee", *before[2:]) if before[0] == "tf32" else before)
    try:
        with narrow(device, "float32"):
            yield
    finally:
        _set(before)


def narrow(device: torch.device, precision: Precision) -> Any:
    """Return the context in which layers compute in bfloat16, if that is the precision.

    Backward passes stand outside of it. No cast is kept: one that was made without gradients would
    be used again where there are some. Meta tensors have no numbers and stay float32.
    """
    if device.type == "meta":
        return nullcontext()
    return torch.autocast(
        device.type, torch.bfloat16, enabled=precision == "bf16", cache_enabled=False
    )


def check(device: torch.device, precision: Precision) -> None:
    """Say so where a device has no such precision.

    Raises
    ------
    VoxError
        TF32 is CUDA's alone, from compute capability 8.0 on.
    """
    if precision != "tf32" or device.type == "meta":
        return
    if device.type != "cuda" or torch.cuda.get_device_capability(device) < (8, 0):
        raise VoxError(
            f"precision 'tf32' needs a CUDA device of compute capability 8.0, and this is "
            f"{device.type}; use 'float32'"
        )


def libraries(device: torch.device) -> dict[str, str]:
    """Return the versions of what computes on a device beside torch, none but for CUDA."""
    if device.type != "cuda":
        return {}
    return {"cuda": str(torch.version.cuda), "cudnn": str(torch.backends.cudnn.version())}


def _flags() -> tuple[str, str, bool, bool]:
    b = torch.backends
    return (
        b.cudnn.conv.fp32_precision, b.cuda.matmul.fp32_precision,  # type: ignore[attr-defined]
        b.cudnn.deterministic, torch.are_deterministic_algorithms_enabled(),
    )  # fmt: skip


def _set(flags: tuple[str, str, bool, bool]) -> None:
    """Set those that differ from what is in force."""
    now = _flags()
    if flags[0] != now[0]:
        torch.backends.cudnn.conv.fp32_precision = flags[0]  # type: ignore[attr-defined]
    if flags[1] != now[1]:
        torch.backends.cuda.matmul.fp32_precision = flags[1]
    if flags[2] != now[2]:
        torch.backends.cudnn.deterministic = flags[2]
    if flags[3] != now[3]:
        torch.use_deterministic_algorithms(flags[3])
