"""Optimisers and their rates, as parts of an experiment that build themselves."""

from vox.optimisation.base import Optimisation
from vox.optimisation.optimisers import Adam, RMSprop

__all__ = ["Adam", "Optimisation", "RMSprop"]
