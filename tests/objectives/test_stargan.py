"""Who gets gradient, and who must not."""

import dataclasses

import pytest
import torch
from gradients import SPACE, reached

import vox
from vox import VoxError
from vox.objectives.base import watched
from vox.objectives.stargan_steps import Batch
from vox.training.state import step


def generator_losses(e, generator, discriminator, batch):
    networks = {"generator": generator, "discriminator": discriminator}
    return e.objective.losses("generator", networks, SPACE, batch)


def critic_losses(e, generator, discriminator, batch):
    networks = {"generator": generator, "discriminator": discriminator}
    return e.objective.losses("discriminator", networks, SPACE, batch)


@pytest.fixture
def parts(tiny):
    torch.manual_seed(0)
    image = torch.rand(2, 2, 1, 64, 256)
    index = torch.tensor([[0, 1], [2, -1]])
    batch = Batch(image[0], index, image[1], index.flip(0), torch.rand(2))
    return tiny, tiny.generator(SPACE), tiny.discriminator(SPACE), batch


def test_every_generator_loss_reaches_the_generator_and_none_the_discriminator(parts):
    e, generator, discriminator, batch = parts
    e = e.replace(identity_weight=10.0)
    terms = generator_losses(e, generator, discriminator, batch)
    assert set(terms) == set(e.objective.weights("generator"))
    for term in terms.values():
        assert reached(term, generator) >= {"merge.conv.weight", "downsampling.0.conv.weight"}
        assert reached(term, discriminator) == set()
    assert all(p.requires_grad for p in discriminator.parameters())


def test_critic_losses_reach_the_discriminator_and_never_the_generator(parts):
    e, generator, discriminator, batch = parts
    for classified in ("real", "fake"):
        e = e.replace(classified=classified)
        terms = critic_losses(e, generator, discriminator, batch)
        costs = {name: term for name, term in terms.items() if not watched(name)}
        assert set(costs) == set(e.objective.weights("discriminator"))
        for term in costs.values():
            assert reached(term, discriminator)
            assert reached(term, generator) == set()
        assert not any(term.requires_grad for name, term in terms.items() if watched(name))


def test_heads_get_gradient_from_their_own_loss_alone(parts):
    e, generator, discriminator, batch = parts
    terms = critic_losses(e, generator, discriminator, batch)
    body = {n for n, _ in discriminator.named_parameters() if n.startswith("body")}
    classified = reached(terms["critic_classification"], discriminator)
    assert classified == body | {"classes.conv.weight", "classes.conv.bias"}
    penalised = reached(terms["critic_penalty"], discriminator)
    assert not any(name.startswith("classes") for name in penalised)


def test_the_drawn_variant_classifies_the_fake(parts):
    """B's labels go into the fake alone, so they matter to its classification alone."""
    e, generator, discriminator, batch = parts
    others = dataclasses.replace(batch, reference_labels=batch.source_labels)

    def loss(classified, b):
        chosen = e.replace(classified=classified)
        terms = critic_losses(chosen, generator, discriminator, b)
        return terms["critic_classification"].item()

    assert loss("real", batch) == loss("real", others)
    assert loss("fake", batch) != loss("fake", others)


def test_identity_costs_nothing_where_its_weight_is_0(parts):
    e, generator, discriminator, batch = parts
    assert e.objective.identity_weight == 0
    assert "identity" not in generator_losses(e, generator, discriminator, batch)


def test_reconstruction_costs_nothing_where_its_weight_is_0(parts):
    e, generator, discriminator, batch = parts
    e = e.replace(reconstruction_weight=0.0, identity_weight=10.0)
    terms = generator_losses(e, generator, discriminator, batch)
    assert "reconstruction" not in terms
    assert "identity" in terms


def test_54314b33_trains_all_its_heads_with_softmax_and_no_flags():
    torch.manual_seed(0)
    e = vox.experiment("54314b33").replace(width=1 / 32)
    generator, discriminator = e.generator(SPACE), e.discriminator(SPACE)
    image = torch.rand(2, 2, 1, 256, 256)
    index = torch.tensor([[0, 1], [2, -1]])
    batch = Batch(image[0], index, image[1], index.flip(0), torch.rand(2))
    terms = critic_losses(e, generator, discriminator, batch)
    assert reached(terms["critic_penalty"], discriminator)
    names = reached(terms["critic_classification"], discriminator)
    assert {"classes.speaker.conv.weight", "classes.sex.conv.weight"} <= names
    assert not any(name.startswith("adversarial") for name in names)
    terms = generator_losses(e, generator, discriminator, batch)
    assert set(terms) == {"adversarial", "classification", "feature_matching", "identity"}
    for term in terms.values():
        assert "merge.conv.weight" in reached(term, generator)


def test_a_step_minimises_the_weighted_sum(parts):
    e, generator, discriminator, batch = parts
    chosen = e.replace(learning_rate=1e-4).optimisation.build(discriminator.parameters())
    weights = e.objective.weights("discriminator")
    totals = []
    for _ in range(6):
        terms = critic_losses(e, generator, discriminator, batch)
        step(chosen, terms, weights)
        totals.append(sum(weight * terms[name].item() for name, weight in weights.items()))
    assert totals[-1] < 0.9 * totals[0]


def test_terms_left_out_of_the_weights_are_an_error(parts):
    e, generator, discriminator, batch = parts
    terms = critic_losses(e, generator, discriminator, batch)
    with pytest.raises(KeyError, match="critic_penalty"):
        step(e.optimisation.build(discriminator.parameters()), terms, {"critic_wasserstein": 1.0})


def test_no_step_leaves_gradients_behind(parts):
    e, generator, discriminator, batch = parts
    terms = critic_losses(e, generator, discriminator, batch)
    step(
        e.optimisation.build(discriminator.parameters()),
        terms,
        e.objective.weights("discriminator"),
    )
    terms = generator_losses(e, generator, discriminator, batch)
    step(e.optimisation.build(generator.parameters()), terms, e.objective.weights("generator"))
    left = [p.grad for n in (generator, discriminator) for p in n.parameters()]
    assert left
    assert all(gradient is None for gradient in left)


def test_a_generator_needs_a_critic():
    e = vox.experiment("cfcefd21")
    bare = dataclasses.replace(e.objective.discriminator, adversarial=None)
    with pytest.raises(VoxError, match="a generator needs a critic"):
        e.replace(discriminator=bare)
    with pytest.raises(VoxError, match="no adversarial head"):
        vox.experiment("e19098ab").replace(layers=e.objective.discriminator)


def test_steps_of_an_iteration_are_the_critics_and_then_one_of_the_generator(tiny):
    assert tiny.objective.slots == (*["discriminator"] * 5, "generator")
    few = tiny.replace(critic_steps=2, critic_rate=3.0).objective
    assert few.slots == ("discriminator", "discriminator", "generator")
    assert (few.rate("discriminator"), few.rate("generator")) == (3.0, 1.0)
