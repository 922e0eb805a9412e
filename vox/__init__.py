"""vox: an experiment notebook on voice conversion that runs.

Data goes down one line, and each part knows only the parts before it::

    recordings + labels -> PCM store -> windows -> spectrograms + label vectors
        -> networks -> losses -> run -> notebook

>>> import vox
>>> e = vox.experiment("cfcefd21")
>>> e.spectrogram.shape, e.parent
((64, 256), '9ada9179')
"""

from vox.corpus import Corpus, load_corpus
from vox.definition import Experiment
from vox.errors import VoxError
from vox.experiments import experiment, experiments
from vox.labels import LabelSpace
from vox.spectrogram import Spectrogram
from vox.training import Run, train

__version__ = "0.1.0"

__all__ = [
    "Corpus",
    "Experiment",
    "LabelSpace",
    "Run",
    "Spectrogram",
    "VoxError",
    "experiment",
    "experiments",
    "load_corpus",
    "train",
]
