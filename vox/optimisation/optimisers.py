"""The optimisers that experiments use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vox.fields import number
from vox.optimisation.base import Optimisation

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class RMSprop(Optimisation):
    """RMSprop, as all pages of 2019 use it.

    Attributes
    ----------
    smoothing
        Share of the old mean square that is kept a step (torch's alpha).
    epsilon
        Added to its root.
    """

    kind: ClassVar[str] = "rmsprop"
    smoothing: float = number(0.99, least=0, below=1)
    epsilon: float = number(1e-8, least=0)

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        """Return an RMSprop that makes no temporaries."""
        from vox.optimisation.piecewise import PiecewiseRMSprop

        return PiecewiseRMSprop(
            parameters, lr=self.learning_rate, alpha=self.smoothing, eps=self.epsilon,
            capturable=self.graph,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Adam(Optimisation):
    """Adam (arXiv 1412.6980), with decoupled weight decay where it is not 0.

    Attributes
    ----------
    beta1, beta2
        Share of the old mean and mean square that is kept a step.
    epsilon
        Added to the root.
    weight_decay
        Share of the weights, times the rate, that a step takes away.
    """

    kind: ClassVar[str] = "adam"
    beta1: float = number(0.9, least=0, below=1)
    beta2: float = number(0.999, least=0, below=1)
    epsilon: float = number(1e-8, least=0)
    weight_decay: float = number(0.0, least=0)

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        """Return torch's AdamW, which is Adam where nothing decays."""
        import torch

        return torch.optim.AdamW(
            parameters, lr=self.learning_rate, betas=(self.beta1, self.beta2), eps=self.epsilon,
            weight_decay=self.weight_decay, capturable=self.graph,
        )  # fmt: skip
