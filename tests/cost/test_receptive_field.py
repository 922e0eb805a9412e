"""The receptive field behind the merge, measured and added up."""

import pytest

import vox
from vox import cost


@pytest.mark.parametrize(
    ("id", "size"),
    [("47c97768", (72, 72)), ("9ada9179", (236, 236)), ("31f31449", (236, 444))],
)
def test_it_is_what_the_layers_add_up_to(id, size):
    """n convolutions of k reach 1 + n (k - 1) cells; k4 s2 on the way up doubles and adds 2."""
    e = vox.experiment(id)
    layers = e.objective.generator
    added = []
    for axis in (0, 1):
        convolutions = 1 + 2 * layers.blocks
        cells = 1 + convolutions * (layers.block.kernel[axis] - 1)
        for _ in layers.upsampling:
            cells = 2 * cells + 2
        added.append(cells + 6)
    found = cost.receptive_field(e)
    assert (found.time, found.frequency) == tuple(added) == size
