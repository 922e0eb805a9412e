"""Figures: loss curves and spectrograms. Labels are in English: any font draws them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd

from vox.audio import Pcm
from vox.spectrogram import Spectrogram

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIGNED = ("critic_wasserstein", "adversarial")
"""Losses that may be negative, which a logarithmic axis cannot show."""


def losses_figure(losses: pd.DataFrame, *, points: int = 200) -> Figure:
    """Draw losses by iteration on logarithmic axes, as the pages of 2019 did.

    Parameters
    ----------
    losses
        Of a run, indexed by iteration; the column ``epoch`` is left out.
    points
        Curves are averaged in so many logarithmic bins, with the range in each behind them.

    Returns
    -------
    matplotlib.figure.Figure
        Positive losses on log-log axes at the left, signed ones (symmetric log) at the right.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    plt.close(figure)  # shown when it is returned, not once more by pyplot
    for name in losses.columns.drop("epoch", errors="ignore"):
        axes = right if name in SIGNED else left
        at, low, mean, high = _binned(losses[name], points)
        (line,) = axes.plot(at, mean, label=name.replace("_", " "), linewidth=1.5)
        axes.fill_between(at, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
    left.set_yscale("log")
    spread = losses[[name for name in SIGNED if name in losses]].abs().to_numpy()
    right.set_yscale("symlog", linthresh=max(float(np.median(spread)) / 10, 1e-6))
    right.axhline(0, color="grey", linewidth=0.5)
    for axes, title in ((left, "losses"), (right, "adversarial losses")):
        axes.set_xscale("log")
        axes.set_xlabel("iteration")
        axes.set_title(title)
        axes.grid(True, which="major", alpha=0.3)
        axes.legend(fontsize="small")
    return figure


def _binned(series: pd.Series, points: int) -> tuple[npt.NDArray[np.float64], ...]:
    """Mean, smallest and largest value in logarithmic bins of the iteration."""
    edges = np.unique(np.geomspace(1, series.index[-1] + 1, points + 1).astype(int))
    groups = series.groupby(np.digitize(series.index, edges))
    at = series.index.to_series().groupby(np.digitize(series.index, edges)).mean()
    return tuple(v.to_numpy(float) for v in (at, groups.min(), groups.mean(), groups.max()))


def spectrograms_figure(sounds: Mapping[str, Pcm], spectrogram: Spectrogram) -> Figure:
    """Draw recordings side by side as the networks see them, on one scale.

    Parameters
    ----------
    sounds
        PCM of shape ``(time,)`` by title.
    spectrogram
        Each recording is normalised as one window, whatever its length.
    """
    figure, axes = plt.subplots(
        1, len(sounds), figsize=(3.7 * len(sounds), 3.4), sharey=True, layout="constrained",
        squeeze=False,
    )  # fmt: skip
    plt.close(figure)
    top = (spectrogram.bins + 0.5) * spectrogram.sample_rate / spectrogram.frame / 1000
    low = 0.5 * spectrogram.sample_rate / spectrogram.frame / 1000
    for each, (title, pcm) in zip(axes[0], sounds.items(), strict=True):
        image, _ = spectrogram.image(pcm)
        drawn = each.imshow(
            image[0].T.numpy(), origin="lower", aspect="auto", cmap="magma", vmin=0, vmax=0.7,
            extent=(0, len(pcm) / spectrogram.sample_rate, low, top), interpolation="nearest",
        )  # fmt: skip
        each.set_title(title, fontsize="medium")
        each.set_xlabel("time (s)")
    axes[0, 0].set_ylabel("frequency (kHz)")
    figure.colorbar(drawn, ax=axes, label="pixel: log magnitude above the floor", pad=0.01)
    return figure
