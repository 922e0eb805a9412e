"""What an experiment is: its parts, what changes between two, the key of what it computes."""

from vox.definition.experiment import Experiment
from vox.definition.page import Page
from vox.definition.run_settings import OWN, SETTINGS, RunSettings
from vox.definition.scale import Profile, Scale, settings

__all__ = [
    "OWN",
    "SETTINGS",
    "Experiment",
    "Page",
    "Profile",
    "RunSettings",
    "Scale",
    "settings",
]
