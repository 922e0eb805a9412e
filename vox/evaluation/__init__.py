"""Honest scores of conversions, by judges that took no part in training."""

from vox.evaluation.scores import SCORES, SYSTEMS, Pair, Score, Scorer
from vox.evaluation.summary import LEGEND, Evaluation, Interval, Verdict, interval, share

__all__ = [
    "LEGEND",
    "SCORES",
    "SYSTEMS",
    "Evaluation",
    "Interval",
    "Pair",
    "Score",
    "Scorer",
    "Verdict",
    "interval",
    "share",
]
