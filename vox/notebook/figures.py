"""Figures: loss curves and spectrograms. Labels are in English; names of speakers are theirs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from vox.audio import Pcm
from vox.curves import Curves, Kind
from vox.drawing import Drawing, drawing, literally
from vox.objectives.base import watched
from vox.representation import Representation

SIGNED = ("critic_wasserstein", "adversarial")
"""Losses that may be negative, which a logarithmic axis cannot show."""


def losses_figure(
    losses: pd.DataFrame, beneath: pd.DataFrame | None = None, *, named: str = "", points: int = 80
) -> Drawing:
    """Draw losses by iteration, as the pages of 2019 did, a panel for each kind.

    Parameters
    ----------
    losses
        Of a run, indexed by iteration; the column ``epoch`` is left out.
    beneath
        Of another run, such as the parent's: dashed where both have a loss of that name.
    named
        What that run is called in the legend.
    points
        Curves are averaged in so many logarithmic bins, with the range in each behind them.

    Returns
    -------
    matplotlib.figure.Figure
        Positive losses on log-log axes; signed ones (symmetric log) and accuracies of training
        minibatches (linear) beside them, where there are any.
    """
    other = None if beneath is None else Curves.of(beneath, _kinds(beneath), points)
    return Curves.of(losses, _kinds(losses), points).figure(other, named)


def _kinds(losses: pd.DataFrame) -> dict[str, Kind]:
    def kind(name: str) -> Kind:
        if watched(name):
            return "accuracy"
        return "adversarial losses" if name in SIGNED else "losses"

    return {name: kind(name) for name in losses.columns.drop("epoch", errors="ignore")}


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
