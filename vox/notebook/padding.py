"""What zero padding means on a scale of magnitudes: the scales drawn, and a little autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from vox.corpus import Corpus
from vox.drawing import Drawing, drawing
from vox.evaluation.unseen import unseen_windows
from vox.representation import Spectrogram
from vox.representation.pixels import PixelScale
from vox.table import Table

Padding = Literal["zeros", "replicate"]
EDGE = 4  # frames at each end: as many as one place of the bottleneck stands for
HELD_OUT = 48  # windows


@dataclass(frozen=True)
class Trained:
    """A little autoencoder, trained on one scale, and its errors on held-out windows.

    Attributes
    ----------
    scale, padding
        How magnitudes became pixels, and what the convolutions padded with.
    losses
        Shape ``(iterations,)``: mean squared error of pixels divided by their RMS.
    errors
        Shape ``(frames,)``: sum of the magnitudes' absolute errors over their sum, by frame.
    """

    scale: PixelScale
    padding: Padding
    losses: torch.Tensor
    errors: torch.Tensor

    @property
    def edge(self) -> float:
        """Mean error of the frames at both ends."""
        return float(torch.cat([self.errors[:EDGE], self.errors[-EDGE:]]).mean())

    @property
    def middle(self) -> float:
        """Mean error of the half of the frames in the middle."""
        quarter = len(self.errors) // 4
        return float(self.errors[quarter:-quarter].mean())

    @property
    def name(self) -> str:
        """In a few words, in English for figures."""
        return f"{self.scale}, {self.padding}"


def train_little(
    corpus: Corpus,
    spectrogram: Spectrogram,
    *,
    padding: Padding = "zeros",
    iterations: int = 300,
    seed: int = 0,
) -> Trained:
    """Train a little convolutional autoencoder on a spectrogram's images, on the CPU.

    Weights and windows depend on the seed alone, not on the scale. Images are divided by their
    RMS, so that scales of other sizes learn alike; unlike a subtraction that leaves a 0 where it
    was. The padding is that of every convolution.

    Parameters
    ----------
    corpus, spectrogram, padding, seed
        What to train on, and how. A quarter of the frames and of the bins must be whole numbers.
    iterations
        Of Adam at 1e-3, 16 windows each.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _network(padding)
    windows = spectrogram.windows(corpus, seed=seed)
    size = spectrogram.forward(windows.batch(1, 0, 64)[0]).square().mean().sqrt()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    losses = []
    for i in range(iterations):
        image = spectrogram.forward(windows.batch(0, i, 16)[0]) / size
        loss = (network(image) - image).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    pcm, _ = unseen_windows(spectrogram, corpus, seed)[0].batch(0, 0, HELD_OUT)
    with torch.no_grad():
        wanted = spectrogram.magnitude(pcm)
        made = spectrogram.decode(network(spectrogram.encode(wanted)[:, None] / size) * size)
    errors = (made[:, 0] - wanted).abs().sum((0, 2)) / wanted.sum((0, 2))
    return Trained(spectrogram.pixel_scale, padding, torch.stack(losses), errors)


def _network(padding: Padding) -> nn.Sequential:
    """Build it: a quarter of each side in the middle; softplus last, as in c9335bce."""

    def convolution(channels: int, filters: int, k: int, s: int = 1) -> nn.Conv2d:
        p = (k - 1) // 2
        return nn.Conv2d(channels, filters, k, s, p, padding_mode=padding)

    def activation() -> nn.Module:
        return nn.LeakyReLU(0.2)

    return nn.Sequential(
        convolution(1, 8, 7), activation(), convolution(8, 16, 4, 2), activation(),
        convolution(16, 32, 4, 2), activation(), convolution(32, 32, 3), activation(),
        nn.Upsample(scale_factor=2), convolution(32, 16, 3), activation(),
        nn.Upsample(scale_factor=2), convolution(16, 8, 3), activation(),
        convolution(8, 1, 7), nn.Softplus(),
    )  # fmt: skip


def trained_table(trained: Sequence[Trained]) -> Table:
    """Show the error of the ends against that of the middle, a row a training."""
    rows = [
        (t.scale, t.padding, float(t.losses[-20:].mean()), t.edge, t.middle, t.edge / t.middle)
        for t in trained
    ]
    header = ("尺度", "padding", "損失", "両端の誤差", "中央の誤差", "両端 / 中央")
    return Table(header, rows)


def trained_figure(trained: Sequence[Trained]) -> Drawing:
    """Draw the errors of magnitudes by frame."""
    figure = drawing(4.7, 3.8)
    axes = figure.subplots()
    told = (f"{t.name} {t.edge:.3f} at the ends, {t.middle:.3f} in the middle" for t in trained)
    figure.alt = f"Errors of magnitudes by frame: {'; '.join(told)}"
    for t in trained:
        axes.plot(range(len(t.errors)), t.errors.numpy(), label=t.name, marker=".", linewidth=1.3)
    axes.set_xlabel("frame of the window")
    axes.set_ylabel("sum of errors / sum of magnitudes")
    axes.set_ylim(bottom=0)
    axes.grid(True, alpha=0.3)
    axes.legend(fontsize="small")
    return figure


def scales_figure(spectrograms: Sequence[Spectrogram]) -> Drawing:
    """Draw pixels by magnitude, on a linear axis and on a logarithmic one."""
    figure = drawing(9, 3.6)
    row = figure.subplots(1, 2, sharey=True)
    names = ", ".join(s.pixel_scale for s in spectrograms)
    figure.alt = f"Pixels by magnitude from 0 to 1 on the scales {names}; a 0 is what padding adds"
    linear, low = torch.linspace(0, 1, 1001), torch.logspace(-5, 0, 501)
    for axes, magnitude in zip(row, (linear, low), strict=True):
        for s in spectrograms:
            axes.plot(magnitude.numpy(), s.encode(magnitude).numpy(), label=s.pixel_scale)
        axes.axhline(0, color="grey", linewidth=0.8, linestyle=":")
        axes.set_xlabel("magnitude")
        axes.grid(True, alpha=0.3)
    row[1].set_xscale("log")
    row[0].set_ylabel("pixel (0: what padding adds)")
    row[0].legend(fontsize="small")
    row[1].tick_params(labelleft=True)
    figure.panels = [[axes] for axes in row]
    return figure


def quantiles(corpus: Corpus, spectrogram: Spectrogram, shares: Sequence[float]) -> list[float]:
    """Return magnitudes below which such shares of a corpus's pixels lie."""
    pcm, _ = spectrogram.windows(corpus).batch(0, 0, 64)
    sorted_ = spectrogram.magnitude(pcm).flatten().sort().values
    return [float(sorted_[round(share * (len(sorted_) - 1))]) for share in shares]
