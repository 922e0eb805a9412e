"""Sound as samples: reading any file, changing its rate, levels.

PCM is mono float32 at the rate its function names; full scale is [-1, 1].
"""

from vox.audio.errors import AudioError
from vox.audio.formats import READABLE, WRITABLE
from vox.audio.levels import Level, normalise, rms
from vox.audio.rates import Pcm, Resampler, resample
from vox.audio.sound import mono, opened, pieces, read

__all__ = [
    "READABLE",
    "WRITABLE",
    "AudioError",
    "Level",
    "Pcm",
    "Resampler",
    "mono",
    "normalise",
    "opened",
    "pieces",
    "read",
    "resample",
    "rms",
]
