"""Converting a sound of any length with a trained generator."""

from __future__ import annotations

import math

import numpy as np
import torch

from vox.audio import Pcm, normalise
from vox.models import Generator
from vox.spectrogram import Spectrogram


def convert(
    generator: Generator,
    spectrogram: Spectrogram,
    pcm: Pcm,
    labels: torch.Tensor,
    *,
    batch_size: int = 8,
    iterations: int = 60,
) -> Pcm:
    """Convert a recording with half-overlapping windows that are cross-faded as magnitudes.

    Every window is normalised as in training and gets its own level back before the cross-fade;
    the phase is found once for the whole recording, so no seam is left between windows.

    Parameters
    ----------
    generator
        Trained; it is run with its running batch statistics.
    spectrogram
        What it was trained on.
    pcm
        Shape ``(time,)``, float32 at the spectrogram's rate.
    labels
        An input vector, shape ``(label_size,)``.
    batch_size
        Windows converted at once.
    iterations
        Of Griffin-Lim.

    Returns
    -------
    numpy.ndarray
        Shape ``(time,)``, float32, as long as `pcm`. Silence stays silence.
    """
    frames, bins = spectrogram.shape
    step = frames // 2
    windows = 1 + max(0, math.ceil((len(pcm) - spectrogram.length) / (step * spectrogram.hop)))
    total = frames + (windows - 1) * step
    # the mean, not 0: a step at the end of a recording with an offset would be heard
    rest = (0, spectrogram.samples(total) - len(pcm))
    padded = np.pad(pcm, rest, constant_values=float(pcm.mean()))
    fade = np.sin(np.pi * (np.arange(frames) + 0.5) / frames)[:, None] ** 2
    magnitude, weight = np.zeros((total, bins)), np.zeros((total, 1))
    device = next(generator.parameters()).device
    training = generator.training
    generator.eval()
    try:
        for first in range(0, windows, batch_size):
            starts = range(first, min(first + batch_size, windows))
            cut = [
                normalise(padded[i * step * spectrogram.hop :][: spectrogram.length])
                for i in starts
            ]
            images = spectrogram.forward(torch.from_numpy(np.stack([c for c, _ in cut])).to(device))
            with torch.no_grad():
                out = generator(images, labels.to(device).expand(len(cut), -1))
            decoded = spectrogram.decode(out[:, 0]).double().cpu().numpy()
            for i, (_, level), image in zip(starts, cut, decoded, strict=True):
                magnitude[i * step :][:frames] += fade * image * level.half_range
                weight[i * step :][:frames] += fade
    finally:
        generator.train(training)
    return spectrogram.from_magnitude(magnitude / weight, iterations)[: len(pcm)]
