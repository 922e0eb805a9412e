"""Who gets gradient, and who must not."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from vox.training.rmsprop import RMSprop
from vox.training.steps import (
    Batch,
    classifier_losses,
    classifier_weights,
    critic_losses,
    critic_weights,
    generator_losses,
    generator_weights,
    step,
    watched,
)

import vox
from vox.training.state import optimizer

SPACE = vox.LabelSpace.sized(speaker=3, sex=2)


@pytest.fixture
def parts(tiny):
    torch.manual_seed(0)
    image = torch.rand(2, 2, 1, 64, 256)
    index = torch.tensor([[0, 1], [2, -1]])
    batch = Batch(image[0], index, image[1], index.flip(0), torch.rand(2))
    return tiny, tiny.generator(SPACE), tiny.discriminator(SPACE), batch


def reached(term, network):
    parameters = list(network.parameters())
    found = torch.autograd.grad(term, parameters, allow_unused=True, retain_graph=True)
    return {
        name
        for (name, _), gradient in zip(network.named_parameters(), found, strict=True)
        if gradient is not None and gradient.any()
    }


def test_every_generator_loss_reaches_the_generator_and_none_the_discriminator(parts):
    e, generator, discriminator, batch = parts
    e = replace(e, identity_weight=10.0)
    terms = generator_losses(e, generator, discriminator, SPACE, batch)
    assert set(terms) == set(generator_weights(e))
    for term in terms.values():
        assert reached(term, generator) >= {"merge.conv.weight", "downsampling.0.conv.weight"}
        assert reached(term, discriminator) == set()
    assert all(p.requires_grad for p in discriminator.parameters())


def test_critic_losses_reach_the_discriminator_and_never_the_generator(parts):
    e, generator, discriminator, batch = parts
    for classified in ("real", "fake"):
        e = replace(e, classified=classified)
        terms = critic_losses(e, generator, discriminator, SPACE, batch)
        costs = {name: term for name, term in terms.items() if not watched(name)}
        assert set(costs) == set(critic_weights(e))
        for term in costs.values():
            assert reached(term, discriminator)
            assert reached(term, generator) == set()
        assert not any(term.requires_grad for name, term in terms.items() if watched(name))


def test_heads_get_gradient_from_their_own_loss_alone(parts):
    e, generator, discriminator, batch = parts
    terms = critic_losses(e, generator, discriminator, SPACE, batch)
    body = {n for n, _ in discriminator.named_parameters() if n.startswith("body")}
    classified = reached(terms["critic_classification"], discriminator)
    assert classified == body | {"classes.conv.weight", "classes.conv.bias"}
    penalised = reached(terms["critic_penalty"], discriminator)
    assert not any(name.startswith("classes") for name in penalised)


def test_the_drawn_variant_classifies_the_fake(parts):
    """B's labels go into the fake alone, so they matter to its classification alone."""
    e, generator, discriminator, batch = parts
    others = replace(batch, reference_labels=batch.source_labels)

    def loss(classified, b):
        chosen = replace(e, classified=classified)
        terms = critic_losses(chosen, generator, discriminator, SPACE, b)
        return terms["critic_classification"].item()

    assert loss("real", batch) == loss("real", others)
    assert loss("fake", batch) != loss("fake", others)


def test_identity_costs_nothing_where_its_weight_is_0(parts):
    e, generator, discriminator, batch = parts
    assert e.identity_weight == 0
    assert "identity" not in generator_losses(e, generator, discriminator, SPACE, batch)


def test_reconstruction_costs_nothing_where_its_weight_is_0(parts):
    e, generator, discriminator, batch = parts
    e = replace(e, reconstruction_weight=0.0, identity_weight=10.0)
    terms = generator_losses(e, generator, discriminator, SPACE, batch)
    assert "reconstruction" not in terms
    assert "identity" in terms


