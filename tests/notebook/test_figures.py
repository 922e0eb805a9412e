"""Figures: axes, scales, and what is drawn."""

import numpy as np
import pandas as pd
import pytest
from conftest import tone

import vox
from vox import notebook


def test_losses_figure_has_log_log_axes_and_every_loss():
    losses = pd.DataFrame(
        {"epoch": 0.0, "reconstruction": np.geomspace(1, 1e-3, 500), "adversarial": -1.0},
        index=pd.Index(range(1, 501), name="iteration"),
    )
    left, right = notebook.losses_figure(losses).axes
    assert (left.get_xscale(), left.get_yscale()) == ("log", "log")
    assert right.get_yscale() == "symlog"
    (line,) = left.get_lines()
    assert line.get_ydata()[[0, -1]] == pytest.approx([1, 1e-3], rel=0.2)
    assert left.get_legend_handles_labels()[1] == ["reconstruction"]


def test_spectrograms_are_drawn_on_one_scale_with_units():
    spec = vox.Spectrogram(length=17152)
    sounds = {"low": tone(200, 1.2), "high": tone(900, 2)}
    first, second, _ = notebook.spectrograms_figure(sounds, spec).axes
    assert first.get_ylabel() == "frequency (kHz)"
    assert first.images[0].get_clim() == second.images[0].get_clim()
    assert second.images[0].get_extent()[1] == pytest.approx(2, abs=0.01)
