"""The discriminator: an image in; a feature, classes and an adversarial map out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import nn

from vox.models.layers import Conv, ConvBlock, LayerDefaults, stack


@dataclass(frozen=True)
class DiscriminatorLayers:
    """The layers of a discriminator.

    Attributes
    ----------
    body
        From the image to the feature.
    classes
        The class head; its channels are one a class (None).
    adversarial
        The adversarial head.
    """

    body: tuple[Conv, ...]
    classes: Conv
    adversarial: Conv

    def scaled(self, width: float) -> DiscriminatorLayers:
        """Return the same layers with `width` times the channels inside."""
        return replace(self, body=tuple(layer.scaled(width) for layer in self.body))


class Judgement(NamedTuple):
    """What a discriminator says of a batch of images.

    Attributes
    ----------
    feature
        Shape ``(batch, channels, time, frequency)``.
    classes
        Logits, shape ``(batch, target_size)``.
    adversarial
        Shape ``(batch, 1, time, frequency)``: high is real.
    """

    feature: torch.Tensor
    classes: torch.Tensor
    adversarial: torch.Tensor


class Discriminator(nn.Module):
    """A discriminator with a class head and an adversarial head on one feature.

    Parameters
    ----------
    layers
        What it is made of.
    target_size
        Number of classes of all groups together.
    defaults
        What the layers' notation leaves open.
    """

    def __init__(
        self, layers: DiscriminatorLayers, target_size: int, defaults: LayerDefaults
    ) -> None:
        super().__init__()
        self.body, channels = stack(1, layers.body, defaults)
        self.classes = ConvBlock(channels, layers.classes, defaults, classes=target_size)
        self.adversarial = ConvBlock(channels, layers.adversarial, defaults)

    def forward(self, image: torch.Tensor) -> Judgement:
        """Judge images of shape ``(batch, 1, time, frequency)`` in [0, 1]."""
        feature = self.body(image)
        return Judgement(feature, self.classes(feature).flatten(1), self.adversarial(feature))

    def critic(self, image: torch.Tensor) -> torch.Tensor:
        """Return the adversarial map alone: the gradient penalty needs no class head.

        Shapes as in `forward` and `Judgement`.
        """
        adversarial: torch.Tensor = self.adversarial(self.body(image))
        return adversarial
