import math

import pytest
import torch

from vox.objectives import losses


def test_gradient_penalty_by_hand():
    """A critic x -> w.x summed over its map has the gradient w everywhere: (|w| - 1)^2."""
    weights = torch.tensor([[2.0, 0.0], [0.0, 1.0]]).view(1, 1, 2, 2)
    fake, real = torch.randn(2, 5, 1, 2, 2)
    mix = torch.rand(5)
    expected = (math.sqrt(5) - 1) ** 2
    value = losses.gradient_penalty(lambda x: x * weights, fake, real, mix)
    assert value.item() == pytest.approx(expected, rel=1e-6)
    mean = losses.gradient_penalty(lambda x: x * weights, fake, real, mix, of="mean")
    assert mean.item() == pytest.approx((math.sqrt(5) / 4 - 1) ** 2, rel=1e-6)


def test_gradient_penalty_is_taken_between_fake_and_real():
    """x^2 / 2 has the gradient x: the penalty tells where it was taken."""
    fake, real = torch.zeros(1, 1, 1, 1), torch.full((1, 1, 1, 1), 3.0)
    for mix, at in ((0.0, 0.0), (1.0, 3.0), (0.25, 0.75)):
        value = losses.gradient_penalty(lambda x: x.square() / 2, fake, real, torch.tensor([mix]))
        assert value.item() == pytest.approx((at - 1) ** 2)


def test_gradient_penalty_reaches_the_critic():
    weight = torch.tensor(3.0, requires_grad=True)
    images = torch.zeros(2, 1, 1, 1)
    losses.gradient_penalty(lambda x: x * weight, images, images + 1, torch.rand(2)).backward()
    assert weight.grad.item() == pytest.approx(2 * (3 - 1))


def test_classification_ignores_minus_one():
    logits = torch.tensor([[2.0, -1.0, 50.0, -50.0]], requires_grad=True)
    target = torch.tensor([[1.0, 0.0, -1.0, -1.0]])
    softplus = [math.log1p(math.exp(-2)), math.log1p(math.exp(-1))]
    mean = losses.classification(logits, target)
    assert mean.item() == pytest.approx(sum(softplus) / 2)
    assert losses.classification(logits, target, "sum").item() == pytest.approx(sum(softplus))
    mean.backward()
    assert logits.grad[0, 2:].tolist() == [0, 0]
    assert (logits.grad[0, :2] != 0).all()


def test_classification_of_nothing_is_zero():
    nothing = losses.classification(torch.randn(2, 3), torch.full((2, 3), -1.0))
    assert nothing.item() == 0


def test_sum_weighs_as_many_times_more_as_there_are_classes():
    logits, target = torch.randn(4, 1476), torch.zeros(4, 1476)
    ratio = losses.classification(logits, target, "sum") / losses.classification(logits, target)
    assert ratio.item() == pytest.approx(1476, rel=1e-4)


def test_adversarial_losses_pull_apart():
    fake, real = torch.tensor([1.0, 3.0]), torch.tensor([0.0, 10.0])
    assert losses.wasserstein(fake, real).item() == -3
    assert losses.adversarial(fake).item() == -2


def test_softmax_is_taken_a_group_and_added_up():
    speaker, sex = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 9.0]]), torch.tensor([[4.0, 4.0]] * 2)
    index = torch.tensor([[2, 1], [-1, 0]])
    first = math.log(sum(math.exp(x) for x in (1, 2, 3))) - 3
    expected = first + math.log(2)
    value = losses.softmax_classification([speaker, sex], index)
    assert value.item() == pytest.approx(expected, rel=1e-6)
    summed = losses.softmax_classification([speaker, sex], index, "sum")
    assert summed.item() == pytest.approx(first / 2 + math.log(2), rel=1e-6)


def test_softmax_gives_no_gradient_to_what_is_not_labelled_and_is_0_for_nothing():
    logits = torch.randn(2, 5, requires_grad=True)
    losses.softmax_classification([logits], torch.tensor([[3], [-1]])).backward()
    assert logits.grad[0].abs().sum() > 0
    assert logits.grad[1].tolist() == [0.0] * 5
    assert losses.softmax_classification([logits], torch.full((2, 1), -1)).item() == 0


def test_accuracy_counts_labelled_recordings_alone():
    logits = torch.eye(4)
    assert losses.accuracy(logits, torch.tensor([0, 1, 0, -1])).item() == pytest.approx(2 / 3)
    assert math.isnan(losses.accuracy(logits, torch.full((4,), -1)).item())
