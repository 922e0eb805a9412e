"""Training: the state of a run, its loop, several processes, interruptions, new speakers."""

from vox.training.adaptation import adapt
from vox.training.loop import Interrupted, train

__all__ = ["Interrupted", "adapt", "train"]
