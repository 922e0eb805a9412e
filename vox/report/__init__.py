"""What is said of an experiment: its cost, its reach, its figures."""

from vox.report.accuracy import Accuracy, Predictions, predictions
from vox.report.cost import Memory, epoch_times, flops, largest_minibatch, measured_memory, memory
from vox.report.effect import LabelEffect, label_effect
from vox.report.figures import Drawing, losses_figure, spectrograms_figure
from vox.report.reach import Reach, reach

__all__ = [
    "Accuracy",
    "Drawing",
    "LabelEffect",
    "Memory",
    "Predictions",
    "Reach",
    "epoch_times",
    "flops",
    "label_effect",
    "largest_minibatch",
    "losses_figure",
    "measured_memory",
    "memory",
    "predictions",
    "reach",
    "spectrograms_figure",
]
