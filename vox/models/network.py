"""What every network has: its layers in the words of the pages, and itself as a table."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import nn

from vox.models.layers import Concat, ConvBlock, Pool, ResBlock
from vox.models.specs import by
from vox.table import Table


class TimeLayer(nn.Module, ABC):
    """A layer that describes itself; those of the converter work along time."""

    @abstractmethod
    def describe(self) -> tuple[str, ...]:
        """Return what it does, a line each."""


LAYERS = (ConvBlock, ResBlock, Concat, Pool, TimeLayer)


class Network(nn.Module):
    """A network that shows itself in Jupyter as a table of its layers.

    Attributes
    ----------
    returns
        Names of what its ``forward`` returns.
    free
        Those of them that may have any size; an ``image`` must have its input's, the rest 1 x 1.
    """

    returns: tuple[str, ...]
    free: tuple[str, ...] = ()

    def inputs(self, shape: tuple[int, int]) -> dict[str, torch.Tensor]:
        """Return what its ``forward`` takes, by name, for an image of (time, frequency)."""
        return {"image": torch.zeros(2, 1, *shape)}

    def table(self) -> Table:
        """Return each layer with its number of weights, and their sum."""
        rows = [
            (name, ", ".join(describe(module)), f"{_weights(module):,}")
            for name, module in self.named_modules()
            if isinstance(module, LAYERS)
            and not isinstance(self.get_submodule(name.rpartition(".")[0]), LAYERS)
        ]
        return Table(("layer", "what", "parameters"), [*rows, ("total", "", f"{_weights(self):,}")])

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def _weights(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def describe(module: nn.Module) -> tuple[str, ...]:
    """Describe a live layer in the words of the pages."""
    if isinstance(module, ConvBlock):
        return (*_convolution(module), *_rest(module))
    if isinstance(module, ResBlock):
        return ("ResBlock", _convolution(module.first)[1], *_rest(module.first))
    if isinstance(module, TimeLayer):
        return module.describe()
    words = {Concat: "concat", Pool: "global average pooling"}
    return (words[type(module)],)


def _convolution(block: ConvBlock) -> tuple[str, str]:
    c = block.conv
    kind = "Deconvolution" if isinstance(c, nn.ConvTranspose2d) else "Convolution"
    sizes = f"n: {c.out_channels}, k: {by(c.kernel_size)}, stride: {by(c.stride)}"
    return kind, f"{sizes}, pad: {by(c.padding)}"  # type: ignore[arg-type]


def _rest(block: ConvBlock) -> tuple[str, ...]:
    names = {
        nn.BatchNorm2d: "BatchNormalization", nn.InstanceNorm2d: "InstanceNormalization",
        nn.Sigmoid: "sigmoid", nn.Tanh: "tanh", nn.Softplus: "softplus",
    }  # fmt: skip
    behind = (block.norm, block.activation)
    return tuple(
        names.get(type(module), type(module).__name__)
        for module in (reversed(behind) if block.norm_last else behind)
        if not isinstance(module, nn.Identity)
    )
