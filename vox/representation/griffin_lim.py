"""Griffin-Lim: a sound from magnitudes alone, whole or piece by piece.

The method is that of Griffin and Lim (1984) with the momentum of Perraudin, Balazs and Søndergaard
(2013), as in librosa. It is written here because a long sound is made section by section: each
section must go on in the phase in which the one before it ended, and librosa takes no such past.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import torch

from vox.audio import Pcm

MOMENTUM = 0.99
SECTION = 1024  # frames found together; 16 s in the series
AHEAD = 32  # frames behind a section that are found with it, and found again with the next


def griffin_lim(
    magnitude: torch.Tensor,
    *,
    frame: int,
    hop: int,
    iterations: int,
    past: torch.Tensor | None = None,
    seed: int = 0,
) -> torch.Tensor:
    """Find a phase for magnitudes of a short-time Fourier transform with a Hamming window.

    Parameters
    ----------
    magnitude
        Shape ``(frame // 2 + 1, frames)``, float32.
    frame, hop
        In samples.
    iterations
        Of analysis and synthesis.
    past
        Complex spectra of frames that come before, shape ``(frame // 2 + 1, before)``. They are
        kept as they are, so what follows goes on in their phase. ``frame // hop - 1`` of them
        overlap with what follows, and more have no effect.
    seed
        Of the initial phase.

    Returns
    -------
    torch.Tensor
        Complex spectra with the magnitudes given, without the past; complex64.
    """
    draw = torch.Generator().manual_seed(seed)
    phase = torch.polar(
        torch.ones_like(magnitude), 2 * torch.pi * torch.rand(magnitude.shape, generator=draw)
    )
    before = 0 if past is None else past.shape[1]
    window = torch.hamming_window(frame)
    rebuilt = torch.zeros(magnitude.shape[0], before + magnitude.shape[1], dtype=phase.dtype)
    for _ in range(iterations):
        spectrum = _behind(past, magnitude * phase)
        last, pcm = rebuilt, _synthesis(spectrum, window, hop)
        rebuilt = torch.stft(
            pcm, frame, hop, window=window, center=False, return_complex=True
        )  # fmt: skip
        phase = (rebuilt - MOMENTUM / (1 + MOMENTUM) * last)[:, before:]
        phase = phase / phase.abs().clamp_min(1e-16)
    return magnitude * phase


def synthesise(
    magnitudes: Iterable[npt.NDArray[np.floating]], *, frame: int, hop: int, iterations: int
) -> Iterator[Pcm]:
    """Turn magnitudes that come in pieces into a sound that goes out in pieces.

    Memory does not grow with the length. A sound of up to ``SECTION + AHEAD`` frames is found as a
    whole; the initial phases are drawn from fixed seeds.

    Parameters
    ----------
    magnitudes
        Arrays of the shape ``(frames, frame // 2 + 1)``, one after the other.
    frame, hop, iterations
        As for `griffin_lim`.

    Yields
    ------
    numpy.ndarray
        Shape ``(time,)``, float32: ``(frames - 1) * hop + frame`` samples in all.
    """
    overlap = frame // hop - 1 + (frame % hop > 0)
    held = np.zeros((0, frame // 2 + 1), np.float32)
    past: torch.Tensor | None = None
    seed = 0

    def section(frames: int, last: bool) -> Pcm:
        nonlocal past, seed
        found = griffin_lim(
            torch.from_numpy(held.T.copy()), frame=frame, hop=hop, iterations=iterations,
            past=past, seed=seed,
        )[:, :frames]  # fmt: skip
        known = 0 if past is None else past.shape[1]
        whole = _behind(past, found)
        pcm = _synthesis(whole, torch.hamming_window(frame), hop).numpy()
        past, seed = whole[:, -overlap:] if overlap else None, seed + 1
        return pcm[known * hop :] if last else pcm[known * hop : (known + frames) * hop]

    for piece in magnitudes:
        held = np.concatenate([held, piece.astype(np.float32)])
        while len(held) > SECTION + AHEAD:
            rest, held = held[SECTION:], held[: SECTION + AHEAD]
            yield section(SECTION, last=False)
            held = rest
    if len(held):
        yield section(len(held), last=True)


def _behind(past: torch.Tensor | None, spectrum: torch.Tensor) -> torch.Tensor:
    return spectrum if past is None else torch.cat([past, spectrum], dim=1)


def _synthesis(spectrum: torch.Tensor, window: torch.Tensor, hop: int) -> torch.Tensor:
    return torch.istft(spectrum, len(window), hop, window=window, center=False)
