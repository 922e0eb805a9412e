"""StarGAN's two steps: the discriminator's losses and the generator's.

A step sees two minibatches (47c97768): A, the source, which is converted; and B, the reference,
whose labels are the target. ``fake = G(A's image, B's labels)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import nn

from vox.labels import LabelSpace
from vox.models.discriminator import Discriminator
from vox.models.generator import Generator
from vox.objectives import losses

if TYPE_CHECKING:
    from vox.objectives.base import Networks, Terms
    from vox.objectives.stargan import StarGAN


@dataclass(frozen=True)
class Batch:
    """What one step is given.

    Attributes
    ----------
    source, reference
        Images of A and B, shape ``(batch, 1, time, frequency)``.
    source_labels, reference_labels
        Their label indices, shape ``(batch, groups)``.
    mix
        Uniform numbers of the gradient penalty, shape ``(batch,)``.
    """

    source: torch.Tensor
    source_labels: torch.Tensor
    reference: torch.Tensor
    reference_labels: torch.Tensor
    mix: torch.Tensor


def critic_losses(o: StarGAN, networks: Networks, space: LabelSpace, b: Batch) -> Terms:
    """Return the discriminator's losses, unweighted; none reaches the generator.

    The Wasserstein distance is between fake and A's image, the penalty between fake and B's, as
    47c97768 has it; classification is of A's image, or of fake as drawn there, by A's labels.
    """
    generator, discriminator = _both(networks)
    with torch.no_grad():
        fake = generator(b.source, space.inputs(b.reference_labels, o.label_flags))
    real, judged = discriminator.features(b.source, fake)
    logits = discriminator.classify(real if o.classified == "real" else judged)
    head = discriminator.adversarial
    return {
        "critic_wasserstein": losses.wasserstein(head(judged), head(real)),
        "critic_penalty": losses.gradient_penalty(
            discriminator.critic, fake, b.reference, b.mix, o.gradient_penalty_of
        ),
        "critic_classification": _classification(o, space, logits, b.source_labels),
        **losses.accuracies(space, logits, b.source_labels),
    }


def generator_losses(o: StarGAN, networks: Networks, space: LabelSpace, b: Batch) -> Terms:
    """Return the generator's losses, unweighted; none reaches the discriminator.

    A loss whose weight is 0 and which needs a pass of its own (reconstruction, identity) is left
    out.
    """
    generator, discriminator = _both(networks)
    own_labels = space.inputs(b.source_labels, o.label_flags)
    fake = generator(b.source, space.inputs(b.reference_labels, o.label_flags))
    with frozen(discriminator):
        judged = discriminator(fake)
    with torch.no_grad():
        wanted = discriminator.body(b.reference)
    terms = {
        "adversarial": losses.adversarial(judged.adversarial),
        "classification": _classification(o, space, judged.classes, b.reference_labels),
        "feature_matching": losses.distance(judged.feature, wanted),
    }
    if o.reconstruction_weight:
        terms["reconstruction"] = losses.distance(generator(fake, own_labels), b.source)
    if o.identity_weight:
        terms["identity"] = losses.distance(generator(b.source, own_labels), b.source)
    return terms


def _both(networks: Networks) -> tuple[Generator, Discriminator]:
    return cast(Generator, networks["generator"]), cast(Discriminator, networks["discriminator"])


def _classification(
    o: StarGAN, space: LabelSpace, logits: torch.Tensor, index: torch.Tensor
) -> torch.Tensor:
    return losses.of_classes(
        o.classification_loss, o.classification_reduction, space, logits, index
    )


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Let gradients pass through a module without gathering any for its weights."""
    kept = [(p, p.requires_grad) for p in module.parameters()]
    for parameter, _ in kept:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter, required in kept:
            parameter.requires_grad_(required)
