"""Honest scores of conversions, by judges that took no part in training."""

from vox.evaluation.accuracy import Accuracy, Predictions, predictions
from vox.evaluation.label_effect import LabelEffect, label_effect
from vox.evaluation.reconstruction import ReconstructionError, reconstruction_error
from vox.evaluation.scores import SCORES, SYSTEMS, Pair, Score, Scorer
from vox.evaluation.summary import LEGEND, Evaluation, Interval, Verdict, interval, share

__all__ = [
    "LEGEND",
    "SCORES",
    "SYSTEMS",
    "Accuracy",
    "Evaluation",
    "Interval",
    "LabelEffect",
    "Pair",
    "Predictions",
    "ReconstructionError",
    "Score",
    "Scorer",
    "Verdict",
    "interval",
    "label_effect",
    "predictions",
    "reconstruction_error",
    "share",
]
