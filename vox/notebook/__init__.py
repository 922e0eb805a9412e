"""The face of vox that notebooks use: parameters that are checked, tables, players, claims.

Everything here returns an object that Jupyter displays by itself.
"""

from vox.notebook.alt import describe_figures
from vox.notebook.ceiling import CopyScores
from vox.notebook.claims import Heard
from vox.notebook.figures import losses_figure, spectrograms_figure
from vox.notebook.matrix import Matrix
from vox.notebook.parameters import Parameters, parameters
from vox.notebook.players import Players, flac
from vox.notebook.scores import SCORES_DATA, Scores
from vox.notebook.sounds import (
    Conversion,
    CopySynthesis,
    Example,
    Reconstruction,
    example,
    parallel,
    speakers,
)
from vox.notebook.speaking import speak
from vox.notebook.tables import (
    CLAIMS,
    EFFECT,
    Claim,
    Claims,
    RanAt,
    claims,
    corrections,
    effect_table,
    loss_table,
    memory_table,
    parameter_counts,
    shapes,
)
from vox.notebook.trials import OddSounds, evaluated, real_time, trials_table
from vox.notebook.voices import Successor, Voices
from vox.table import Table
from vox.words import decided, negated

__all__ = [
    "CLAIMS",
    "EFFECT",
    "SCORES_DATA",
    "Claim",
    "Claims",
    "Conversion",
    "CopyScores",
    "CopySynthesis",
    "Example",
    "Heard",
    "Matrix",
    "OddSounds",
    "Parameters",
    "Players",
    "RanAt",
    "Reconstruction",
    "Scores",
    "Successor",
    "Table",
    "Voices",
    "claims",
    "corrections",
    "decided",
    "effect_table",
    "evaluated",
    "example",
    "flac",
    "loss_table",
    "losses_figure",
    "memory_table",
    "negated",
    "parallel",
    "parameter_counts",
    "parameters",
    "real_time",
    "shapes",
    "speak",
    "speakers",
    "spectrograms_figure",
    "trials_table",
]

describe_figures()
