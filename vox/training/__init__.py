"""Training: losses as pure functions, steps, the loop, checkpoints, and the run they leave."""

from vox.training.loop import Interrupted, train
from vox.training.run import Run

__all__ = ["Interrupted", "Run", "train"]
