"""Scores put together: means with their intervals, one plot, examples, verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import scipy.stats

from vox.corpus import Corpus
from vox.drawing import Drawing, drawing
from vox.errors import VoxError
from vox.evaluation.accuracy import wilson
from vox.evaluation.label_effect import LabelEffect, label_effect
from vox.evaluation.scores import SCORES, SYSTEMS, Pair, Scorer, pairs
from vox.evaluation.unseen import unseen_analysis
from vox.runs import Run
from vox.table import Table

CONFIDENCE, RESAMPLES = 0.95, 2000
WORDS_LOST = 0.10
"""Content is kept where conversions have at most so much more phone error than copies of the
input, at the upper end of the interval."""
WINS = 0.75
"""The target is recognised where at least so many conversions are nearer to it than to the source,
at the lower end of Wilson's interval: a bootstrap of nothing but ones would know no doubt."""


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
    """Return the share of ones among ones and zeros, with Wilson's interval.

    Examples
    --------
    >>> str(share(np.ones(12)))
    '1.00 (0.76, 1.00)'
    """
    ones, count = int(values.sum()), len(values)
    return Interval(ones / count, *wilson(ones, count), count, count)


@dataclass(frozen=True)
class Verdict:
    """Whether a requirement of module/vox is met, by which measurement and which threshold.

    `met` is None where the interval holds the threshold, or nothing was scored: it is open.
    """

    requirement: str
    measured: Interval
    threshold: float
    met: bool | None


class Evaluation:
    """All that was scored of a run on a corpus.

    Parameters
    ----------
    run
        Trained, with a generator and speakers.
    corpus
        Its held-out recordings are converted.
    count
        Conversions that are scored.

    Attributes
    ----------
    pairs
        What was converted to whom.
    utterances
        The scores by utterance and system, as `Scorer.score` returns them.

    Raises
    ------
    VoxError
        A judge is not installed, or the corpus has fewer than two speakers that the run knows.
    """

    def __init__(self, run: Run, corpus: Corpus, count: int = 16) -> None:
        self.run, self.corpus = run, corpus
        self.scorer = Scorer(run, corpus)
        self.pairs = pairs(corpus, self.scorer.speakers, count)
        self.utterances = self.scorer.score(self.pairs)

    def system(self, name: str) -> pd.DataFrame:
        """Return the scores of one of `SYSTEMS`, a row an utterance, in the order of `pairs`."""
        return self.utterances[self.utterances["system"] == name].reset_index(drop=True)

    @cached_property
    def means(self) -> dict[str, dict[str, Interval]]:
        """The mean of each score, by system and score."""
        return {
            name: {
                s.name: (share if s.name == "target_wins" else interval)(
                    self.system(name)[s.name].to_numpy()
                )
                for s in SCORES
            }
            for name in SYSTEMS
        }

    @property
    def unseen(self) -> bool:
        """Whether all that was converted is held out from training."""
        return all(pair.source.split == "test" for pair in self.pairs)

    @cached_property
    def verdicts(self) -> tuple[Verdict, Verdict]:
        """Does it meet module/vox? Content kept, and target recognised.

        Yes where the whole interval lies on the right side of the threshold, no where all of it
        lies on the wrong side.
        """
        output, copy = self.system("output"), self.system("copy")
        lost = interval((output["phone_error"] - copy["phone_error"]).to_numpy())
        wins = self.means["output"]["target_wins"]
        return (
            Verdict("content", lost, WORDS_LOST, _met(lost, at_most=WORDS_LOST)),
            Verdict("target", wins, WINS, _met(wins, at_least=WINS)),
        )

    @cached_property
    def effect(self) -> LabelEffect | None:
        """How much the label matters at all, over up to four target speakers.

        None where no recording is as long as a training window, or there is one speaker.
        """
        try:
            return label_effect(self.run, self.corpus, self.scorer.speakers[:4])
        except VoxError:
            return None

    @cached_property
    def fooled(self) -> float | None:
        """Share of converted windows that the discriminator takes for their target, or None.

        A diagnostic and no score: it was trained together with the generator, which can fool it
        completely while an independent judge still hears the source.
        """
        run = self.run
        try:
            seen = unseen_analysis(run, self.corpus)
        except VoxError:
            return None
        names = self.scorer.speakers
        right = 0
        for i in range(len(seen)):
            name = names[i % len(names)]
            logits = run.classify(run.converted(seen[i : i + 1], speaker=name).image)
            if logits is None:
                return None
            speaker, *_ = run.labels.split(logits)
            right += names[int(speaker.argmax())] == name
        return right / len(seen)

    @property
    def examples(self) -> Mapping[str, Pair]:
        """The best, the median and the worst conversion: by what they gained less what they lost.

        Gained is similarity to the target above that to the source, lost is phone error.
        """
        output = self.system("output")
        gained = output["similarity_target"] - output["similarity_source"]
        worth = (gained - output["phone_error"]).fillna(-np.inf)  # what has no score is worst
        order = worth.to_numpy().argsort()[::-1]
        chosen = {"best": order[0], "median": order[len(order) // 2], "worst": order[-1]}
        by_file = {(p.source.file, p.target.file): p for p in self.pairs}
        rows = {name: output.iloc[i] for name, i in chosen.items()}
        return {name: by_file[row["source"], row["target"]] for name, row in rows.items()}

    def table(self) -> Table:
        """Return the mean of each score with its interval, a row a score, a column a system."""
        names = [f"{s.name} ({s.unit})" if s.unit else s.name for s in SCORES]
        rows = [
            (f"{name} {s.better}", *(str(self.means[system][s.name]) for system in SYSTEMS))
            for name, s in zip(names, SCORES, strict=True)
        ]
        return Table(("", *(LEGEND[system] for system in SYSTEMS)), rows)

    def figure(self) -> Drawing:
        """Draw what was lost against what was gained: each utterance, and means with intervals."""
        figure = drawing(7, 4.5)
        axes = figure.add_subplot()
        axes.axhline(0, color="0.7", linewidth=1)
        told = []
        for i, name in enumerate(SYSTEMS):
            rows = self.system(name)
            lost = rows["phone_error"]
            gained = rows["similarity_target"] - rows["similarity_source"]
            axes.scatter(lost, gained, s=14, alpha=0.4, color=f"C{i}", linewidths=0)
            x, y = interval(lost.to_numpy()), interval(gained.to_numpy())
            if x.count:
                axes.errorbar(
                    x.mean, y.mean, fmt="o", color=f"C{i}", label=LEGEND[name], capsize=3,
                    xerr=_bar(x), yerr=_bar(y),
                )  # fmt: skip
                told.append(f"{LEGEND[name]} {x.mean:.2f}, {y.mean:.2f}")
        axes.set_xlabel("phone error against the source (left: content kept)")
        axes.set_ylabel("similarity to target less to source\n(up: target recognised)")
        axes.legend(loc="best", fontsize="small")
        figure.alt = f"Phone error and gained similarity, means: {'; '.join(told)}"
        return figure


LEGEND = {
    "source": "source recording",
    "copy": "copy of the input",
    "target": "target's recording",
    "ceiling": "its copy synthesis",
    "output": "conversion",
}


def _met(x: Interval, *, at_most: float = math.inf, at_least: float = -math.inf) -> bool | None:
    if x.high <= at_most and x.low >= at_least:
        return True
    return False if x.low > at_most or x.high < at_least else None


def _bar(x: Interval) -> list[list[float]] | None:
    if math.isnan(x.low):
        return None
    return [[max(0.0, x.mean - x.low)], [max(0.0, x.high - x.mean)]]
