"""StarGAN on envelopes: what the generator converts, and what moves beside it."""

import numpy as np
import pytest
import torch

import vox
from vox import cost
from vox.labels import LabelSpace
from vox.objectives import Statistics
from vox.representation import Analysis
from vox.runs.spec import Spec, converter

LABELS = LabelSpace.of({"speaker": ["ada", "bob"]})
TOLD = torch.tensor([1])


@pytest.fixture
def e():
    return vox.experiment("07668538").replace(width=1 / 32)


@pytest.fixture
def networks(e):
    made = {name: e.network(name, LABELS).eval() for name in e.networks}
    known = made["statistics"]
    known.mean[1], known.deviation[1] = 3.0, 2.0
    known.pitch[1] = torch.tensor([np.log(200.0), 0.2])
    return made


def section(frames):
    """A section as `World.analyse` gives it, of any number of frames."""
    draw = torch.Generator().manual_seed(0)
    beside = {
        "mean": torch.zeros(1, 256),
        "deviation": torch.ones(1, 256),
        "pitch": torch.full((1, frames), 100.0),
        "pitch_mean": torch.tensor([np.log(100.0)], dtype=torch.float32),
        "pitch_deviation": torch.tensor([0.1]),
    }
    return Analysis(torch.randn(1, 1, frames, 256, generator=draw), beside)


@pytest.mark.parametrize("frames", [64, 61, 3])
def test_a_section_of_any_length_keeps_it_and_takes_the_targets_statistics(e, networks, frames):
    made = e.objective.converted(networks, LABELS, section(frames), TOLD)
    assert made.image.shape == (1, 1, frames, 256)
    assert made.image.isfinite().all()
    assert (made.beside["mean"] == 3).all()
    assert (made.beside["deviation"] == 2).all()
    assert made.beside["pitch"].numpy() == pytest.approx(200)


def test_a_generator_that_copies_converts_as_statistics(e, networks):
    class Copy(torch.nn.Module):
        def forward(self, image, labels):
            return image

    networks["generator"] = Copy()
    made = e.objective.converted(networks, LABELS, section(30), TOLD)
    wanted = Statistics(points=256).converted(networks, LABELS, section(30), TOLD)
    assert torch.equal(made.image, wanted.image)
    assert all(torch.equal(made.beside[name], x) for name, x in wanted.beside.items())


def test_the_label_reaches_the_image(e, networks):
    first, second = (
        e.objective.converted(networks, LABELS, section(64), torch.tensor([i])).image
        for i in (0, 1)
    )
    assert not torch.equal(first, second)


def test_only_generator_and_discriminator_are_trained_and_what_it_costs_can_be_counted(e):
    assert {*e.objective.slots} == {"generator", "discriminator"}
    assert cost.parameters(e, LABELS)["statistics"] == 0
    assert cost.memory(e, 2, LABELS).total > 0
    assert e.generator(LABELS)(*section_and_labels()).min() < 0  # no sigmoid


def section_and_labels():
    return section(64).image, LABELS.inputs(TOLD)[None]


def test_a_run_of_it_is_read_back(e):
    spec = Spec(e, LABELS, "fingerprint", 0, "cpu")
    assert converter.structure(converter.unstructure(spec), Spec).key == spec.key
