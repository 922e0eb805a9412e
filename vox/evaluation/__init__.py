"""Honest scores of conversions, by judges that took no part in training."""

from vox.evaluation.accuracy import Accuracy, Predictions, predictions
from vox.evaluation.columns import SCORES, SYSTEMS, Score
from vox.evaluation.converters import AsRecorded, Bounds, Converter, Through, Trained
from vox.evaluation.intervals import Interval, interval, share
from vox.evaluation.label_effect import LabelEffect, label_effect
from vox.evaluation.outputs import Outputs
from vox.evaluation.pairs import Pair
from vox.evaluation.reconstruction import ReconstructionError, reconstruction_error
from vox.evaluation.scores import Scorer
from vox.evaluation.summary import LEGEND, Evaluation
from vox.evaluation.verdicts import Verdict

__all__ = [
    "LEGEND",
    "SCORES",
    "SYSTEMS",
    "Accuracy",
    "AsRecorded",
    "Bounds",
    "Converter",
    "Evaluation",
    "Interval",
    "LabelEffect",
    "Outputs",
    "Pair",
    "Predictions",
    "ReconstructionError",
    "Score",
    "Scorer",
    "Through",
    "Trained",
    "Verdict",
    "interval",
    "label_effect",
    "predictions",
    "reconstruction_error",
    "share",
]
