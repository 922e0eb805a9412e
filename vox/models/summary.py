"""What the layers of a network are, in the words of the pages, and a network as a table."""

from __future__ import annotations

from torch import nn

from vox.models.layers import Concat, ConvBlock, Pool, ResBlock, by
from vox.table import Table

LAYERS = (ConvBlock, ResBlock, Concat, Pool)


class Summary(nn.Module):
    """A network that shows itself in Jupyter as a table of its layers.

    Attributes
    ----------
    returns
        Names of what its ``forward`` returns.
    """

    returns: tuple[str, ...]

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
    words = {Concat: "concat", Pool: "global average pooling"}
    return (words[type(module)],)


def _convolution(block: ConvBlock) -> tuple[str, str]:
    c = block.conv
    kind = "Deconvolution" if isinstance(c, nn.ConvTranspose2d) else "Convolution"
    sizes = f"n: {c.out_channels}, k: {by(c.kernel_size)}, stride: {by(c.stride)}"
    return kind, f"{sizes}, pad: {by(c.padding)}"  # type: ignore[arg-type]


def _rest(block: ConvBlock) -> tuple[str, ...]:
    names = {nn.BatchNorm2d: "BatchNormalization", nn.Sigmoid: "sigmoid"}
    return tuple(
        names.get(type(module), type(module).__name__)
        for module in (block.norm, block.activation)
        if not isinstance(module, nn.Identity)
    )
