from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import tone
from vox.report import cost

import vox
from vox import report

SMALL = vox.LabelSpace.sized(speaker=3, sex=2)


@pytest.mark.parametrize(
    ("id", "size"),
    [("47c97768", (72, 72)), ("9ada9179", (236, 236)), ("31f31449", (236, 444))],
)
def test_reach_is_what_the_layers_add_up_to(id, size):
    """n convolutions of k reach 1 + n (k - 1) cells; k4 s2 on the way up doubles and adds 2."""
    e = vox.experiment(id)
    layers = e.generator_layers
    added = []
    for axis in (0, 1):
        convolutions = 1 + 2 * layers.blocks
        cells = 1 + convolutions * (layers.block.kernel[axis] - 1)
        for _ in layers.upsampling:
            cells = 2 * cells + 2
        added.append(cells + 6)
    reached = report.reach(e)
    assert (reached.time, reached.frequency) == tuple(added) == size


def test_memory_of_fixed_parts_is_four_bytes_a_weight():
    e = vox.experiment("cfcefd21")
    with torch.device("meta"):
        networks = e.generator(), e.discriminator()
    weights = sum(p.numel() for n in networks for p in n.parameters())
    counted = report.memory(e, 2)
    assert counted.gradients == 4 * sum(p.numel() for p in networks[1].parameters())
    assert 4 * weights <= counted.parameters < 4 * weights * 1.01  # and running statistics
    assert 4 * weights <= counted.optimizer < 4 * weights * 1.01  # and step counters


def test_memory_grows_with_the_minibatch_and_a_quarter_window_needs_a_quarter():
    e, parent = vox.experiment("cfcefd21"), vox.experiment("9ada9179")
    six, nine, twelve = (report.memory(e, size).activations for size in (6, 9, 12))
    assert nine - six == pytest.approx(twelve - nine, rel=0.02)
    grown = report.memory(parent, 9).activations - report.memory(parent, 6).activations
    assert (nine - six) / grown == pytest.approx(0.25, abs=0.01)


def test_counted_memory_is_what_real_tensors_take(tiny):
    """The same steps on real tensors, followed by the same observer."""
    e = replace(tiny, width=1 / 8)
    with cost._Storages() as storages:
        rig = cost._Rig(e, 3, SMALL, torch.device("cpu"))
        rig.each_step()
        storages.peak = 0
        rig.each_step()
    # a little more: layers copy for themselves what does not lie in memory as they want it
    assert report.memory(e, 3, SMALL).total == pytest.approx(storages.peak, rel=0.05)


def test_the_largest_minibatch_fits_and_the_next_does_not():
    e = vox.experiment("cfcefd21")
    limit = 800 * 2**20
    largest = report.largest_minibatch(e, limit)
    assert report.memory(e, largest).total <= limit < report.memory(e, largest + 1).total
    assert report.largest_minibatch(e, 2**20) == 0


def test_flops_of_a_generator_pass_are_those_of_design_notes():
    """7.4 GFLOP a 1 x 64 x 256 image with labels tiled and concatenated, 5.6 as it is done."""
    e = vox.experiment("cfcefd21")
    with torch.no_grad(), torch.device("meta"):
        rig = cost._Rig(e, 2, vox.labels.PAGE, cost.META)
        with cost._Flops() as counter:
            rig.networks["generator"](rig.batch.source, torch.zeros(2, 1479))
    assert counter.total / 2 == pytest.approx(5.6e9, rel=0.02)


def test_flops_grow_with_the_minibatch():
    e = vox.experiment("cfcefd21")
    assert report.flops(e, 4) == pytest.approx(2 * report.flops(e, 2), rel=0.02)


def test_epoch_times_are_per_epoch(tiny):
    times = report.epoch_times([(tiny, 2), (tiny, 4)], width=1 / 32, labels=SMALL, repeats=1)
    assert len(times) == 2
    assert all(t > 0 for t in times)


def test_losses_figure_has_log_log_axes_and_every_loss():
    losses = pd.DataFrame(
        {"epoch": 0.0, "reconstruction": np.geomspace(1, 1e-3, 500), "adversarial": -1.0},
        index=pd.Index(range(1, 501), name="iteration"),
    )
    left, right = report.losses_figure(losses).axes
    assert (left.get_xscale(), left.get_yscale()) == ("log", "log")
    assert right.get_yscale() == "symlog"
    (line,) = left.get_lines()
    assert line.get_ydata()[[0, -1]] == pytest.approx([1, 1e-3], rel=0.2)
    assert left.get_legend_handles_labels()[1] == ["reconstruction"]


