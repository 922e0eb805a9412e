"""What every optimisation has: a rate, and how it falls."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vox.fields import Part, number

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class Optimisation(Part, ABC):
    """How weights follow their gradients.

    Attributes
    ----------
    learning_rate
        At the beginning.
    learning_rate_decay, decay_epochs
        The rate is multiplied by the one each so many epochs (0: never).
    schedule
        ``"steps"`` as above, or ``"cosine"``: it falls to 0 over the whole run (arXiv 1608.03983).
    warm_up
        Epochs over which the rate rises from 0 first.
    clip
        Norm of all gradients together that they are brought down to; 0 leaves them.
    precision
        In which layers compute: ``"float32"``; ``"tf32"``, float32 numbers multiplied with 10 bits
        after the point (CUDA); ``"bf16"``, bfloat16 with 7. Weights, losses, optimisers and the
        gradient penalty are float32 in any case.
    deterministic
        The same device gives the same numbers to the bit each time; slower on CUDA. A CPU does so
        anyway.
    graph
        An iteration is one CUDA graph: nothing waits for Python. Needs CUDA and one process.
    """

    learning_rate: float = number(1e-5, above=0, most=1e38)
    learning_rate_decay: float = number(10**-0.5, least=0)
    decay_epochs: int = number(0, least=0)

    schedule: Literal["steps", "cosine"] = "steps"
    warm_up: float = number(0.0, least=0)
    clip: float = number(0.0, least=0)

    precision: Literal["float32", "tf32", "bf16"] = "float32"
    deterministic: bool = False
    graph: bool = False

    def rate(self, epoch: float, epochs: float = math.inf) -> float:
        """Return the rate in force at an epoch of so many.

        Examples
        --------
        >>> import vox
        >>> decaying = vox.experiment("cfcefd21").optimisation
        >>> [f"{decaying.rate(epoch):.2e}" for epoch in (0, 99.9, 100, 999)]
        ['1.00e-05', '1.00e-05', '3.16e-06', '3.16e-10']
        """
        if epoch < self.warm_up:
            return self.learning_rate * (epoch + 1e-3) / self.warm_up
        if self.schedule == "cosine":
            return self.learning_rate * (0.5 + 0.5 * math.cos(math.pi * min(1, epoch / epochs)))
        if not self.decay_epochs:
            return self.learning_rate
        return self.learning_rate * self.learning_rate_decay ** int(epoch // self.decay_epochs)

    @abstractmethod
    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        """Return the optimiser of some weights."""
