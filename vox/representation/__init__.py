"""Sound as the networks' images, and back."""

from vox.representation.base import Analysis, Representation
from vox.representation.spectrogram import Spectrogram

__all__ = ["Analysis", "Representation", "Spectrogram"]
