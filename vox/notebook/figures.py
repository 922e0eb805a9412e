"""Figures: loss curves and spectrograms. Labels are in English; names of speakers are theirs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from vox.audio import Pcm
from vox.drawing import Drawing, drawing, literally
from vox.objectives.base import watched
from vox.representation import Representation

SIGNED = ("critic_wasserstein", "adversarial")
"""Losses that may be negative, which a logarithmic axis cannot show."""


def losses_figure(losses: pd.DataFrame, *, points: int = 120) -> Drawing:
    """Draw losses by iteration, as the pages of 2019 did, a panel for each kind.

    Parameters
    ----------
    losses
        Of a run, indexed by iteration; the column ``epoch`` is left out.
    points
        Curves are averaged in so many logarithmic bins, with the range in each behind them.

    Returns
    -------
    matplotlib.figure.Figure
        Positive losses on log-log axes; signed ones (symmetric log) and accuracies of training
        minibatches (linear) beside them, where there are any.
    """
    names = list(losses.columns.drop("epoch", errors="ignore"))
    accuracies = [name for name in names if watched(name)]
    signed = [name for name in names if name in SIGNED]
    positive = [name for name in names if name not in signed and name not in accuracies]
    panels = [("losses", positive), ("adversarial losses", signed), ("accuracy", accuracies)]
    panels = [panel for panel in panels if panel[1]]
    figure = drawing(max(5.5, 4.6 * len(panels)), 4)
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    known = {name: losses[name].dropna() for name in names}
    ends = (f"{n} from {v.iloc[0]:.3g} to {v.iloc[-1]:.3g}" for n, v in known.items() if len(v))
    figure.alt = f"Curves over {len(losses)} iterations: {', '.join(ends)}"
    figure.panels = [[axes] for axes in row]
    for axes, (title, shown) in zip(row, panels, strict=True):
        for name in shown:
            at, low, mean, high = _binned(losses[name], points)
            label = name.removeprefix("accuracy_").replace("_", " ")
            (line,) = axes.plot(at, mean, label=label, linewidth=1.5)
            axes.fill_between(at, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
        axes.set_xscale("log")
        axes.set_xlabel("iteration")
        axes.set_title(title)
        axes.grid(True, which="major", alpha=0.3)
        axes.legend(fontsize="small")
        if shown is positive:
            axes.set_yscale("log")
        elif shown is signed:
            spread = losses[signed].abs().to_numpy()
            axes.set_yscale("symlog", linthresh=max(float(np.median(spread)) / 10, 1e-6))
            axes.axhline(0, color="grey", linewidth=0.5)
        else:
            axes.set_ylim(-0.02, 1.02)
    return figure


def _binned(series: pd.Series, points: int) -> tuple[npt.NDArray[np.float64], ...]:
    """Mean, smallest and largest value in logarithmic bins of the iteration."""
    edges = np.unique(np.geomspace(1, series.index[-1] + 1, points + 1).astype(int))
    groups = series.groupby(np.digitize(series.index, edges))
    at = series.index.to_series().groupby(np.digitize(series.index, edges)).mean()
    return tuple(v.to_numpy(float) for v in (at, groups.min(), groups.mean(), groups.max()))


def spectrograms_figure(sounds: Mapping[str, Pcm], representation: Representation) -> Drawing:
    """Draw recordings side by side as the networks see them, on one scale.

    Parameters
    ----------
    sounds
        PCM of shape ``(time,)`` by title.
    representation
        Each recording becomes one image, whatever its length.
    """
    figure = drawing(3.7 * len(sounds), 3.4)
    axes = figure.subplots(1, len(sounds), sharey=True, squeeze=False)
    figure.alt = f"Spectrograms of {', '.join(sounds)}"
    look = representation.look
    for each, (title, pcm) in zip(axes[0], sounds.items(), strict=True):
        seconds = len(pcm) / representation.sample_rate
        drawn = each.imshow(
            representation.picture(pcm)[0].T.numpy(), origin="lower", aspect="auto", cmap="magma",
            vmin=look.least, vmax=look.most, extent=(0, seconds, *look.axis),
            interpolation="nearest",
        )  # fmt: skip
        literally(each.set_title(title, fontsize="medium"))
        each.set_xlabel("time (s)")
        each.tick_params(labelleft=True)  # a panel may come to stand below another
    axes[0, 0].set_ylabel(look.axis_label)
    bar = figure.colorbar(drawn, ax=axes, label=look.pixel_label, pad=0.01)
    figure.panels = [*([each] for each in axes[0, :-1]), [axes[0, -1], bar.ax]]
    return figure
