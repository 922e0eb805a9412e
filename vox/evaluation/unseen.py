"""Windows that a run was not trained on."""

from __future__ import annotations

from vox.corpus import Corpus
from vox.corpus.windows import Windows
from vox.errors import VoxError
from vox.representation import Analysis, Representation
from vox.runs import Run


def unseen_windows(
    representation: Representation, corpus: Corpus, seed: int = 0
) -> tuple[Windows, bool]:
    """Return windows of the held-out recordings, and whether they are held out.

    Where none of those gives a window, they are of the recordings that were trained on.
    """
    try:
        return representation.windows(corpus, split="test", seed=seed), True
    except VoxError:
        return representation.windows(corpus, seed=seed), False


def unseen_analysis(run: Run, corpus: Corpus, count: int = 24) -> Analysis:
    """Return the images of so many of them, with what stands beside them."""
    windows, _ = unseen_windows(run.experiment.representation, corpus, run.spec.seed)
    cut, _ = windows.batch(0, 0, count)
    return run.experiment.representation.windowed(cut)
