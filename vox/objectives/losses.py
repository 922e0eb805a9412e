"""The losses as pure functions of tensors.

None of them is weighted: weights are fields of the objectives. Classification targets hold -1 all
through a group that is not labelled, and -1 is ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F

from vox.labels import LabelSpace
from vox.precision import exactly

if TYPE_CHECKING:
    from vox.objectives.base import Terms


def wasserstein(fake: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """Critic's estimate ``E[D(fake)] - E[D(real)]`` (arXiv 1701.07875), to be made small.

    Parameters
    ----------
    fake, real
        Adversarial maps, shape ``(batch, 1, time, frequency)``.

    Examples
    --------
    >>> wasserstein(torch.tensor([1.0, 3.0]), torch.tensor([5.0, 5.0])).item()
    -3.0
    """
    return _wide(fake).mean() - _wide(real).mean()


def adversarial(fake: torch.Tensor) -> torch.Tensor:
    """Generator's side of `wasserstein`: ``-E[D(fake)]``."""
    return -_wide(fake).mean()


def _wide(x: torch.Tensor) -> torch.Tensor:
    """A mean keeps the precision of what it is of: three digits of bfloat16 are too few."""
    return x.float() if x.dtype == torch.bfloat16 else x


def gradient_penalty(
    critic: Callable[[torch.Tensor], torch.Tensor],
    fake: torch.Tensor,
    real: torch.Tensor,
    mix: torch.Tensor,
    of: Literal["sum", "mean"] = "sum",
) -> torch.Tensor:
    """Mean over the batch of ``(|gradient of D| - 1)^2`` between fake and real (arXiv 1704.00028).

    Parameters
    ----------
    critic
        Maps images to an adversarial map, shape ``(batch, 1, time, frequency)`` or ``(batch,)``.
    fake, real
        Images, shape ``(batch, 1, time, frequency)``.
    mix
        Share of `real` in each mixed image, shape ``(batch,)``, uniform in [0, 1].
    of
        Whether the map is summed (StarGAN's code, and Chainer's) or averaged into one number.

    Examples
    --------
    A linear critic with the weights (3, 4) has a gradient of norm 5 everywhere:

    >>> weights = torch.tensor([3.0, 4.0]).view(1, 1, 1, 2)
    >>> images = torch.zeros(6, 1, 1, 2), torch.ones(6, 1, 1, 2)
    >>> gradient_penalty(lambda x: (x * weights).sum((1, 2, 3)), *images, torch.rand(6)).item()
    16.0
    """
    with exactly(real.device):
        share = mix.view(-1, 1, 1, 1)
        mixed = (share * real + (1 - share) * fake).detach().requires_grad_()
        adversarial_map = critic(mixed)
        value = adversarial_map.sum()
        if of == "mean":
            value = value / adversarial_map[0].numel()
        (gradient,) = torch.autograd.grad(value, mixed, create_graph=True)
        norm = gradient.flatten(1).norm(dim=1)
        return (norm - 1).square().mean()


def classification(
    logits: torch.Tensor, target: torch.Tensor, reduction: Literal["mean", "sum"] = "mean"
) -> torch.Tensor:
    """Sigmoid cross entropy in which targets of -1 are ignored.

    Parameters
    ----------
    logits
        Shape ``(batch, target_size)``.
    target
        Same shape, in {-1, 0, 1}.
    reduction
        ``"mean"`` over every element that is not ignored (Chainer's default), or ``"sum"`` over
        the classes and mean over the batch (StarGAN's).

    Returns
    -------
    torch.Tensor
        A scalar; 0 when everything is ignored.

    Examples
    --------
    >>> logits, target = torch.tensor([[0.0, 9.0]]), torch.tensor([[1.0, -1.0]])
    >>> round(classification(logits, target).item(), 4)  # ln 2: the second element is ignored
    0.6931
    """
    counted = target >= 0
    wanted = target.clamp_min(0).to(logits)
    each = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    total = each.masked_fill(~counted, 0.0).sum()  # `where` would fetch its 0 to the device
    return total / (len(target) if reduction == "sum" else counted.sum().clamp_min(1))


def softmax_classification(
    logits: Sequence[torch.Tensor],
    index: torch.Tensor,
    reduction: Literal["mean", "sum"] = "mean",
) -> torch.Tensor:
    """Softmax cross entropy of each label group, added up; unlabelled recordings are ignored.

    Parameters
    ----------
    logits
        Of each group, shape ``(batch, classes)``.
    index
        Shape ``(batch, groups)``, with -1 where a group is not labelled.
    reduction
        Of each group: ``"mean"`` over its labelled recordings (Chainer's default), or ``"sum"``
        over them, divided by the batch.

    Returns
    -------
    torch.Tensor
        A scalar; 0 when nothing is labelled.

    Examples
    --------
    >>> logits, index = [torch.zeros(2, 8), torch.zeros(2, 2)], torch.tensor([[3, -1], [7, -1]])
    >>> round(softmax_classification(logits, index).item(), 4)  # ln 8: nobody's sex is labelled
    2.0794
    """
    total = torch.zeros((), device=index.device)
    for group, wanted in zip(logits, index.unbind(dim=1), strict=True):
        lost = F.cross_entropy(group, wanted, ignore_index=-1, reduction="sum")
        labelled = (wanted >= 0).sum().clamp_min(1)
        total = total + lost / (len(wanted) if reduction == "sum" else labelled)
    return total


def accuracy(logits: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Share of the labelled recordings whose class has the highest logit; nan if there is none.

    Parameters
    ----------
    logits
        Of one group, shape ``(batch, classes)``.
    index
        Shape ``(batch,)``, with -1 where the group is not labelled.

    Examples
    --------
    >>> accuracy(torch.eye(3), torch.tensor([0, 2, -1])).item()
    0.5
    """
    labelled = index >= 0
    return ((logits.argmax(dim=1) == index) & labelled).sum() / labelled.sum()


def distance(image: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Mean squared error: reconstruction, identity and feature matching use it."""
    return F.mse_loss(image, other)


def of_classes(
    kind: Literal["sigmoid", "softmax"],
    reduction: Literal["mean", "sum"],
    space: LabelSpace,
    logits: torch.Tensor,
    index: torch.Tensor,
) -> torch.Tensor:
    """Return `classification` or `softmax_classification` of all groups of a label space.

    Parameters
    ----------
    kind, reduction, space
        Which loss; the label space.
    logits
        Shape ``(batch, target_size)``.
    index
        Shape ``(batch, groups)``.
    """
    if kind == "softmax":
        return softmax_classification(space.split(logits), index, reduction)
    return classification(logits, space.targets(index), reduction)


def accuracies(space: LabelSpace, logits: torch.Tensor, index: torch.Tensor) -> Terms:
    """Return the accuracy of each label group, to be watched.

    Shapes as for `of_classes`.
    """
    groups = zip(space.groups, space.split(logits.detach()), index.unbind(dim=1), strict=True)
    return {f"accuracy_{g.name}": accuracy(part, wanted) for g, part, wanted in groups}
