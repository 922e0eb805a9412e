"""Instance normalisation where a layer asks for it, and no key changed by its coming."""

from dataclasses import replace

import pytest
import torch

import vox
from vox import VoxError
from vox.definition.key import computed, described, digest
from vox.models.specs import conv


@pytest.fixture
def e():
    """cfcefd21, narrow, with instance normalisation in its bottleneck."""
    e = vox.experiment("cfcefd21").replace(width=1 / 32)
    layers = e.objective.generator
    block = replace(layers.block, normalisation="instance")
    return e.replace(generator=replace(layers, block=block))


def test_each_image_of_a_bottleneck_is_normalised_by_itself(e):
    block = e.generator().bottleneck[0]
    out = torch.randn(3, block.first.out_channels, 8, 32) * 5 + 2
    out = block.first.norm(out)
    assert out.mean(dim=(2, 3)).abs().max() < 1e-5
    assert out.var(dim=(2, 3), unbiased=False).sub(1).abs().max() < 1e-3
    assert [name for name, _ in block.first.norm.named_parameters()] == ["weight", "bias"]


def test_no_other_image_of_the_minibatch_and_no_running_average_has_a_say(e):
    bottleneck = e.generator().bottleneck
    x = torch.randn(2, bottleneck[0].first.out_channels, 8, 32)
    together = bottleneck(x)
    assert torch.allclose(together[:1], bottleneck(x[:1]), atol=1e-5)
    assert torch.equal(together, bottleneck.eval()(x))


def test_it_is_told_in_notation_diagram_and_changes(e):
    assert str(e.objective.generator.block) == "conv 256 k3 s1 p1 IN ReLU"
    assert "InstanceNormalization" in str(e.diagram("generator"))
    (change,) = [c for c in e.changes(vox.experiment("cfcefd21")) if "block" in c.field]
    assert change.after.endswith("IN ReLU")


def test_its_coming_changes_no_key_but_of_those_that_ask_for_it(e):
    layer = vox.experiment("cfcefd21").objective.generator.block
    assert "normalisation" not in described(layer)
    assert described(e.objective.generator.block)["normalisation"] == "instance"
    assert digest(computed(e)) != digest(computed(vox.experiment("cfcefd21").replace(width=1 / 32)))


def test_a_normalisation_or_activation_that_is_none_is_refused():
    with pytest.raises(VoxError, match="normalisation"):
        replace(conv(8, 3, norm=True), normalisation="instances")
    with pytest.raises(VoxError, match="did you mean 'leaky_relu'"):
        conv(8, 3, activation="leaky")
