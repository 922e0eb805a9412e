"""Figures of records on a page: SVG within it, PNG of older records beside it."""

import base64
import io
import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from PIL import Image

from vox import ipynb
from vox.drawing import drawing
from vox.records.media import move_media
from vox.site import pictures
from vox.site.entries import Entry


@pytest.fixture
def kept(tmp_path):
    """A record's output with a figure of two panels, and the folder of its page."""
    figure = drawing(8, 3)
    row = figure.subplots(1, 2)
    for axes, title in zip(row, ("source", "output"), strict=True):
        axes.imshow(np.arange(256.0).reshape(16, 16))
        axes.set_title(title)
    figure.alt, figure.panels = 'Spectrograms of "source"', [[axes] for axes in row]
    output = nbformat.v4.new_output("display_data", {"text/html": figure._repr_html_()})
    cell = nbformat.v4.new_code_cell("x", id="c1", outputs=[output])
    (tmp_path / "e").mkdir()
    media = move_media(cell, tmp_path / "e", "e")
    return cell.outputs[0].data["text/html"], media, tmp_path


def test_a_record_keeps_figures_as_files_that_show_what_they_are(kept):
    html, media, folder = kept
    assert [one["text"] for one in media] == ['Spectrograms of "source"', "output"]
    assert "<svg" not in html
    shown = re.findall(r'<img src="([^"]+)" alt="([^"]+)" width="\d+" height="\d+"', html)
    assert [name for name, _ in shown] == [one["file"] for one in media]
    assert shown[0][1] == "Spectrograms of &quot;source&quot;"
    for name, _ in shown:
        svg = (folder / name).read_text(encoding="utf-8")
        assert svg.startswith("<svg ")
        assert svg.endswith("</svg>")


def test_a_record_is_made_whole_again_of_what_lies_beside_it_alone(kept):
    html, media, folder = kept
    (folder.parent / "secret.png").write_bytes(b"not of this folder")
    left = '<img src="../secret.png"><img src="https://example.org/a.png"><img src="e/none.png">'
    output = nbformat.v4.new_output("display_data", {"text/html": html + left})
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell('show(src="e/none.png")', outputs=[output])]
    )
    ipynb.inline(notebook, folder)
    whole = notebook.cells[0].outputs[0].data["text/html"]
    assert whole.endswith(left)
    kinds = re.findall(r'src="data:([a-z+/]+);base64,([^"]+)"', whole)
    files = [(folder / one["file"]).read_bytes() for one in media]
    assert [base64.b64decode(data) for _, data in kinds] == files
    assert {kind for kind, _ in kinds} == {"image/svg+xml"}


def test_the_page_holds_the_svg_and_its_pictures_lie_beside_it(kept):
    html, media, folder = kept
    page = pictures.shown(html, folder)
    assert "<img" not in page
    assert page.count("<svg") == 2
    assert "data:" not in page
    named = re.findall(r'<image href="([^"]+)"', page)
    held = {}
    for one in media:
        held |= pictures.rasters(folder / one["file"])
    assert {name.removeprefix("e/") for name in named} == {*held}
    for data in held.values():
        Image.open(io.BytesIO(data)).verify()


def test_a_png_of_an_older_record_has_its_size_and_what_is_elsewhere_stays(tmp_path):
    (tmp_path / "docs").mkdir()
    for name in ("docs/x.png", "outside.png"):
        Image.new("RGB", (30, 20)).save(tmp_path / name)
    shown = pictures.shown('<img src="x.png" alt="y">', tmp_path / "docs")
    assert shown == '<img loading="lazy" width="30" height="20" src="x.png" alt="y">'
    for other in ('<img src="../outside.png" alt="">', '<img src="https://a.org/x.png">'):
        assert pictures.shown(other, tmp_path / "docs") == other


def test_the_thumbnail_is_the_output_with_small_pictures(kept):
    _, media, folder = kept
    entry = Entry("experiments", "e", "t", "u", meta={"record": {"media": media}})
    assert entry.picture == media[1]
    assert entry.thumbnail == media[1]["file"].replace(".svg", "-small.svg")
    small = pictures.small(folder / media[1]["file"], 0.0).decode()
    assert len(small) < 30_000
    data = re.search(r'href="data:image/webp;base64,([^"]*)"', small)[1]
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.width == 240


def test_what_others_show_of_a_page_is_a_raster(kept):
    _, media, folder = kept
    (folder / "e" / "curve.svg").write_text("<svg></svg>")

    def preview(file):
        return pictures.preview(SimpleNamespace(kind=".", picture={"file": file}), folder)

    shown = preview(media[-1]["file"])
    assert shown.endswith(".webp")
    assert Path(shown).name in pictures.rasters(folder / media[-1]["file"])
    assert preview("e/a.png") == "e/a.png"
    assert preview("e/curve.svg") is None
    assert pictures.preview(None, folder) is None
