"""Figures in Jupyter with a text for those who cannot see them."""

from __future__ import annotations

from typing import Any

from IPython.core.getipython import get_ipython
from IPython.core.pylabtools import print_figure

from vox.drawing import Drawing


def describe_figures() -> None:
    """Let Jupyter show a `Drawing` as PNG with its text, which nbconvert makes the alt text."""
    shell = get_ipython()
    if shell is not None and shell.display_formatter is not None:
        shell.display_formatter.formatters["image/png"].for_type(Drawing, _png)


def _png(figure: Drawing) -> tuple[Any, dict[str, str]]:
    return print_figure(figure, "png", base64=True), {"alt": figure.alt}
