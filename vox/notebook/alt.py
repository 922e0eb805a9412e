"""Figures in Jupyter: as SVG alone."""

from __future__ import annotations

from IPython.core.getipython import get_ipython

from vox.drawing import Drawing


def describe_figures() -> None:
    """Let Jupyter show a `Drawing` as the SVG that it is, and not as a PNG beside it."""
    shell = get_ipython()
    if shell is not None and shell.display_formatter is not None:
        shell.display_formatter.formatters["image/png"].for_type(Drawing, lambda figure: None)
