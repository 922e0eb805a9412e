"""The discriminator, and the classifier that it is without its adversarial head."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import torch
from torch import nn

from vox.errors import VoxError
from vox.labels import LabelSpace
from vox.models.layers import ConvBlock, Pool, stack
from vox.models.network import Network
from vox.models.specs import DiscriminatorLayers, LayerDefaults


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


class Classifier(Network):
    """A classifier: an image in, a logit for each class of each label group out.

    Parameters
    ----------
    layers
        What it is made of.
    labels
        The groups and their classes.
    defaults
        What the layers' notation leaves open.

    Examples
    --------
    >>> import vox
    >>> classifier = vox.experiment("e19098ab").classifier()
    >>> [head.out_channels for head in classifier.classes.values()]
    [1421, 53, 2]
    """

    returns: tuple[str, ...] = ("classes",)

    def __init__(
        self, layers: DiscriminatorLayers, labels: LabelSpace, defaults: LayerDefaults
    ) -> None:
        super().__init__()
        self.body, self.channels = stack(1, layers.body, defaults)

        def head(classes: int) -> nn.Module:
            conv = ConvBlock(self.channels, layers.classes, defaults, classes=classes)
            if not layers.pooled:
                return conv
            return nn.Sequential(OrderedDict(conv=conv, pool=Pool()))

        self.classes: nn.Module
        if layers.grouped:
            groups = zip(labels.groups, labels.sizes, strict=True)
            self.classes = nn.ModuleDict({group.name: head(size) for group, size in groups})
        else:
            self.classes = head(labels.target_size)

    def classify(self, feature: torch.Tensor) -> torch.Tensor:
        """Return logits of shape ``(batch, target_size)`` for the body's output."""
        heads = self.classes
        if isinstance(heads, nn.ModuleDict):
            return torch.cat([head(feature).flatten(1) for head in heads.values()], dim=1)
        logits: torch.Tensor = heads(feature).flatten(1)
        return logits

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Classify images of shape ``(batch, 1, time, frequency)`` in [0, 1]: logits."""
        return self.classify(self.body(image))


class Discriminator(Classifier):
    """A classifier with an adversarial head on its feature.

    Parameters as for `Classifier`.
    """

    returns = Judgement._fields
    free = ("feature", "adversarial")

    def __init__(
        self, layers: DiscriminatorLayers, labels: LabelSpace, defaults: LayerDefaults
    ) -> None:
        super().__init__(layers, labels, defaults)
        if layers.adversarial is None:
            raise VoxError("a discriminator needs an adversarial head")
        self.adversarial = ConvBlock(self.channels, layers.adversarial, defaults)

    def features(self, *images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the feature of several batches of images, in one pass where nothing mixes them.

        Batch normalisation would mix them, so with it (54314b33) each batch has its own pass.
        """
        if any(isinstance(module, nn.BatchNorm2d) for module in self.body.modules()):
            return tuple(self.body(batch) for batch in images)
        together: torch.Tensor = self.body(torch.cat(images))
        return together.split([len(batch) for batch in images])

    def forward(self, image: torch.Tensor) -> Judgement:  # type: ignore[override]
        """Judge images of shape ``(batch, 1, time, frequency)`` in [0, 1]."""
        feature = self.body(image)
        return Judgement(feature, self.classify(feature), self.adversarial(feature))

    def critic(self, image: torch.Tensor) -> torch.Tensor:
        """Return the adversarial map alone: the gradient penalty needs no class head.

        Shapes as in `forward` and `Judgement`.
        """
        adversarial: torch.Tensor = self.adversarial(self.body(image))
        return adversarial
