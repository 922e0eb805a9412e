"""Scores put together: means with their intervals, one plot, examples, verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from vox.corpus import Corpus
from vox.drawing import Drawing, drawing
from vox.evaluation import second, words
from vox.evaluation.columns import SCORES, SYSTEMS, Score
from vox.evaluation.converters import Converter
from vox.evaluation.intervals import Interval, interval, share
from vox.evaluation.label_effect import LabelEffect
from vox.evaluation.pairs import Pair, pairs
from vox.evaluation.scores import Scorer
from vox.evaluation.verdicts import Verdict, verdicts
from vox.runs import Run
from vox.table import Table

SHARES = ("target_wins", "target_first", "second_target_wins")


class Evaluation:
    """All that was scored of a run on a corpus.

    Parameters
    ----------
    run
        Trained, with a generator and speakers; or another `Converter`, such as `Outputs`.
    corpus
        Its held-out recordings are converted.
    count
        Conversions that are scored.
    sources
        Who is converted, as for `vox.evaluation.pairs.pairs`.

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

    def __init__(
        self,
        run: Run | Converter,
        corpus: Corpus,
        count: int = 16,
        sources: Sequence[str] | None = None,
    ) -> None:
        self.corpus = corpus
        self.scorer = Scorer(run, corpus)
        self.converter = self.scorer.converter
        self.pairs = pairs(corpus, self.scorer.speakers, count, sources)
        self.utterances = self.scorer.score(self.pairs)

    def system(self, name: str) -> pd.DataFrame:
        """Return the scores of one of `SYSTEMS`, a row an utterance, in the order of `pairs`."""
        return self.utterances[self.utterances["system"] == name].reset_index(drop=True)

    @cached_property
    def means(self) -> dict[str, dict[str, Interval]]:
        """The mean of each score, by system and score."""
        return {
            name: {
                s.name: (share if s.name in SHARES else interval)(
                    self.system(name)[s.name].to_numpy(float)
                )
                for s in SCORES
            }
            for name in SYSTEMS
        }

    @property
    def unseen(self) -> bool:
        """Whether all that was converted is held out from training."""
        return all(pair.source.split == "test" for pair in self.pairs)

    @property
    def scores(self) -> tuple[Score, ...]:
        """Those of `SCORES` that were taken: without the ones of judges that were not there."""
        return tuple(s for s in SCORES if not s.optional or self.utterances[s.name].notna().any())

    @property
    def absent(self) -> tuple[str, ...]:
        """What to call for the judges that may be absent and are."""
        judges = (words, second)
        return tuple(judge.INSTALL for judge in judges if judge.missing())

    @cached_property
    def verdicts(self) -> tuple[Verdict, Verdict]:
        """Does it meet module/vox? Content kept, and target recognised."""
        return verdicts(self.utterances)

    @cached_property
    def effect(self) -> LabelEffect | None:
        """How much the label matters at all, or None where that cannot be asked."""
        return self.converter.effect(self.corpus)

    @cached_property
    def fooled(self) -> float | None:
        """Share of converted windows that the discriminator takes for their target, or None.

        A diagnostic and no score: it was trained together with the generator, which can fool it
        completely while an independent judge still hears the source.
        """
        return self.converter.fooled(self.corpus)

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
        names = [f"{s.name} ({s.unit})" if s.unit else s.name for s in self.scores]
        rows = [
            (f"{name} {s.better}", *(str(self.means[system][s.name]) for system in SYSTEMS))
            for name, s in zip(names, self.scores, strict=True)
        ]
        return Table(("", *(LEGEND[system] for system in SYSTEMS)), rows)

    def figure(self) -> Drawing:
        """Draw what was lost against what was gained: each utterance, and means with intervals."""
        figure = drawing(4.7, 4.5)
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


def _bar(x: Interval) -> list[list[float]] | None:
    if math.isnan(x.low):
        return None
    return [[max(0.0, x.mean - x.low)], [max(0.0, x.high - x.mean)]]