def test_54314b33_trains_all_its_heads_with_softmax_and_no_flags():
    torch.manual_seed(0)
    e = replace(vox.experiment("54314b33"), width=1 / 32)
    generator, discriminator = e.generator(SPACE), e.discriminator(SPACE)
    image = torch.rand(2, 2, 1, 256, 256)
    index = torch.tensor([[0, 1], [2, -1]])
    batch = Batch(image[0], index, image[1], index.flip(0), torch.rand(2))
    terms = critic_losses(e, generator, discriminator, SPACE, batch)
    assert reached(terms["critic_penalty"], discriminator)
    names = reached(terms["critic_classification"], discriminator)
    assert {"classes.speaker.conv.weight", "classes.sex.conv.weight"} <= names
    assert not any(name.startswith("adversarial") for name in names)
    terms = generator_losses(e, generator, discriminator, SPACE, batch)
    assert set(terms) == {"adversarial", "classification", "feature_matching", "identity"}
    for term in terms.values():
        assert "merge.conv.weight" in reached(term, generator)


def test_a_classifier_step_ignores_what_is_not_labelled():
    torch.manual_seed(0)
    e = replace(vox.experiment("e19098ab"), width=1 / 64)
    classifier = e.classifier(SPACE)
    image, index = torch.rand(3, 1, 256, 256), torch.tensor([[0, -1], [2, -1], [1, -1]])
    batch = Batch(image, index, image, index, torch.rand(3))
    terms = classifier_losses(e, classifier, SPACE, batch)
    names = reached(terms["classification"], classifier)
    assert "classes.speaker.conv.weight" in names
    assert "classes.sex.conv.weight" not in names
    assert torch.isnan(terms["accuracy_sex"])
    assert 0 <= terms["accuracy_speaker"] <= 1
    optimizers = optimizer(replace(e, learning_rate=1e-3), classifier)
    first = terms["classification"].item()
    for _ in range(5):
        step(optimizers, classifier_losses(e, classifier, SPACE, batch), classifier_weights(e))
    last = classifier_losses(e, classifier, SPACE, batch)
    assert last["classification"].item() < first
    assert last["accuracy_speaker"] == 1


def test_a_step_minimises_the_weighted_sum(parts):
    e, generator, discriminator, batch = parts
    chosen = optimizer(replace(e, learning_rate=1e-4), discriminator)
    weights = critic_weights(e)
    totals = []
    for _ in range(6):
        terms = critic_losses(e, generator, discriminator, SPACE, batch)
        step(chosen, terms, weights)
        totals.append(sum(weight * terms[name].item() for name, weight in weights.items()))
    assert totals[-1] < 0.9 * totals[0]


def test_terms_left_out_of_the_weights_are_an_error(parts):
    e, generator, discriminator, batch = parts
    terms = critic_losses(e, generator, discriminator, SPACE, batch)
    with pytest.raises(KeyError, match="critic_penalty"):
        step(optimizer(e, discriminator), terms, {"critic_wasserstein": 1.0})


def test_rmsprop_is_torchs_to_the_bit_and_takes_over_its_state():
    torch.manual_seed(0)
    sizes = ((3, 7), (2**17 + 5,), (300, 1000))  # the last two in several pieces
    ours = [torch.nn.Parameter(torch.randn(size)) for size in sizes]
    theirs = [torch.nn.Parameter(p.detach().clone()) for p in ours]
    how = {"lr": 1e-3, "alpha": 0.99, "eps": 1e-8}
    optimizers = RMSprop(ours, **how), torch.optim.RMSprop(theirs, **how, foreach=False)
    for turn in range(4):
        if turn == 2:
            optimizers[0].load_state_dict(deepcopy(optimizers[1].state_dict()))
        for a, b in zip(ours, theirs, strict=True):
            a.grad = torch.randn_like(a)
            b.grad = a.grad.clone()
        for chosen in optimizers:
            chosen.step()
        for a, b in zip(ours, theirs, strict=True):
            assert torch.equal(a, b)
    assert optimizers[0].state_dict()["state"].keys() == optimizers[1].state_dict()["state"].keys()


def test_no_step_leaves_gradients_behind(parts):
    e, generator, discriminator, batch = parts
    terms = critic_losses(e, generator, discriminator, SPACE, batch)
    step(optimizer(e, discriminator), terms, critic_weights(e))
    terms = generator_losses(e, generator, discriminator, SPACE, batch)
    step(optimizer(e, generator), terms, generator_weights(e))
    left = [p.grad for n in (generator, discriminator) for p in n.parameters()]
    assert left
    assert all(gradient is None for gradient in left)
