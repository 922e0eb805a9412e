"""Labelled recordings: loading and checking a corpus, its PCM store, random windows of it."""

from vox.corpus.corpus import Corpus, load_corpus
from vox.corpus.recording import Problem, Recording
from vox.corpus.windows import Windows

__all__ = ["Corpus", "Problem", "Recording", "Windows", "load_corpus"]
