"""Figures: axes, scales, and what is drawn."""

import base64
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from conftest import tone
from matplotlib.text import Text
from PIL import Image

import vox
from vox import notebook
from vox.curves import CURVES
from vox.drawing import drawing, literally


def test_losses_figure_has_log_log_axes_and_every_loss():
    losses = pd.DataFrame(
        {"epoch": 0.0, "reconstruction": np.geomspace(1, 1e-3, 500), "adversarial": -1.0},
        index=pd.Index(range(1, 501), name="iteration"),
    )
    figure = notebook.losses_figure(losses, points=120)
    left, right = figure.axes
    assert (left.get_xscale(), left.get_yscale()) == ("log", "log")
    assert right.get_yscale() == "symlog"
    (line,) = left.get_lines()
    assert line.get_ydata()[[0, -1]] == pytest.approx([1, 1e-3], rel=0.2)
    kept = figure.data[CURVES]["curves"]["reconstruction"]
    assert (kept["first"], kept["last"]) == (1.0, 1e-3)
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


def pair():
    """Two panels with a picture and a curve each, and a legend."""
    figure = drawing(8, 3)
    row = figure.subplots(1, 2)
    for axes, title in zip(row, ("first & <b>", "second"), strict=True):
        axes.imshow(np.arange(256.0).reshape(16, 16))
        axes.plot([0, 9], [0, 9], label="a curve")
        axes.set_title(title)
        axes.legend()
    figure.alt, figure.panels = 'Two "panels"', [[axes] for axes in row]
    return figure


def test_a_figure_is_svg_in_the_colours_of_the_page_a_panel_each():
    figure = pair()
    made = figure.svgs()
    assert figure.svgs() == made  # and it is as it was
    assert all(axes.get_visible() for axes in figure.axes)
    for svg, label, title in zip(
        made, ('Two "panels"', "second"), ("first & <b>", "second"), strict=True
    ):
        root = ET.fromstring(svg)
        assert (root.get("role"), root.get("aria-label")) == ("img", label)
        assert int(root.get("width")) < 8 * 96 * 0.6
        assert {"a curve", title} <= {"".join(each.itertext()) for each in root.iter()}
        assert "currentColor" in svg
        assert "var(--md-default-bg-color" in svg  # behind the legend
        assert not re.search(r"<style|<metadata|\n|#000000|#ffffff|xlink", svg)
    assert made[0] in figure._repr_html_()


def test_pictures_within_a_figure_are_small_and_its_names_are_its_own():
    first, second = pair().svgs()
    kind, data = re.search(r'href="data:image/(\w+);base64,([^"]*)"', first).groups()
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.format.lower() == kind
        assert 150 < picture.width < 700
    ids = [re.findall(r' id="([^"]+)"', svg) for svg in (first, second)]
    assert ids[0]
    assert not {*ids[0]} & {*ids[1]}
    for svg, own in zip((first, second), ids, strict=True):
        assert {*re.findall(r'(?:url\(|href=")#([^")]+)', svg)} == {*own}


def test_numbers_that_are_written_in_a_figure_are_not_rounded():
    figure = drawing(4, 3)
    axes = figure.subplots()
    axes.plot([0.123456, 1], [0, 1], label="floor 0.001")
    axes.set_xticks([0.25, 0.375], ["0.25", "-0.375"])
    axes.set_title("momentum 0.99")
    axes.legend()
    (svg,) = figure.svgs()
    written = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"floor 0.001", "0.25", "-0.375", "momentum 0.99"} <= {*written}
    assert not re.search(r' d="[^"]*\d\.\d\d', svg)  # a tenth of a point is seen by nobody


def test_a_figure_without_panels_is_one():
    figure = pair()
    figure.panels = ()
    (svg,) = figure.svgs()
    assert ET.fromstring(svg).get("width") == "768"
