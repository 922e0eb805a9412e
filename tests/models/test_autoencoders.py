"""The autoencoders of 2019, layer by layer, and the converter."""

import pytest
import torch

import vox
from vox import cost

SHAPES = {
    "c9335bce": [
        (32, 32, 256), (64, 16, 128), (64, 16, 64), (64, 16, 32), (64, 16, 16), (1024, 16, 9),
        (1024, 16, 9), (1024, 16, 9), (64, 16, 16), (64, 16, 32), (64, 16, 64), (64, 16, 128),
        (32, 32, 256), (1, 32, 256),
    ],
    "bc7db4a2": [
        (32, 32, 256), (64, 16, 128), (64, 16, 64), (64, 16, 32), (64, 16, 16), (1024, 16, 8),
        (4096, 16, 1), (4096, 16, 1), (4096, 16, 1), (1024, 16, 8), (64, 16, 16), (64, 16, 32),
        (64, 16, 64), (64, 16, 128), (32, 32, 256), (1, 32, 256),
    ],
}  # fmt: skip
WEIGHTS = {"c9335bce": 3_321_601, "bc7db4a2": 102_046_465}


def by_hand(id):
    """Weights of convolutions, biases, and two of batch normalisation a channel."""
    total, inside = 0, 1
    layers = vox.experiment(id).objective.layers
    for layer in (*layers.encoder, *layers.decoder):
        area = layer.kernel[0] * layer.kernel[1]
        total += inside * layer.channels * area + layer.channels * (1 + 2 * layer.norm)
        inside = layer.channels
    return total


@pytest.mark.parametrize("id", SHAPES)
def test_every_layer_puts_out_what_the_page_should_say(id):
    layers = vox.experiment(id).trace("autoencoder")
    assert [layer.shape for layer in layers if layer.kind == "layer"] == SHAPES[id]
    assert cost.parameters(vox.experiment(id)) == {"autoencoder": WEIGHTS[id]}
    assert by_hand(id) == WEIGHTS[id]


@pytest.mark.parametrize("id", SHAPES)
def test_the_activation_comes_before_batch_normalisation(id):
    encoder = [x for x in vox.experiment(id).trace("autoencoder") if x.name.startswith("encoder")]
    for layer in encoder[:-1]:
        assert layer.text[-2:] == ("LeakyReLU", "BatchNormalization")
    assert encoder[-1].text[-1] == "tanh"


def test_only_the_second_connects_all_frequencies():
    seen = {id: cost.latent_field(vox.experiment(id)) for id in SHAPES}
    assert not seen["c9335bce"].connects_all_frequencies
    assert seen["bc7db4a2"].connects_all_frequencies
    assert seen["c9335bce"].latent == (1024, 16, 9)
    assert seen["bc7db4a2"].latent == (4096, 16, 1)


SPACE = vox.LabelSpace.sized(speaker=3, sex=2)


def test_the_adversarys_gradient_reaches_the_encoder_reversed():
    torch.manual_seed(0)
    e = vox.experiment("3cd41fe0").replace(width=1 / 4)

    def gradients(weight):
        torch.manual_seed(1)
        o = e.replace(adversary=weight).objective
        network = o.network("converter", SPACE, 1 / 4)
        analysis = e.representation.blank(2)
        analysis = analysis.with_image(torch.randn(2, 1, *e.representation.shape))
        from vox.objectives.converter import Batch

        terms = o.losses("converter", {"converter": network}, SPACE,
                         Batch(analysis, torch.tensor([[0, 1], [2, -1]])))  # fmt: skip
        terms["adversary"].backward()
        return network.encoder[2].conv.weight.grad, network.probe[0].weight.grad

    encoder, probe = gradients(1.0)
    half, same = gradients(0.5)
    assert torch.allclose(half, encoder / 2, atol=1e-6)
    assert torch.allclose(same, probe)
    assert encoder.abs().sum() > 0


def test_the_converters_diagram_has_no_loop():
    lines = str(vox.experiment("3cd41fe0").diagram("converter", SPACE)).splitlines()
    arrows = [line.split(" -->") for line in lines if "-->" in line]
    for origin, rest in arrows:
        assert rest.split("|")[-1].split()[-1] != origin.strip()
