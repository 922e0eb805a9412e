"""vox: an experiment notebook on voice conversion that runs.

Data goes down one line, and each part knows only the parts before it:

    recordings + labels -> PCM store -> windows -> images + label vectors
        -> networks -> losses -> run -> notebook

What is asked for is imported when it is asked for: a version or a list needs no torch.

Examples
--------
>>> import vox
>>> e = vox.experiment("cfcefd21")
>>> e.representation.shape, e.parent
((64, 256), '9ada9179')
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vox import threads

if TYPE_CHECKING:
    from vox.corpus import Corpus, load_corpus
    from vox.definition import Experiment
    from vox.errors import VoxError
    from vox.labels import LabelSpace
    from vox.representation import Spectrogram
    from vox.runs import Run
    from vox.series import experiment, experiments
    from vox.training import adapt, train

__version__ = "0.2.0"

threads.choose()  # before anything loads torch

_HOMES = {
    "Corpus": "corpus",
    "Experiment": "definition",
    "LabelSpace": "labels",
    "Run": "runs",
    "Spectrogram": "representation",
    "VoxError": "errors",
    "adapt": "training",
    "experiment": "series",
    "experiments": "series",
    "load_corpus": "corpus",
    "train": "training",
}

__all__ = [
    "Corpus",
    "Experiment",
    "LabelSpace",
    "Run",
    "Spectrogram",
    "VoxError",
    "adapt",
    "experiment",
    "experiments",
    "load_corpus",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vox' has no attribute {name!r}")
    return getattr(import_module(f"vox.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
