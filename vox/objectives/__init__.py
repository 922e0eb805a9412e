"""What is trained, by which losses, and what converting means."""

from vox.objectives.autoencoder import Autoencoder
from vox.objectives.base import Objective, Untrained
from vox.objectives.classifier import Classifier
from vox.objectives.converter import Converter
from vox.objectives.envelopes import EnvelopeStarGAN
from vox.objectives.phase import PhaseRetrieval
from vox.objectives.stargan import StarGAN
from vox.objectives.statistics import Statistics
from vox.objectives.transport import Transport

__all__ = [
    "Autoencoder",
    "Classifier",
    "Converter",
    "EnvelopeStarGAN",
    "Objective",
    "PhaseRetrieval",
    "StarGAN",
    "Statistics",
    "Transport",
    "Untrained",
]
