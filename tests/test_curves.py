"""Loss curves as data, and as a figure over another run's."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from vox import notebook
from vox.curves import CURVES, Curves
from vox.errors import VoxError


def losses(iterations=200, **columns):
    told = {"epoch": 0.0, **columns}
    return pd.DataFrame(told, index=pd.Index(range(1, iterations + 1), name="iteration"))


@pytest.fixture
def figure():
    reconstruction = np.full(200, 0.25)
    reconstruction[:2] = 4.0
    accuracy = np.full(200, np.nan)
    accuracy[-50:] = 0.5
    return notebook.losses_figure(
        losses(reconstruction=reconstruction, accuracy_sex=accuracy, adversarial=-1.0), points=12
    )


def test_a_figure_of_losses_gives_them_as_json_has_them(figure):
    data = json.loads(json.dumps(figure._repr_mimebundle_()[CURVES], allow_nan=False))
    assert (data["iterations"], data["at"][0], data["curves"]["reconstruction"]["first"]) == (
        200, 1.0, 4.0,
    )  # fmt: skip
    assert data["curves"]["accuracy_sex"]["mean"][0] is None
    assert data["curves"]["accuracy_sex"]["first"] == 0.5
    assert data["curves"]["adversarial"]["kind"] == "adversarial losses"
    assert Curves.read(data).data() == data == figure.data[CURVES]
    assert "reconstruction from 4 to 0.25" in figure.alt


def test_bins_hold_the_smallest_the_mean_and_the_largest_value(figure):
    curves = Curves.read(figure.data[CURVES])
    curve, at = curves.curves["reconstruction"], curves.at
    assert curve.low[-1] == curve.mean[-1] == curve.high[-1] == 0.25
    assert at == sorted(at)
    assert max(curve.high) == 4.0


def test_another_run_lies_beneath_dashed_where_names_are_the_same(figure):
    other = losses(50, reconstruction=0.5, gone=1.0).drop(columns="epoch")
    over = notebook.losses_figure(
        losses(reconstruction=0.25, adversarial=-1.0), other, named="9ada9179"
    )
    left, right = over.axes
    assert [text.get_text() for text in left.get_legend().get_texts()] == [
        "reconstruction", "9ada9179",
    ]  # fmt: skip
    solid, dashed = left.get_lines()[:2]
    assert (max(solid.get_xdata()), max(dashed.get_xdata())) == pytest.approx((200, 50), rel=0.1)
    assert dashed.get_linestyle() != solid.get_linestyle()
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["adversarial"]
    assert over.alt.endswith("dashed those of 9ada9179 over 50")


@pytest.mark.parametrize("broken", [
    {}, {"curves": []}, {"curves": {"a": {}}}, {"curves": {"a": 3}}, {"iterations": "many"},
    {"at": [1.0]}, {"at": None},
])  # fmt: skip
def test_what_is_no_curve_is_an_error(figure, broken):
    data = {**figure.data[CURVES], **broken} if broken else {}
    with pytest.raises(VoxError, match="no loss curves of a record"):
        Curves.read(data)


def test_no_kind_but_the_three(figure):
    data = json.loads(json.dumps(figure.data[CURVES]))
    data["curves"]["reconstruction"]["kind"] = "<b>"
    with pytest.raises(VoxError, match=re.escape("no kind of loss")):
        Curves.read(data)
