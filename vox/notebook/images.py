"""Images in a notebook: found from their magnitudes by Griffin-Lim, measured and drawn."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from vox.audio import normalise
from vox.corpus import Corpus
from vox.drawing import Drawing, drawing, literally
from vox.representation import Spectrogram
from vox.representation.plane import PlaneTransform, Retrieval
from vox.runs.provenance import commit, machine, peak_memory_mib, versions
from vox.table import Table


def spectrogram_image(corpus: Corpus, spectrogram: Spectrogram) -> torch.Tensor:
    """Return the beginning of a corpus's first recording as a picture, time to the right.

    Returns
    -------
    torch.Tensor
        Shape ``(bins, frames)``, the lowest frequency in the last row.
    """
    pcm = corpus.pcm(corpus.recordings[0])[: spectrogram.length]
    missing = max(0, spectrogram.length - len(pcm))
    window, _ = normalise(np.pad(pcm, (0, missing), constant_values=float(pcm.mean())))
    return spectrogram.forward(torch.from_numpy(window)[None])[0, 0].T.flip(0).contiguous()


@dataclass(frozen=True)
class Trial:
    """An image, what Griffin-Lim found of it, and in what time.

    Attributes
    ----------
    name
        Of the image.
    image
        Shape ``(rows, columns)``.
    plane, momentum, positive
        How it was transformed and found.
    found
        The result.
    seconds
        That it took.
    """

    name: str
    image: torch.Tensor
    plane: PlaneTransform
    momentum: float
    positive: bool
    found: Retrieval
    seconds: float

    @property
    def way(self) -> str:
        """How it was found, in a few words, in English for figures."""
        padding = "padded" if self.plane.padded else "unpadded"
        signs = "" if self.positive else ", signs unknown"
        return f"{padding}, momentum {self.momentum:g}{signs}"

    def at(self, iteration: int) -> torch.Tensor:
        """Return the image of an iteration that was watched, or of the last."""
        if iteration == len(self.found.convergence):
            return self.found.image
        return self.found.watched[iteration]

    def decibels(self, iteration: int) -> float:
        """Return the spectral convergence of an iteration."""
        return float(self.found.convergence[iteration - 1])

    def errors(self, iteration: int) -> tuple[float, float]:
        """Return the RMS error of pixels at the border and of those in the middle.

        The border is one hop wide: without padding its pixels lie in one row or column of windows.
        The middle are pixels that lie in as many windows as any, with or without padding.
        """
        square = (self.at(iteration) - self.image).square()
        hop, margin = self.plane.hop, self.plane.margin
        border = torch.ones_like(square, dtype=torch.bool)
        border[hop:-hop, hop:-hop] = False
        middle = square[margin:-margin, margin:-margin]
        return float(square[border].mean().sqrt()), float(middle.mean().sqrt())

    def ratio(self, iteration: int) -> float:
        """Return how many times larger the border's error is than the middle's."""
        border, middle = self.errors(iteration)
        return border / middle


def trial(
    name: str,
    image: torch.Tensor,
    plane: PlaneTransform,
    iterations: int,
    *,
    momentum: float = 0.0,
    positive: bool = True,
    seed: int = 0,
    watch: Collection[int] = (),
) -> Trial:
    """Throw an image's phases away, find them again, and take the time.

    Parameters
    ----------
    name, image
        Shape ``(rows, columns)``, on the device to compute on.
    plane, iterations, momentum, positive, seed, watch
        As for `PlaneTransform.griffin_lim`.
    """
    began = time.perf_counter()
    found = plane.griffin_lim(
        plane.magnitude(image), iterations, momentum=momentum, positive=positive, seed=seed,
        watch=watch,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    return Trial(name, image, plane, momentum, positive, found, seconds)


def trial_table(trials: Iterable[Trial], iterations: Sequence[int]) -> Table:
    """Show the convergence at some iterations, and the error of border and middle at each."""
    rows = [
        (t.name, t.way, n, f"{t.decibels(n):.2f}", *(f"{e:.4f}" for e in t.errors(n)), t.ratio(n))
        for t in trials
        for n in iterations
    ]
    header = ("画像", "方法", "反復", "収束 (dB)", "縁の誤差", "内側の誤差", "縁 / 内側")
    return Table(header, rows)


def convergence_figure(trials: Sequence[Trial]) -> Drawing:
    """Draw spectral convergence by iteration, a panel an image."""
    names = list(dict.fromkeys(t.name for t in trials))
    figure = drawing(4.6 * len(names), 3.8)
    row = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    ends = (f"{t.name} {t.way} {t.found.convergence[-1]:.1f} dB" for t in trials)
    figure.alt = f"Spectral convergence by iteration, ending at: {'; '.join(ends)}"
    for axes, name in zip(row, names, strict=True):
        for t in trials:
            if t.name == name:
                curve = t.found.convergence.numpy()
                axes.plot(range(1, len(curve) + 1), curve, label=t.way, linewidth=1.3)
        axes.set_xscale("log")
        axes.set_xlabel("iteration")
        axes.set_title(name)
        axes.grid(True, alpha=0.3)
        axes.legend(fontsize="small")
        axes.tick_params(labelleft=True)
    row[0].set_ylabel("spectral convergence (dB)")
    figure.panels = [[axes] for axes in row]
    return figure


def pictures_figure(pictures: Mapping[str, torch.Tensor]) -> Drawing:
    """Draw pictures side by side from black 0 to white 1, by their titles."""
    figure = drawing(3.2 * len(pictures), 3.4)
    row = figure.subplots(1, len(pictures), squeeze=False)[0]
    figure.alt = f"Pictures side by side: {', '.join(pictures)}"
    for axes, (title, picture) in zip(row, pictures.items(), strict=True):
        axes.imshow(picture.cpu().numpy(), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        literally(axes.set_title(title, fontsize="medium"))
        axes.set_axis_off()
    figure.panels = [[axes] for axes in row]
    return figure


def found_figure(t: Trial, iterations: Sequence[int]) -> Drawing:
    """Draw an image and what was found of it after some iterations."""
    after = {f"{n} iterations, {t.decibels(n):.1f} dB": t.at(n) for n in iterations}
    figure = pictures_figure({f"{t.name} ({t.way})": t.image, **after})
    figure.alt = f"The {t.name}, and what was found of it ({t.way}): {', '.join(after)}"
    return figure


def errors_figure(trials: Sequence[Trial], iteration: int) -> Drawing:
    """Draw where the images found differ from the originals; lines mark the border's pixels."""
    figure = drawing(3.4 * len(trials), 3.5)
    row = figure.subplots(1, len(trials), squeeze=False)[0]
    told = (f"{t.name} {t.way} {t.ratio(iteration):.2f} times" for t in trials)
    figure.alt = (
        f"Errors of pixels after {iteration} iterations; border against middle: {'; '.join(told)}"
    )
    for axes, t in zip(row, trials, strict=True):
        error = (t.at(iteration) - t.image).abs().cpu().numpy()
        drawn = axes.imshow(error, cmap="magma", vmin=0, vmax=0.5, interpolation="nearest")
        low, high = t.plane.margin - 0.5, len(error) - t.plane.margin - 0.5
        axes.plot([low, high, high, low, low], [low, low, high, high, low], "w:", linewidth=0.7)
        axes.set_title(f"{t.name}\n{t.way}", fontsize="medium")
        axes.set_axis_off()
    bar = figure.colorbar(drawn, ax=row, label="error of a pixel", pad=0.01)
    figure.panels = [*([axes] for axes in row[:-1]), [row[-1], bar.ax]]
    return figure


def provenance(corpus: Corpus, device: torch.device, **more: object) -> Table:
    """Tell where the figures of a notebook that trains nothing come from."""
    rows = {"corpus": corpus, **more, "commit": commit(), "peak_memory_mib": peak_memory_mib()}
    return Table(("項目", "値"), (rows | machine(device) | versions()).items())
