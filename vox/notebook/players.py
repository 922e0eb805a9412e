"""Players in a notebook, and what is said in them."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping

import numpy as np
import soundfile

from vox.audio import Pcm, rms
from vox.corpus import Recording


class Players:
    """Sounds with a player each, in one row and at one loudness; Jupyter shows the players.

    Parameters
    ----------
    sounds
        PCM of shape ``(time,)`` by title; the titles are escaped.
    sample_rate
        In Hz.
    """

    def __init__(self, sounds: Mapping[str, Pcm], sample_rate: int = 16_000) -> None:
        self.sounds, self.sample_rate = dict(sounds), sample_rate

    def _repr_html_(self) -> str:
        cells = []
        for title, pcm in self.sounds.items():
            source = flac(even(pcm), self.sample_rate)
            name = html.escape(title)
            how = f'controls preload="none" style="width:100%" aria-label="{name}"'
            audio = f'<audio {how} src="{source}"></audio>'
            cells.append(f'<div style="flex:1 1 10em;max-width:16em">{name}{audio}</div>')
        style = "display:flex;flex-wrap:wrap;gap:1em"
        return f'<div class="vox-players" style="{style}">{"".join(cells)}</div>'

    def __repr__(self) -> str:
        seconds = ", ".join(
            f"{title!r} {len(pcm) / self.sample_rate:.2f} s" for title, pcm in self.sounds.items()
        )
        return f"Players({seconds})"


def even(pcm: Pcm) -> Pcm:
    """Bring a sound to the loudness that all players have, without clipping."""
    level = 0.05  # RMS: -26 dBFS leaves speech its peaks
    loudness = rms(pcm)
    louder = pcm * (level / loudness) if loudness else pcm
    peak: float = np.abs(louder).max(initial=0)
    return louder / max(1.0, float(peak))


def flac(pcm: Pcm, sample_rate: int) -> str:
    """Return a sound as a ``data:`` address: 16-bit FLAC, which every browser plays."""
    buffer = io.BytesIO()
    soundfile.write(buffer, pcm, sample_rate, format="FLAC", subtype="PCM_16")
    return f"data:audio/flac;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def mp3(pcm: Pcm, sample_rate: int) -> str:
    """Return a short sound, evened, as a ``data:`` address: MP3, a third of FLAC's size."""
    buffer = io.BytesIO()
    soundfile.write(buffer, even(pcm), sample_rate, format="MP3")
    return f"data:audio/mpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def sentences(*recordings: Recording) -> str:
    """Return as HTML what is said in recordings, in its language: each sentence once."""
    told = dict.fromkeys((one.text, one.language) for one in recordings if one.text)
    marked = ((text, f' lang="{tongue}"' if tongue else "") for text, tongue in told)
    return "".join(f'<p class="vox-said"{of}>{html.escape(text)}</p>' for text, of in marked)