def test_spectrograms_are_drawn_on_one_scale_with_units():
    spec = vox.Spectrogram(length=17152)
    sounds = {"low": tone(200, 1.2), "high": tone(900, 2)}
    first, second, _ = report.spectrograms_figure(sounds, spec).axes
    assert first.get_ylabel() == "frequency (kHz)"
    assert first.images[0].get_clim() == second.images[0].get_clim()
    assert second.images[0].get_extent()[1] == pytest.approx(2, abs=0.01)


def test_label_effect_is_none_for_a_generator_that_ignores_labels(two_speakers, tiny, tmp_path):
    run = vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path)
    effect = report.label_effect(run, two_speakers, ("ada", "bob"), count=4)
    assert effect.between_labels > 0
    weight = run.generator.merge.conv.weight
    weight.data[:, -two_speakers.labels.input_size :] = 0
    assert report.label_effect(run, two_speakers, ("ada", "bob"), count=4).ratio == 0


def test_accuracy_says_what_so_few_recordings_allow():
    """Wilson's interval of 1 of 1, and of all or few of many."""
    assert report.Accuracy(48, 48, 0.125, 0.125).above_chance is True
    assert report.Accuracy(3, 100, 0.125, 0.125).above_chance is False
    assert report.Accuracy(1, 1, 0.5, 0.5).above_chance is None
    assert report.Accuracy(0, 0, float("nan"), float("nan")).above_chance is None
    low, high = report.Accuracy(1, 1, 0.5, 0.5).interval
    assert low == pytest.approx(0.2065, abs=1e-3)
    assert high == pytest.approx(1)


def judged(truth, predicted):
    """Predictions of two groups, where the sex follows from the speaker."""
    labels = vox.LabelSpace.of({"speaker": ["ada", "bob"], "sex": ["female", "male"]})
    implied = {"ada": {"sex": "female"}, "bob": {"sex": "male"}}
    frequent = torch.tensor([0, 0])
    return report.Predictions(
        labels, torch.tensor(truth), torch.tensor(predicted), frequent, implied
    )


def test_predictions_count_labelled_recordings_alone():
    found = judged([[0, 0], [1, -1], [1, 1]], [[0, 1], [1, 0], [0, 1]])
    speaker, sex = found.accuracy("speaker"), found.accuracy("sex")
    assert (speaker.right, speaker.recordings, speaker.chance) == (2, 3, 0.5)
    assert (sex.right, sex.recordings) == (1, 2)
    assert speaker.majority == pytest.approx(1 / 3)
    assert found.accuracy("birthplace").recordings == 0


def test_a_group_that_the_speaker_tells_better_is_found_by_a_sign_test():
    right, wrong = [[0, 0]] * 20, [[0, 1]] * 20
    assert judged(right, wrong).follows_better("sex") is True
    assert judged(right, right).follows_better("sex") is None  # nothing to tell them apart by
    assert judged(right[:4], wrong[:4]).follows_better("sex") is None  # 4 of 4: p = .125
    assert judged(right, [[1, 0]] * 20).follows_better("sex") is False
    assert judged(right, right).follows_better("birthplace") is None


def test_predictions_on_a_corpus_with_other_labels_are_refused(tiny, two_speakers, tmp_path):
    run = vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path)
    with pytest.raises(vox.VoxError, match="other labels"):
        report.predictions(run, vox.load_corpus("demo"))


def test_without_held_out_windows_those_of_training_are_judged_and_it_is_said(
    tiny, two_speakers, tmp_path
):
    run = vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path)
    found = report.predictions(run, two_speakers)
    assert not found.held_out
    assert "recordings of training" in str(found)


def test_a_copy_correlates_wholly_and_a_constant_not_at_all(two_speakers, tiny, tmp_path):
    run = vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path)
    run.__dict__["generator"] = lambda image, labels: image
    copy = report.label_effect(run, two_speakers, ("ada", "bob"), count=6)
    assert (copy.to_input, copy.between_labels) == (0, 0)
    assert (copy.correlation, copy.halves) == (pytest.approx(1), pytest.approx(1))
    assert copy.copies
    assert copy.ignores_labels
    run.__dict__["generator"] = lambda image, labels: torch.full_like(image, 0.5)
    constant = report.label_effect(run, two_speakers, ("ada", "bob"), count=6)
    assert constant.correlation == constant.between_inputs == 0
    assert not constant.copies
    run.__dict__["generator"] = lambda image, labels: image + labels[:, :1, None, None]
    moved = report.label_effect(run, two_speakers, ("ada", "bob"), count=6)
    assert moved.between_labels == pytest.approx(1)  # one of the two is moved by 1
    assert not moved.ignores_labels
