"""Converting sound of any length with a trained generator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt
import torch

from vox.audio import Pcm, normalise
from vox.models import Generator
from vox.spectrogram import Spectrogram

GAIN = 4.0
"""What a window may be raised by to have the level of its input: 12 dB. More would lift what a
generator leaves of near silence."""


class Copy(torch.nn.Module):
    """A generator that returns its input: what one that learnt only to copy would make of it."""

    def forward(self, image: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the image, shape ``(batch, 1, time, frequency)``."""
        return image


def convert(
    generator: Generator | Copy,
    spectrogram: Spectrogram,
    pcm: Pcm,
    labels: torch.Tensor,
    *,
    batch_size: int = 8,
    iterations: int = 60,
) -> Pcm:
    """Convert a recording that is at hand whole; parameters as for `convert_pieces`."""
    made = convert_pieces(
        generator, spectrogram, [pcm], labels, batch_size=batch_size, iterations=iterations
    )
    return np.concatenate(list(made))


def convert_pieces(
    generator: Generator | Copy,
    spectrogram: Spectrogram,
    pieces: Iterable[Pcm],
    labels: torch.Tensor,
    *,
    batch_size: int = 8,
    iterations: int = 60,
) -> Iterator[Pcm]:
    """Convert sound that comes in pieces, in memory that does not grow with its length.

    Windows overlap by half. Each is normalised as in training, converted, brought back to its own
    level, and cross-faded with its neighbours as magnitudes. The phase is found for many windows
    together and goes on from section to section, so no seam is left. A frame whose samples are all
    the same is silence, and stays so.

    Parameters
    ----------
    generator
        Trained; it is run with its running batch statistics.
    spectrogram
        What it was trained on.
    pieces
        PCM of the shapes ``(time,)``, float32 at the spectrogram's rate, one after the other.
    labels
        An input vector, shape ``(label_size,)``, on the generator's device.
    batch_size
        Windows converted at once.
    iterations
        Of Griffin-Lim.

    Yields
    ------
    numpy.ndarray
        Shape ``(time,)``, float32; all together as long as what came in.
    """
    length = 0

    def counted() -> Iterator[Pcm]:
        nonlocal length
        for piece in pieces:
            length += len(piece)
            yield piece

    training = generator.training
    generator.eval()
    try:
        windows = _windows(counted(), spectrogram)
        magnitudes = _cross_faded(_converted(generator, spectrogram, windows, labels, batch_size))
        begin = -spectrogram.margin  # where in the recording the next samples belong
        for pcm in spectrogram.from_magnitudes(magnitudes, iterations):
            inside = pcm[max(0, -begin) : max(0, length - begin)]
            begin += len(pcm)
            if len(inside):
                yield inside
    finally:
        generator.train(training)


def _windows(pieces: Iterable[Pcm], spectrogram: Spectrogram) -> Iterator[Pcm]:
    """Cut half-overlapping windows, the first beginning a margin early, the last padded.

    The padding is the mean of the samples beside it: a step would be heard.
    """
    length, margin = spectrogram.length, spectrogram.margin
    step = spectrogram.shape[0] // 2 * spectrogram.hop
    held, begun = np.zeros(0, np.float32), False
    for piece in pieces:
        held = np.concatenate([held, piece])
        if not begun and len(held) >= length:
            held, begun = np.pad(held, (margin, 0), constant_values=_mean(held[:length])), True
        at = 0
        while begun and len(held) - at > length:  # one window stays for the end
            yield held[at : at + length]
            at += step
        held = held[at:]
    if not len(held):
        return
    mean = _mean(held[-length:])
    held = np.pad(held, (0 if begun else margin, margin), constant_values=mean)
    for at in range(0, max(1, len(held) - length + step), step):
        window = held[at : at + length]
        yield np.pad(window, (0, length - len(window)), constant_values=mean)


def _mean(pcm: Pcm) -> float:
    return float(pcm.mean(dtype=np.float64))


def _converted(
    generator: Generator | Copy,
    spectrogram: Spectrogram,
    windows: Iterator[Pcm],
    labels: torch.Tensor,
    batch_size: int,
) -> Iterator[npt.NDArray[np.float32]]:
    """Yield each window's magnitudes behind the generator, shape ``(frames, bins)``."""
    while batch := list(islice(windows, batch_size)):
        normalised, levels = zip(*map(normalise, batch), strict=True)
        pcm = torch.from_numpy(np.stack(normalised)).to(labels.device)
        with torch.no_grad():
            images = spectrogram.forward(pcm)
            out = generator(images, labels.expand(len(batch), -1))
        before, after = (spectrogram.decode(x[:, 0]) for x in (images, out))
        wanted, had = (x.square().sum(dim=(1, 2)).sqrt() for x in (before, after))
        gain = torch.where(had > 0, wanted / had, 0.0).clamp_max(GAIN)
        level = torch.tensor([level.half_range for level in levels], device=labels.device)
        frames = pcm.unfold(1, spectrogram.frame, spectrogram.hop)
        sounding = frames.amax(dim=2) > frames.amin(dim=2)
        yield from (after * (gain * level)[:, None, None] * sounding[:, :, None]).cpu().numpy()


def _cross_faded(windows: Iterable[npt.NDArray[np.float32]]) -> Iterator[npt.NDArray[np.float64]]:
    """Add half-overlapping windows under a raised cosine, and yield what is complete."""
    total = weight = np.zeros(0)
    for window in windows:
        frames = len(window)
        step = frames // 2
        if not total.size:
            fade = np.sin(np.pi * (np.arange(frames) + 0.5) / frames)[:, None] ** 2
            total, weight = np.zeros(window.shape), np.zeros((frames, 1))
        total, weight = total + fade * window, weight + fade
        yield total[:step] / weight[:step]
        total = np.concatenate([total[step:], np.zeros((step, window.shape[1]))])
        weight = np.concatenate([weight[step:], np.zeros((step, 1))])
    if total.size:
        rest = weight[:, 0] > 0
        yield total[rest] / weight[rest]
