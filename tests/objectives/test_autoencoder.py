"""The autoencoder, of which no experiment is made yet."""

from dataclasses import replace

import pytest
import torch
from gradients import SPACE, reached

import vox
from vox.models.specs import AutoencoderLayers, conv
from vox.objectives import Autoencoder


@pytest.fixture
def halving():
    """Down to a quarter and back."""
    return AutoencoderLayers(
        encoder=(
            conv(8, 4, 2, 1, norm=True, activation="leaky_relu", norm_last=True),
            conv(4, 4, 2, 1, activation="tanh"),
        ),
        decoder=(
            conv(8, 4, 2, 1, norm=True, activation="relu", transposed=True),
            conv(1, 4, 2, 1, activation="softplus", transposed=True),
        ),
    )


@pytest.fixture
def e(tiny, halving):
    own = replace(tiny.scale, demo=None, width=1.0)
    return tiny.replace(objective=Autoencoder(layers=halving), scale=own)


def test_its_loss_is_the_distance_to_its_input_and_reaches_all_of_it(e):
    torch.manual_seed(0)
    network = e.network("autoencoder", SPACE)
    image = torch.rand(2, 1, 64, 256)
    terms = e.objective.losses("autoencoder", {"autoencoder": network}, SPACE, image)
    assert set(terms) == set(e.objective.weights("autoencoder")) == {"reconstruction"}
    made = network(image)
    assert made.latent.shape == (2, 4, 16, 64)
    error = (made.image - image).square().mean().item()
    assert terms["reconstruction"].item() == pytest.approx(error, rel=1e-5)
    weights = {name for name, _ in network.named_parameters() if name.endswith("conv.weight")}
    assert reached(terms["reconstruction"], network) >= weights
    assert len(weights) == 4


def test_batch_normalisation_may_stand_behind_the_activation(e):
    block = e.network("autoencoder", SPACE).encoder[0].eval()
    image = torch.rand(1, 1, 8, 8)
    activated = torch.nn.functional.leaky_relu(block.conv(image), 0.2)
    torch.testing.assert_close(block(image), block.norm(activated))


def test_it_is_checked_traced_and_drawn(e):
    e.check()
    shapes = {layer.name: layer.shape for layer in e.trace("autoencoder")}
    assert shapes["latent"] == (4, 16, 64)
    assert shapes["image"] == (1, 64, 256)
    assert "Latent variables" in str(e.diagram("autoencoder"))
    with pytest.raises(vox.VoxError, match="do not take images of"):
        e.replace(length=17152 + 256).check()


def test_it_trains_and_converts_nothing(e, two_speakers, tmp_path):
    run = vox.train(e, two_speakers, "cpu", "page", directory=tmp_path)
    assert set(run.losses) == {"epoch", "reconstruction"}
    assert run.losses["reconstruction"].iloc[-1] < run.losses["reconstruction"].iloc[0]
    again = vox.Run(run.folder)
    assert again.experiment == e
    assert again.classify(torch.rand(1, 1, 64, 256)) is None
    with pytest.raises(vox.VoxError, match="converts nothing"):
        run.convert(two_speakers.pcm("ada/0.wav"), speaker="bob")
