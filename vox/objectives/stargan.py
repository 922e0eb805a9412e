"""A generator told whom to sound like, against a discriminator that tells real and whose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from vox.errors import VoxError
from vox.fields import number
from vox.models.specs import DiscriminatorLayers, GeneratorLayers, LayerDefaults
from vox.objectives.base import Draws, Objective
from vox.objectives.classifier import Classification, Reduction
from vox.representation.base import Analysis

if TYPE_CHECKING:
    import torch

    from vox.labels import LabelSpace
    from vox.models.network import Network
    from vox.objectives.base import Networks, Terms
    from vox.objectives.stargan_steps import Batch


@dataclass(frozen=True, kw_only=True)
class StarGAN(Objective):
    """StarGAN (arXiv 1711.09020) with a Wasserstein critic and gradient penalty.

    Attributes
    ----------
    generator, discriminator
        The layers of the networks.
    layer_defaults
        What their notation leaves open.
    label_flags
        Whether the generator is told which groups are labelled, a flag each.
    label_dropping
        Probability with which a label is dropped in training, `vox.labels.drop_labels` (fbf548f6).
    critic_steps
        Discriminator steps in an iteration, before its one generator step.
    critic_rate
        Of the discriminator, as a multiple of the learning rate.
    gradient_penalty_weight, gradient_penalty_of
        Weight of (norm - 1)^2, and whether the gradient is that of the sum or of the mean of the
        adversarial map.
    critic_classification_weight, classified
        Weight of the discriminator's classification, and the image it classifies: ``"real"``
        (StarGAN's) or ``"fake"`` (as 47c97768 draws it).
    classification_loss, classification_reduction
        Sigmoid cross entropy of every class, or softmax a group; ``"mean"`` over all that is
        labelled (Chainer's default), or ``"sum"`` over the classes and mean over the batch
        (StarGAN's).
    adversarial_weight, classification_weight, reconstruction_weight, identity_weight,
    feature_matching_weight
        Of the generator's losses.
    """

    kind: ClassVar[str] = "stargan"
    networks: ClassVar[tuple[str, ...]] = ("generator", "discriminator")
    classifies: ClassVar[str | None] = "discriminator"
    converts: ClassVar[bool] = True
    minibatches: ClassVar[int] = 2
    mixed: ClassVar[bool] = True
    exact: ClassVar[tuple[str, ...]] = ("critic_penalty",)

    generator: GeneratorLayers
    discriminator: DiscriminatorLayers
    layer_defaults: LayerDefaults = LayerDefaults()
    label_flags: bool = True
    label_dropping: float = number(0.0, least=0, most=1)
    critic_steps: int = number(5, above=0)
    critic_rate: float = number(1.0, above=0)
    gradient_penalty_weight: float = number(10.0, least=0)
    gradient_penalty_of: Literal["sum", "mean"] = "sum"
    critic_classification_weight: float = number(1.0, least=0)
    classified: Literal["real", "fake"] = "real"
    classification_loss: Classification = "sigmoid"
    classification_reduction: Reduction = "mean"
    adversarial_weight: float = number(1.0, least=0)
    classification_weight: float = number(1.0, least=0)
    reconstruction_weight: float = number(10.0, least=0)
    identity_weight: float = number(10.0, least=0)
    feature_matching_weight: float = number(10.0, least=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.discriminator.adversarial is None:
            raise VoxError(
                "a generator needs a critic: discriminator.adversarial must be a layer, not None"
            )

    @property
    def slots(self) -> tuple[str, ...]:
        """The discriminator's steps, and then the generator's."""
        return (*["discriminator"] * self.critic_steps, "generator")

    @property
    def classes(self) -> str:  # type: ignore[override]
        """What turns logits into probabilities."""
        return self.classification_loss

    @property
    def ports(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Labels in, feature and adversarial map out; a sigmoid ends the generator."""
        return {
            ("input", "labels"): ("Labels", "{0, 1}"),
            ("output", "image"): ("Spectrogram", "(0, 1)"),
            ("output", "feature"): ("Feature", ""),
            ("output", "adversarial"): ("Adversarial", ""),
        }

    def rate(self, network: str) -> float:
        """The discriminator's is `critic_rate`."""
        return self.critic_rate if network == "discriminator" else 1.0

    def network(self, name: str, labels: LabelSpace, width: float) -> Network:
        """Build the generator or the discriminator."""
        from vox.models.discriminator import Discriminator
        from vox.models.generator import Generator

        if name == "discriminator":
            return Discriminator(self.discriminator.scaled(width), labels, self.layer_defaults)
        size = labels.input_size if self.label_flags else labels.target_size
        return Generator(self.generator.scaled(width), size, self.layer_defaults)

    def batch(self, draws: Draws) -> Batch:
        """Return two minibatches, A and B, and the mix of the gradient penalty."""
        from vox.objectives.stargan_steps import Batch

        return Batch(*draws.minibatch(0), *draws.minibatch(1), draws.uniform())

    def losses(self, network: str, networks: Networks, labels: LabelSpace, batch: Batch) -> Terms:
        """Return the losses of a discriminator's or a generator's step."""
        from vox.objectives import stargan_steps

        step = {
            "discriminator": stargan_steps.critic_losses,
            "generator": stargan_steps.generator_losses,
        }[network]
        return step(self, networks, labels, batch)

    def weights(self, network: str) -> dict[str, float]:
        """Return the weights of a network's losses."""
        if network == "discriminator":
            return {
                "critic_wasserstein": 1.0,
                "critic_penalty": self.gradient_penalty_weight,
                "critic_classification": self.critic_classification_weight,
            }
        return {
            "adversarial": self.adversarial_weight,
            "classification": self.classification_weight,
            "reconstruction": self.reconstruction_weight,
            "identity": self.identity_weight,
            "feature_matching": self.feature_matching_weight,
        }

    def converted(
        self, networks: Networks, labels: LabelSpace, analysis: Analysis, index: torch.Tensor
    ) -> Analysis:
        """Let the generator convert images to labels."""
        image = analysis.image
        vector = labels.inputs(index, self.label_flags).to(image.device)
        return analysis.with_image(networks["generator"](image, vector.expand(len(image), -1)))
