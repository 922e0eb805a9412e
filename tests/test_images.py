"""What the notebooks on images and on padding call."""

import pytest
import torch

import vox
from vox.notebook import images, padding
from vox.representation.pictures import picture
from vox.representation.plane import PlaneTransform


def test_a_trial_measures_border_and_middle_apart():
    t = images.trial("picture", picture(64), PlaneTransform(), 4, watch=(2,))
    wrong = t.image.clone()
    wrong[:8] += 0.3  # 8 of the 28 % of pixels at the border
    t.found.watched[2] = wrong
    border, middle = t.errors(2)
    assert middle == 0
    assert border == pytest.approx(0.3 * (8 * 64 / (64**2 - 48**2)) ** 0.5)
    assert torch.equal(t.at(4), t.found.image)
    row = images.trial_table([t], (4,)).rows[0]
    assert row[:3] == ("picture", "unpadded, momentum 0", 4)
    for figure in (
        images.convergence_figure([t]),
        images.found_figure(t, (2, 4)),
        images.errors_figure([t], 4),
    ):
        assert len(figure.alt) > 20


def test_a_spectrogram_is_a_picture_whatever_the_length_of_the_recording(two_speakers):
    spec = vox.Spectrogram()
    image = images.spectrogram_image(two_speakers, spec)  # recordings of 1.5 s, a window of 4.1 s
    assert image.shape == (256, 256)
    assert image[128:].sum() > image[:128].sum()  # a low tone, below
    assert not image[:, 128:].any()


def test_a_little_autoencoder_learns_and_repeats(two_speakers):
    spec = vox.Spectrogram(length=16896, hop=512, pixel_scale="silent_zero")
    one, same = (padding.train_little(two_speakers, spec, iterations=6) for _ in range(2))
    assert torch.equal(one.losses, same.losses)
    assert one.losses[-1] < one.losses[0]
    assert one.errors.shape == (32,)
    assert padding.trained_table([one]).rows[0][:2] == ("silent_zero", "zeros")
    assert len(padding.trained_figure([one]).alt) > 20
    assert len(padding.scales_figure([spec]).alt) > 20
