"""Data-parallel training: the processes that `torchrun` starts share each minibatch.

Every process holds all weights and draws the same minibatch, of which it computes its own share;
gradients are averaged before each step, so the weights stay the same everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist

from vox.errors import VoxError


class Processes:
    """The processes that train a run together; one that trains alone is one of one.

    Attributes
    ----------
    size
        How many there are.
    rank
        This one's number; 0 is the one that writes.
    """

    def __init__(self) -> None:
        together = dist.is_initialized()
        self.size = dist.get_world_size() if together else 1
        self.rank = dist.get_rank() if together else 0

    @property
    def writes(self) -> bool:
        """Whether this process is the one that writes files and shows progress."""
        return self.rank == 0

    def share(self, count: int) -> slice:
        """Return which windows of a minibatch of `count` are this process's own.

        Raises
        ------
        VoxError
            They are fewer than two a process: batch normalisation needs two.
        """
        if count < 2 * self.size and self.size > 1:
            raise VoxError(
                f"a minibatch of {count} cannot be shared by {self.size} processes: each needs at "
                f"least 2 windows; raise batch_size to {2 * self.size}, or start fewer"
            )
        return slice(count * self.rank // self.size, count * (self.rank + 1) // self.size)

    def average(self, tensors: list[torch.Tensor], count: int) -> None:
        """Replace tensors by their means over all processes, weighed by their shares of `count`."""
        if self.size == 1:
            return
        mine = self.share(count)
        weight = (mine.stop - mine.start) / count
        together = torch.cat([tensor.flatten() for tensor in tensors]).mul_(weight)
        dist.all_reduce(together)
        means = together.split([tensor.numel() for tensor in tensors])
        shaped = [mean.view_as(tensor) for tensor, mean in zip(tensors, means, strict=True)]
        torch._foreach_copy_(tensors, shaped)

    def means(self, values: torch.Tensor, may_miss: torch.Tensor, count: int) -> torch.Tensor:
        """Return the means of numbers over all processes, weighed by their shares of `count`.

        Parameters
        ----------
        values
            Shape ``(n,)``.
        may_miss
            Which of them are nan where a process has nothing to say, and are left out there;
            another that is nan anywhere stays nan. Shape ``(n,)``, bool.
        count
            Windows of the minibatch.
        """
        left_out = may_miss & values.isnan()
        both = torch.stack([values.masked_fill(left_out, 0.0), (~left_out).to(values)])
        mine = self.share(count)
        dist.all_reduce(both.mul_((mine.stop - mine.start) / count))
        return both[0] / both[1]

    def any(self, here: bool) -> bool:
        """Whether it is so in any process."""
        if self.size == 1:
            return here
        flag = torch.tensor(int(here))
        dist.all_reduce(flag, op=dist.ReduceOp.MAX)
        return bool(flag)

    def from_writer(self, value: Any) -> Any:
        """Return what the writing process has, in all of them."""
        if self.size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box)
        return box[0]


@contextmanager
def joined(device: torch.device) -> Iterator[Processes]:
    """Join the processes that `torchrun` started, or be alone where it started none.

    A process group that is there already is used and left as it is.

    Parameters
    ----------
    device
        Where this process computes: gradients meet over NCCL on CUDA and over gloo elsewhere.
    """
    if dist.is_initialized() or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Processes()
        return
    # what is on the CPU (flags, checkpoints) goes over gloo in any case
    dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")
    yield Processes()
    dist.destroy_process_group()  # after an error it would wait for the others, who wait too
