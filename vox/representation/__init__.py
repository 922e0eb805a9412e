"""Sound as the networks' images, and back."""

from vox.representation.adjustment import Adjustment
from vox.representation.base import Analysis, Representation
from vox.representation.spectrogram import Spectrogram
from vox.representation.world import World

__all__ = ["Adjustment", "Analysis", "Representation", "Spectrogram", "World"]
