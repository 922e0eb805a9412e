"""Figures: axes, scales, and what is drawn."""

import io

import numpy as np
import pandas as pd
import pytest
from conftest import tone
from matplotlib.text import Text

import vox
from vox import notebook
from vox.drawing import literally


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


@pytest.mark.parametrize("name", [
    "ke$ha$ x", "$$$", "x$^$", "a$\\foo$", "A$AP", "鈴木", "アニカ", "한국", "😀", "李小龍",
    "O\\'Neil",
])  # fmt: skip
def test_names_are_drawn_as_they_are(name, recwarn):
    spec = vox.Spectrogram(length=17152)
    figure = notebook.spectrograms_figure({name: tone(200, 1.2), "plain": tone(200, 1.2)}, spec)
    figure.savefig(io.BytesIO(), format="png")  # a formula that is none, or a missing glyph
    assert not recwarn.list
    title, plain = (axes.title for axes in figure.axes[:2])
    assert title.get_text() == name
    assert not title.get_parse_math()
    assert plain.get_fontfamily() == Text().get_fontfamily()


def test_what_no_font_has_is_written_as_its_number():
    text = literally(Text(text="a\U000f0000b"))
    assert text.get_text() == "a[U+F0000]b"


def test_spectrograms_are_drawn_on_one_scale_with_units():
    spec = vox.Spectrogram(length=17152)
    sounds = {"low": tone(200, 1.2), "high": tone(900, 2)}
    first, second, _ = notebook.spectrograms_figure(sounds, spec).axes
    assert first.get_ylabel() == "frequency (kHz)"
    assert first.images[0].get_clim() == second.images[0].get_clim()
    assert second.images[0].get_extent()[1] == pytest.approx(2, abs=0.01)
