"""Figures with a text for those who cannot see them."""

from __future__ import annotations

from typing import cast

import matplotlib.pyplot as plt
from matplotlib.figure import Figure


class Drawing(Figure):
    """A figure with a text for those who cannot see it; `vox.notebook` gives it to Jupyter."""

    alt = ""


def drawing(width: float, height: float) -> Drawing:
    """Return an empty drawing of a size in inches."""
    figure = plt.figure(FigureClass=Drawing, figsize=(width, height), layout="constrained")
    plt.close(figure)  # shown when it is returned, not once more by pyplot
    return cast(Drawing, figure)
