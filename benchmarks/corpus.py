"""What is trained on where speed is measured."""

from __future__ import annotations

from dataclasses import replace

import vox
from vox.corpus import Corpus
from vox.labels import PAGE


def page_corpus() -> Corpus:
    """Return the embedded corpus with its labels among the page's 1421, 53 and 2 classes."""
    demo = vox.load_corpus("demo")

    def moved(labels: dict[str, str]) -> dict[str, str]:
        index = demo.labels.index(**labels)
        return PAGE.names(index)

    recordings = tuple(replace(r, labels=moved(dict(r.labels))) for r in demo.recordings)
    return replace(demo, recordings=recordings, labels=PAGE)
