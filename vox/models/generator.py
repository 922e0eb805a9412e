"""The generator: an image and labels in, an image of the same shape out."""

from __future__ import annotations

import torch
from torch import nn

from vox.models.layers import Concat, ConvBlock, LabelBlock, ResBlock, stack
from vox.models.network import Network
from vox.models.specs import GeneratorLayers, LayerDefaults


class Generator(Network):
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

    def inputs(self, shape: tuple[int, int]) -> dict[str, torch.Tensor]:
        """Return inputs of the right shapes; an image of `shape` and labels."""
        return {**super().inputs(shape), "labels": torch.zeros(2, self.label_size)}

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
