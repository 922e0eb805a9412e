"""The curves on an experiment's page, over those of its parent."""

import re

import nbformat
import numpy as np
import pandas as pd
import pytest

from vox import notebook
from vox.curves import CURVES
from vox.english import WORDS
from vox.errors import VoxError
from vox.language import Words
from vox.records.media import move_media
from vox.site import losses, notebooks
from vox.site.entries import Entry


def recorded(tmp_path, id, iterations, **columns):
    """The page of a record with curves, as Markdown, and its entry."""
    index = pd.Index(range(1, iterations + 1), name="iteration")
    figure = notebook.losses_figure(pd.DataFrame({"epoch": 0.0, **columns}, index=index))
    data = {"text/html": figure._repr_html_(), **figure._repr_mimebundle_()}
    output = nbformat.v4.new_output("display_data", data)
    cell = nbformat.v4.new_code_cell("x", id="c1", outputs=[output])
    (tmp_path / id).mkdir()
    move_media(cell, tmp_path / id, id)
    book = nbformat.v4.new_notebook(cells=[cell])
    told = {"parameters": {"corpus": "demo", "profile": "demo"}}
    entry = Entry(
        "experiments", id, id, "u", meta={"record": told}, curves=notebooks.curves(book, id)
    )
    return notebooks.markdown(book), entry


@pytest.fixture
def child(tmp_path):
    return recorded(tmp_path, "cfcefd21", 30, reconstruction=np.geomspace(1, 0.1, 30))


def test_curves_are_laid_over_the_parent_s_and_both_are_named(child, tmp_path):
    text, entry = child
    _, parent = recorded(tmp_path, "9ada9179", 20, reconstruction=0.5)
    shown = losses.laid(text, entry, parent)
    assert "<img" not in shown
    assert "dashed those of 9ada9179 over 20" in shown
    told = re.search("<p>(.*?)</p>", shown)[1]
    assert told == "実線はこの記録 (demo、30 回)、破線は親 9ada9179 の記録 (demo、20 回)。"
    assert Words(WORDS).english(told) == (
        "Solid: this record (demo, 30 iterations). "
        "Dashed: the record of its parent 9ada9179 (demo, 20 iterations)."
    )


def test_what_has_nothing_to_be_laid_over_stays_as_its_record_has_it(child, tmp_path):
    text, entry = child
    _, other = recorded(tmp_path, "other", 20, cross_entropy=0.5)
    assert "<img" in text
    for parent in (None, other, Entry("experiments", "bare", "t", "u")):
        assert losses.laid(text, entry, parent) == text
    assert losses.laid(text, Entry("experiments", "bare", "t", "u"), other) == text


def test_a_record_with_something_else_for_curves_is_named():
    output = nbformat.v4.new_output("display_data", {CURVES: {"curves": 1}})
    cell = nbformat.v4.new_code_cell("x", id="c1", outputs=[output])
    with pytest.raises(VoxError, match=r"e\.ipynb: these are no loss curves"):
        notebooks.curves(nbformat.v4.new_notebook(cells=[cell]), "e.ipynb")
