"""The one progress bar: plain text on standard error, in terminals and notebooks alike."""

from __future__ import annotations

import sys
import warnings
from typing import NoReturn

from tqdm import TqdmWarning, tqdm

# Libraries that import tqdm.auto in a notebook are told to install widgets, which no static page
# can show.
warnings.filterwarnings("ignore", message="IProgress not found", category=TqdmWarning)


def bar(
    total: int | None, *, unit: str, title: str, done: int = 0, shown: bool = True
) -> tqdm[NoReturn]:
    """Return a tqdm bar for `total` steps, if it is known, of which `done` are behind us.

    It is the plain-text bar on purpose: the one for notebooks writes widget state, which a static
    page cannot show. Where the output is kept (a notebook, a log) it is redrawn more seldom.
    """
    return tqdm(
        total=total,
        initial=done,
        unit=unit,
        desc=title,
        file=sys.stderr,
        mininterval=0.2 if sys.stderr.isatty() else 2.0,
        dynamic_ncols=sys.stderr.isatty(),
        smoothing=0.05,
        disable=not shown,
        delay=0.5,  # what is done at once needs no bar
    )
