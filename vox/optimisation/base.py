"""What every optimisation has: a rate, and how it falls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    """

    learning_rate: float = number(1e-5, above=0)
    learning_rate_decay: float = number(10**-0.5, least=0)
    decay_epochs: int = number(0, least=0)

    def rate(self, epoch: float) -> float:
        """Return the rate in force at an epoch.

        Examples
        --------
        >>> import vox
        >>> decaying = vox.experiment("cfcefd21").optimisation
        >>> [f"{decaying.rate(epoch):.2e}" for epoch in (0, 99.9, 100, 999)]
        ['1.00e-05', '1.00e-05', '3.16e-06', '3.16e-10']
        """
        if not self.decay_epochs:
            return self.learning_rate
        return self.learning_rate * self.learning_rate_decay ** int(epoch // self.decay_epochs)

    @abstractmethod
    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        """Return the optimiser of some weights."""
