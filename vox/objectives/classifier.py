"""A network that tells the labels of an image: 7a184ccb, e19098ab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from vox.errors import VoxError
from vox.models.specs import DiscriminatorLayers, LayerDefaults
from vox.objectives.base import Draws, Objective

if TYPE_CHECKING:
    import torch

    from vox.labels import LabelSpace
    from vox.models.network import Network
    from vox.objectives.base import Networks, Terms

Classification = Literal["sigmoid", "softmax"]
Reduction = Literal["mean", "sum"]


@dataclass(frozen=True, kw_only=True)
class Classifier(Objective):
    """A classifier alone.

    Attributes
    ----------
    layers
        Of the network; it has no adversarial head.
    layer_defaults
        What their notation leaves open.
    classification_loss, classification_reduction
        As for `vox.objectives.StarGAN`.
    """

    kind: ClassVar[str] = "classifier"
    networks: ClassVar[tuple[str, ...]] = ("classifier",)
    classifies: ClassVar[str | None] = "classifier"

    layers: DiscriminatorLayers
    layer_defaults: LayerDefaults = LayerDefaults()
    classification_loss: Classification = "sigmoid"
    classification_reduction: Reduction = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.layers.adversarial is not None:
            raise VoxError("a classifier alone has no adversarial head: layers.adversarial is None")

    @property
    def classes(self) -> str:  # type: ignore[override]
        """What turns logits into probabilities."""
        return self.classification_loss

    def network(self, name: str, labels: LabelSpace, width: float) -> Network:
        """Build the classifier."""
        from vox.models.discriminator import Classifier as Module

        return Module(self.layers.scaled(width), labels, self.layer_defaults)

    def batch(self, draws: Draws) -> tuple[torch.Tensor, torch.Tensor]:
        """Return images and their label indices."""
        return draws.minibatch(0)

    def losses(
        self, network: str, networks: Networks, labels: LabelSpace,
        batch: tuple[torch.Tensor, torch.Tensor],
    ) -> Terms:  # fmt: skip
        """Return the classification loss and the accuracy of each group."""
        from vox.objectives import losses

        image, index = batch
        logits = networks["classifier"](image)
        return {
            "classification": losses.of_classes(
                self.classification_loss, self.classification_reduction, labels, logits, index
            ),
            **losses.accuracies(labels, logits, index),
        }

    def weights(self, network: str) -> dict[str, float]:
        """Return the one weight there is."""
        return {"classification": 1.0}
