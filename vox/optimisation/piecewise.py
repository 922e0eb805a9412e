"""RMSprop as torch has it, without its temporaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

PIECE = 2**17  # numbers: what a step touches of three tensors then stays in a core's cache


class PiecewiseRMSprop(torch.optim.RMSprop):
    """`torch.optim.RMSprop`, which anywhere but on CUDA works through large weights piece by piece.

    torch's own step makes a temporary as large as the weight and passes over all of memory five
    times; this one computes the same numbers to the bit. It has no momentum, centring or weight
    decay, which no experiment uses.

    Parameters
    ----------
    parameters
        To be trained.
    lr, alpha, eps, capturable
        As torch has them.
    """

    def __init__(
        self, parameters: Any, *, lr: float, alpha: float, eps: float, capturable: bool = False
    ) -> None:
        super().__init__(parameters, lr=lr, alpha=alpha, eps=eps, capturable=capturable)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Take one step; as torch's."""
        first = self.param_groups[0]
        on_cuda = first["params"][0].device.type == "cuda"
        if closure is not None or on_cuda or first["foreach"]:
            return super().step(closure)
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._step(p, p.grad, group)
        return None

    def _step(self, p: torch.Tensor, gradient: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:  # what torch's own step would make
            state["step"] = torch.zeros(())
            state["square_avg"] = torch.zeros_like(p)
        state["step"] += 1
        alpha, eps, lr = group["alpha"], group["eps"], group["lr"]
        pieces = (tensor.view(-1).split(PIECE) for tensor in (p, gradient, state["square_avg"]))
        for weight, slope, square in zip(*pieces, strict=True):
            if p.is_meta and weight.storage_offset():
                break  # no numbers: one piece stands for all, and takes the same memory
            square.mul_(alpha).addcmul_(slope, slope, value=1 - alpha)
            weight.addcdiv_(slope, square.sqrt().add_(eps), value=-lr)
