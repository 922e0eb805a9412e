"""Memory, FLOPs and time of an iteration: counted, and beside real tensors."""

import pytest
import torch
from eight import EIGHT

import vox
from vox import cost
from vox.cost import following, iteration

SMALL = vox.LabelSpace.sized(speaker=3, sex=2)


def test_memory_of_fixed_parts_is_four_bytes_a_weight():
    e = vox.experiment("cfcefd21")
    with torch.device("meta"):
        networks = e.generator(), e.discriminator()
    weights = sum(p.numel() for n in networks for p in n.parameters())
    counted = cost.memory(e, 2)
    assert counted.gradients == 4 * sum(p.numel() for p in networks[1].parameters())
    assert 4 * weights <= counted.parameters < 4 * weights * 1.01  # and running statistics
    assert 4 * weights <= counted.optimizer < 4 * weights * 1.01  # and step counters


def test_memory_grows_with_the_minibatch_and_a_quarter_window_needs_a_quarter():
    e, parent = vox.experiment("cfcefd21"), vox.experiment("9ada9179")
    six, nine, twelve = (cost.memory(e, size).activations for size in (6, 9, 12))
    assert nine - six == pytest.approx(twelve - nine, rel=0.02)
    grown = cost.memory(parent, 9).activations - cost.memory(parent, 6).activations
    assert (nine - six) / grown == pytest.approx(0.25, abs=0.01)


def test_counted_memory_is_what_real_tensors_take(tiny):
    """The same steps on real tensors, followed by the same observer."""
    e = tiny.replace(width=1 / 8)
    with following.Storages() as storages:
        rig = iteration._Rig(e, 3, SMALL, torch.device("cpu"))
        rig.each_step()
        storages.course = []
        rig.each_step()
    # a little more: layers copy for themselves what does not lie in memory as they want it
    assert cost.memory(e, 3, SMALL).total == pytest.approx(storages.peak, rel=0.05)


def test_the_largest_minibatch_fits_and_the_next_does_not():
    e = vox.experiment("cfcefd21")
    limit = 800 * 2**20
    largest = cost.largest_minibatch(e, limit)
    assert cost.memory(e, largest).total <= limit < cost.memory(e, largest + 1).total
    assert cost.largest_minibatch(e, 2**20) == 0


@pytest.mark.parametrize("id", EIGHT)
def test_memory_on_the_line_through_two_counts_is_what_a_count_finds(id):
    """Whatever the minibatch: each network's step, at its peak, to the byte."""
    e = vox.experiment(id).replace(width=1 / 8)
    for size in (3, 7, 24):
        counted = iteration._counted(e, size, SMALL)
        most = max(int(course.max()) for course in counted.courses.values())
        assert cost.memory(e, size, SMALL).total == most


def test_flops_of_a_generator_pass_are_those_of_design_notes():
    """7.4 GFLOP a 1 x 64 x 256 image with labels tiled and concatenated, 5.6 as it is done."""
    e = vox.experiment("cfcefd21")
    with torch.no_grad(), torch.device("meta"):
        rig = iteration._Rig(e, 2, vox.labels.PAGE, iteration.META)
        with following.Flops() as counter:
            rig.networks["generator"](rig.batch.source, torch.zeros(2, 1479))
    assert counter.total / 2 == pytest.approx(5.6e9, rel=0.02)


def test_flops_grow_with_the_minibatch():
    e = vox.experiment("cfcefd21")
    assert cost.flops(e, 4) == pytest.approx(2 * cost.flops(e, 2), rel=0.02)


def test_epoch_times_are_per_epoch(tiny):
    times = cost.epoch_times([(tiny, 2), (tiny, 4)], width=1 / 32, labels=SMALL, repeats=1)
    assert len(times) == 2
    assert all(t > 0 for t in times)
