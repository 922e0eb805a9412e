"""Training: the state of a run, its loop, several processes, interruptions."""

from vox.training.loop import Interrupted, train

__all__ = ["Interrupted", "train"]
