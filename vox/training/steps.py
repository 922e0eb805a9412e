"""One discriminator step and one generator step, written once.

A step sees two minibatches (47c97768): A, the source, which is converted; and B, the reference,
whose labels are the target. ``fake = G(A's image, B's labels)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from vox.definition import Experiment
from vox.labels import LabelSpace
from vox.models import Classifier, Discriminator, Generator
from vox.training import losses

Terms = dict[str, torch.Tensor]


def watched(name: str) -> bool:
    """Whether a term is no loss: it has no weight, and may be nan where nothing is labelled."""
    return name.startswith("accuracy_")


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


def critic_weights(e: Experiment) -> dict[str, float]:
    """Weights of the discriminator's losses, by name."""
    return {
        "critic_wasserstein": 1.0,
        "critic_penalty": e.gradient_penalty_weight,
        "critic_classification": e.critic_classification_weight,
    }


def generator_weights(e: Experiment) -> dict[str, float]:
    """Weights of the generator's losses, by name."""
    return {
        "adversarial": e.adversarial_weight,
        "classification": e.classification_weight,
        "reconstruction": e.reconstruction_weight,
        "identity": e.identity_weight,
        "feature_matching": e.feature_matching_weight,
    }


def classifier_weights(e: Experiment) -> dict[str, float]:
    """Weights of a classifier's losses, by name."""
    return {"classification": 1.0}


def classification(
    e: Experiment, space: LabelSpace, logits: torch.Tensor, index: torch.Tensor
) -> torch.Tensor:
    """Return the experiment's classification loss.

    Parameters
    ----------
    e, space
        Says which loss; the label space.
    logits
        Shape ``(batch, target_size)``.
    index
        Shape ``(batch, groups)``.
    """
    if e.classification_loss == "softmax":
        return losses.softmax_classification(space.split(logits), index, e.classification_reduction)
    return losses.classification(logits, space.targets(index), e.classification_reduction)


def accuracies(space: LabelSpace, logits: torch.Tensor, index: torch.Tensor) -> Terms:
    """Return the accuracy of each label group, to be watched.

    Shapes as for `classification`.
    """
    groups = zip(space.groups, space.split(logits.detach()), index.unbind(dim=1), strict=True)
    return {f"accuracy_{g.name}": losses.accuracy(part, wanted) for g, part, wanted in groups}


def classifier_losses(e: Experiment, classifier: Classifier, space: LabelSpace, b: Batch) -> Terms:
    """Return a classifier's loss and accuracies on A's image."""
    logits = classifier(b.source)
    return {
        "classification": classification(e, space, logits, b.source_labels),
        **accuracies(space, logits, b.source_labels),
    }


def critic_losses(
    e: Experiment, generator: Generator, discriminator: Discriminator, space: LabelSpace, b: Batch
) -> Terms:
    """Return the discriminator's losses, unweighted; none reaches the generator.

    The Wasserstein distance is between fake and A's image, the penalty between fake and B's, as
    47c97768 has it; classification is of A's image, or of fake as drawn there, by A's labels.
    """
    with torch.no_grad():
        fake = generator(b.source, space.inputs(b.reference_labels, e.label_flags))
    real, judged = discriminator.features(b.source, fake)
    logits = discriminator.classify(real if e.classified == "real" else judged)
    head = discriminator.adversarial
    return {
        "critic_wasserstein": losses.wasserstein(head(judged), head(real)),
        "critic_penalty": losses.gradient_penalty(
            discriminator.critic, fake, b.reference, b.mix, e.gradient_penalty_of
        ),
        "critic_classification": classification(e, space, logits, b.source_labels),
        **accuracies(space, logits, b.source_labels),
    }


def generator_losses(
    e: Experiment, generator: Generator, discriminator: Discriminator, space: LabelSpace, b: Batch
) -> Terms:
    """Return the generator's losses, unweighted; none reaches the discriminator.

    A loss whose weight is 0 and which needs a pass of its own (reconstruction, identity) is left
    out.
    """
    own_labels = space.inputs(b.source_labels, e.label_flags)
    fake = generator(b.source, space.inputs(b.reference_labels, e.label_flags))
    with frozen(discriminator):
        judged = discriminator(fake)
    with torch.no_grad():
        wanted = discriminator.body(b.reference)
    terms = {
        "adversarial": losses.adversarial(judged.adversarial),
        "classification": classification(e, space, judged.classes, b.reference_labels),
        "feature_matching": losses.distance(judged.feature, wanted),
    }
    if e.reconstruction_weight:
        terms["reconstruction"] = losses.distance(generator(fake, own_labels), b.source)
    if e.identity_weight:
        terms["identity"] = losses.distance(generator(b.source, own_labels), b.source)
    return terms


def step(
    optimizer: torch.optim.Optimizer,
    terms: Terms,
    weights: Mapping[str, float],
    average: Callable[[list[torch.Tensor]], None] = lambda gradients: None,
) -> Terms:
    """Take one optimiser step on the weighted sum and return the terms without their graph.

    Parameters
    ----------
    optimizer
        Of one network.
    terms
        Losses; each needs a weight, but for those that are only watched.
    weights
        By name.
    average
        Is given the gradients, to average them over several processes.

    Notes
    -----
    No gradient is left behind: the next step, of the other network, has the memory for its own.
    """
    costs = [weights[name] * term for name, term in terms.items() if not watched(name)]
    torch.stack(costs).sum().backward()
    weights_of = (p for group in optimizer.param_groups for p in group["params"])
    average([p.grad for p in weights_of if p.grad is not None])
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return {name: term.detach() for name, term in terms.items()}


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
