"""Windows that a run was not trained on."""

from __future__ import annotations

from vox.corpus import Corpus
from vox.corpus.windows import Windows
from vox.errors import VoxError
from vox.representation import Analysis
from vox.runs import Run


def unseen_windows(run: Run, corpus: Corpus) -> tuple[Windows, bool]:
    """Return windows of the held-out recordings, and whether they are held out.

    Where none of those gives a window, they are of the recordings that were trained on.
    """
    representation, seed = run.experiment.representation, run.spec.seed
    try:
        return representation.windows(corpus, split="test", seed=seed), True
    except VoxError:
        return representation.windows(corpus, seed=seed), False


def unseen_analysis(run: Run, corpus: Corpus, count: int = 24) -> Analysis:
    """Return the images of so many of them, with what stands beside them."""
    windows, _ = unseen_windows(run, corpus)
    cut, _ = windows.batch(0, 0, count)
    return run.experiment.representation.windowed(cut)
