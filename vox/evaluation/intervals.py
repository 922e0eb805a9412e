"""Means over utterances with their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.stats

from vox.evaluation.accuracy import wilson

CONFIDENCE, RESAMPLES = 0.95, 2000


@dataclass(frozen=True)
class Interval:
    """A mean over utterances with its 95 % interval; NaN where nothing was scored.

    Attributes
    ----------
    mean, low, high
        Of those that have the score.
    count, of
        How many have it, and how many there are.
    """

    mean: float
    low: float
    high: float
    count: int
    of: int

    def __str__(self) -> str:
        if not self.count:
            return "—"
        few = f" [{self.count}/{self.of}]" if self.count < self.of else ""
        if math.isnan(self.low):
            return f"{self.mean:.2f}{few}"
        return f"{self.mean:.2f} ({self.low:.2f}, {self.high:.2f}){few}"


def interval(values: np.ndarray) -> Interval:
    """Return the mean of values and its 95 % interval by the percentile bootstrap, seed 0.

    Examples
    --------
    >>> interval(np.array([1.0, 1.0, np.nan]))
    Interval(mean=1.0, low=1.0, high=1.0, count=2, of=3)
    """
    kept = np.asarray(values, float)
    kept = kept[np.isfinite(kept)]
    if len(kept) < 2 or np.ptp(kept) == 0:
        mean = float(kept.mean()) if len(kept) else math.nan
        edge = mean if len(kept) > 1 else math.nan
        return Interval(mean, edge, edge, len(kept), len(values))
    found = scipy.stats.bootstrap(
        (kept,), np.mean, n_resamples=RESAMPLES, confidence_level=CONFIDENCE,
        method="percentile", rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    return Interval(float(kept.mean()), float(found.low), float(found.high), len(kept), len(values))


def share(values: np.ndarray) -> Interval:
    """Return the share of ones among ones and zeros, with Wilson's interval; NaN is left out.

    Examples
    --------
    >>> str(share(np.ones(12)))
    '1.00 (0.76, 1.00)'
    """
    kept = values[np.isfinite(values)]
    if not len(kept):
        return Interval(math.nan, math.nan, math.nan, 0, len(values))
    ones, count = int(kept.sum()), len(kept)
    return Interval(ones / count, *wilson(ones, count), count, len(values))
