"""The generator: an image and labels in, an image of the same shape out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import nn

from vox.models.layers import Concat, Conv, ConvBlock, LabelBlock, LayerDefaults, ResBlock, stack
from vox.models.summary import Summary


@dataclass(frozen=True)
class GeneratorLayers:
    """The layers of a generator, from its input to its output.

    Attributes
    ----------
    downsampling
        From the image to the bottleneck's resolution.
    merge
        Takes the downsampled image and the repeated labels together.
    block, blocks
        The residual block of the bottleneck, and how many follow each other.
    upsampling
        Back to the image's resolution.
    output
        The last layer, with the image's single channel.
    skip
        Whether the downsampled image joins again behind the bottleneck (54314b33).
    """

    downsampling: tuple[Conv, ...]
    merge: Conv
    block: Conv
    blocks: int
    upsampling: tuple[Conv, ...]
    output: Conv
    skip: bool = False

    def scaled(self, width: float) -> GeneratorLayers:
        """Return the same layers with `width` times the channels inside."""
        return replace(
            self,
            downsampling=tuple(layer.scaled(width) for layer in self.downsampling),
            merge=self.merge.scaled(width),
            block=self.block.scaled(width),
            upsampling=tuple(layer.scaled(width) for layer in self.upsampling),
        )

    def turned(self) -> GeneratorLayers:
        """Return the same layers with time and frequency exchanged in the bottleneck's filters."""
        return replace(self, merge=self.merge.turned(), block=self.block.turned())


class Generator(Summary):
    """A generator whose labels join at the bottleneck.

    Parameters
    ----------
    layers
        What it is made of.
    label_size
        Length of the label vectors.
    defaults
        What the layers' notation leaves open.
    """

    returns = ("image",)

    def __init__(self, layers: GeneratorLayers, label_size: int, defaults: LayerDefaults) -> None:
        super().__init__()
        self.label_size = label_size
        self.downsampling, encoded = stack(1, layers.downsampling, defaults)
        self.merge = LabelBlock(encoded + label_size, layers.merge, defaults)
        channels = self.merge.out_channels
        self.bottleneck = nn.Sequential(
            *(ResBlock(channels, layers.block, defaults) for _ in range(layers.blocks))
        )
        self.skip = Concat() if layers.skip else None
        self.upsampling, channels = stack(
            channels + encoded if layers.skip else channels, layers.upsampling, defaults
        )
        self.output = ConvBlock(channels, layers.output, defaults)

    def forward(self, image: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Convert images.

        Parameters
        ----------
        image
            Shape ``(batch, 1, time, frequency)`` in [0, 1]; both axes multiples of the
            downsampling, 8 in cfcefd21.
        labels
            Shape ``(batch, label_size)`` in {0, 1}, from `vox.labels.LabelSpace.inputs`.

        Returns
        -------
        torch.Tensor
            Shape ``(batch, 1, time, frequency)`` in (0, 1).
        """
        encoded = self.downsampling(image)
        decoded = self.bottleneck(self.merge(encoded, labels))
        if self.skip is not None:
            decoded = self.skip(decoded, encoded)
        converted: torch.Tensor = self.output(self.upsampling(decoded))
        return converted
