"""Labelled recordings: loading and checking a corpus, its PCM store, random windows of it.

`vox.corpus.windows` is imported by whoever cuts windows: it needs torch, and checking does not.
"""

from vox.corpus.corpus import Corpus, load_corpus
from vox.corpus.recording import Problem, Recording

__all__ = ["Corpus", "Problem", "Recording", "load_corpus"]
