"""Following what runs: the bytes of every storage from its birth to its end, and the FLOPs."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only
from torch.utils.flop_counter import flop_registry


class Storages(TorchDispatchMode):
    """Adds up the bytes of all storages alive, and keeps what they were at each birth."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: dict[int, int] = {}
        self.now = 0
        self.course: list[int] = []

    @property
    def peak(self) -> int:
        """The most that there ever were."""
        return max(self.course, default=0)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        tree_map_only(torch.Tensor, self._note, out)
        return out

    def _note(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self.alive:
            return
        self.alive[key] = storage.nbytes()
        self.now += storage.nbytes()
        self.course.append(self.now)
        weakref.finalize(storage, self._end, key)

    def _end(self, key: int) -> None:
        self.now -= self.alive.pop(key)


def peak_beside(
    held: Iterable[torch.Tensor], work: Callable[[], object], left: Iterable[torch.Tensor] = ()
) -> int:
    """Return the most bytes that are alive while `work` runs, beside the tensors held anyway.

    Parameters
    ----------
    held
        Not counted.
    work
        What is done; what a library takes for itself meanwhile is not seen.
    left
        What is counted from the beginning, such as the gradients that an earlier step left.
    """
    with Storages() as storages:
        storages.alive = {tensor.untyped_storage()._cdata: 0 for tensor in held}
        for tensor in left:
            storages._note(tensor)
            del tensor  # so that it can go when its owner lets it go
        work()
    return storages.peak


def flops_of(work: Callable[[], object]) -> int:
    """Count the floating-point operations of `work` (a multiply-add is two)."""
    with Flops() as counted:
        work()
    return counted.total


class Flops(TorchDispatchMode):
    """Adds up torch's own FLOP formulas, the second derivatives of the gradient penalty included.

    torch's FlopCounterMode follows modules by hooks that `torch.autograd.grad` does not bear.
    """

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if formula := flop_registry.get(func._overloadpacket):
            self.total += formula(*args, **(kwargs or {}), out_val=out)
        return out
