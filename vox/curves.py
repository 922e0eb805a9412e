"""Loss curves as data, few enough for a page, and as a figure, over those of another run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from vox.drawing import Drawing, drawing
from vox.errors import VoxError

CURVES = "application/vnd.vox.curves+json"
"""Media type of `Curves` as data."""
Kind = Literal["losses", "adversarial losses", "accuracy"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Each has a panel: logarithmic, symmetric logarithmic since they may be negative, and linear."""
_DIGITS = 4  # that data keep: a curve on a page shows no more


@dataclass(frozen=True)
class Curve:
    """One loss over the iterations.

    Attributes
    ----------
    kind
        The panel that it is drawn in.
    first, last
        Of all its values; None where it has none.
    low, mean, high
        Smallest, mean and largest value in each bin; None where it has none in it.
    """

    kind: Kind
    first: float | None
    last: float | None
    low: list[float | None]
    mean: list[float | None]
    high: list[float | None]


@dataclass(frozen=True, eq=False)
class Curves:
    """The losses of a run in logarithmic bins of its iterations.

    Attributes
    ----------
    iterations
        Of the run.
    at
        The mean iteration of each bin, one for each value of a `Curve`.
    curves
        By the loss's name.
    """

    iterations: int
    at: list[float]
    curves: dict[str, Curve]

    @classmethod
    def of(cls, losses: pd.DataFrame, kinds: Mapping[str, Kind], points: int = 80) -> Self:
        """Take the losses of a run, indexed by iteration, in so many bins.

        ``kinds`` names the columns that are taken.
        """
        last = int(losses.index[-1])
        edges = np.unique(np.geomspace(1, last + 1, points + 1).astype(int))
        bins = np.digitize(losses.index, edges)
        at = losses.index.to_series().groupby(bins).mean()
        curves = {}
        for name, kind in kinds.items():
            groups = losses[name].groupby(bins)
            known = losses[name].dropna()
            ends = _told(known.iloc[[0, -1]]) if len(known) else [None, None]
            means = (_told(v) for v in (groups.min(), groups.mean(), groups.max()))
            curves[name] = Curve(kind, *ends, *means)
        return cls(last, [float(f"{x:.{_DIGITS}g}") for x in at], curves)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Return what `data` wrote.

        Raises
        ------
        VoxError
            It is something else.
        """
        try:
            curves = {str(name): Curve(**told) for name, told in data["curves"].items()}
            found = cls(int(data["iterations"]), [float(x) for x in data["at"]], curves)
            for curve in curves.values():
                for values in (curve.low, curve.mean, curve.high):
                    if len(_numbers(values)) != len(found.at):
                        raise ValueError("bins without a value")
                if curve.kind not in KINDS:
                    raise ValueError(f"no kind of loss: {curve.kind!r:.80}")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise VoxError(f"these are no loss curves of a record: {error!r:.200}") from error
        return found

    def data(self) -> dict[str, Any]:
        """Return them as JSON has them."""
        return asdict(self)

    def figure(self, beneath: Curves | None = None, named: str = "") -> Drawing:
        """Draw them, a panel for each kind.

        Parameters
        ----------
        beneath
            Of another run, dashed where both have a loss of that name.
        named
            What that run is called in the legend.
        """
        return _figure(self, beneath, named)


def _told(values: pd.Series) -> list[float | None]:
    return [float(f"{x:.{_DIGITS}g}") if math.isfinite(x) else None for x in values]


def _numbers(values: list[float | None]) -> npt.NDArray[np.float64]:
    return np.array([math.nan if x is None else float(x) for x in values])


def _figure(curves: Curves, beneath: Curves | None, named: str) -> Drawing:
    panels = {kind: [n for n, c in curves.curves.items() if c.kind == kind] for kind in KINDS}
    panels = {kind: names for kind, names in panels.items() if names}
    figure = drawing(4.6 * len(panels), 4)
    figure.data = {CURVES: curves.data()}
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    ends = [
        f"{name} from {curve.first:.3g} to {curve.last:.3g}"
        for name, curve in curves.curves.items()
        if curve.first is not None and curve.last is not None
    ]
    figure.alt = f"Curves over {curves.iterations} iterations: {', '.join(ends)}"
    if beneath:
        figure.alt += f"; dashed those of {named} over {beneath.iterations}"
    figure.panels = [[axes] for axes in row]
    for axes, (kind, names) in zip(row, panels.items(), strict=True):
        other = {n: beneath.curves[n] for n in names if n in beneath.curves} if beneath else {}
        for name in names:
            curve = curves.curves[name]
            label = name.removeprefix("accuracy_").replace("_", " ")
            (line,) = axes.plot(curves.at, _numbers(curve.mean), label=label, linewidth=1.5)
            color = line.get_color()
            low, high = _numbers(curve.low), _numbers(curve.high)
            axes.fill_between(curves.at, low, high, color=color, alpha=0.15, linewidth=0)
            if beneath and name in other:
                mean = _numbers(other[name].mean)
                axes.plot(beneath.at, mean, color=color, linewidth=1, linestyle=(0, (3, 2)))
        if other:
            axes.plot([], [], color="black", linewidth=1, linestyle=(0, (3, 2)), label=named)
        _scaled(axes, kind, [curves.curves[name] for name in names])
        axes.set_xscale("log")
        axes.set_xlabel("iteration")
        axes.set_title(kind)
        axes.grid(True, which="major", alpha=0.3)
        axes.legend(fontsize="small")
    return figure


def _scaled(axes: Axes, kind: Kind, shown: list[Curve]) -> None:
    if kind == "losses":
        axes.set_yscale("log")
    elif kind == "accuracy":
        axes.set_ylim(-0.02, 1.02)
    else:
        late = [x for curve in shown for x in curve.mean[-max(1, len(curve.mean) // 10) :]]
        spread = [abs(x) for x in late if x is not None]
        axes.set_yscale("symlog", linthresh=max(median(spread or [1.0]) / 10, 1e-6))
        axes.axhline(0, color="grey", linewidth=0.5)
