"""Whether the two requirements of module/vox are met, from a table of scores alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from vox.evaluation.intervals import Interval, interval, share

WORDS_LOST = 0.10
"""Content is kept where conversions have at most so much more phone error than the larger of two
bounds (`lost`), at the upper end of the interval."""
WINS = 0.75
"""The target is recognised where at least so many conversions are nearer to it than to the source,
at the lower end of Wilson's interval: a bootstrap of nothing but ones would know no doubt."""


@dataclass(frozen=True)
class Verdict:
    """Whether a requirement of module/vox is met, by which measurement and which threshold.

    `met` is None where the interval holds the threshold, or nothing was scored: it is open.
    `beside` is a second figure that decides nothing: of the words, against copies alone.
    """

    requirement: str
    measured: Interval
    threshold: float
    met: bool | None
    beside: Interval | None = None


def lost(
    utterances: pd.DataFrame, *, copy_alone: bool = False, score: str = "phone_error"
) -> npt.NDArray[np.float64]:
    """Return how much more phone error each conversion has than its bound, shape ``(pairs,)``.

    The bound is what the representation makes of the input, or, if that is worse, of the target's
    own recording of the sentence: a perfect conversion is that recording, and another voice says
    it in another accent.

    Parameters
    ----------
    utterances
        As `vox.evaluation.Scorer.score` returns them.
    copy_alone
        Leave the target's recording out.
    score
        ``"word_error"`` for another judge's.
    """
    errors = utterances.pivot(index=["source", "target"], columns="system", values=score).reindex(
        columns=["output", "copy", "ceiling"]
    )
    bound = errors["copy"].to_numpy(float)
    if not copy_alone:  # fmax: where the target has no recording of the sentence, the copy's
        heard = utterances.pivot(
            index=["source", "target"], columns="system", values="phone_error"
        ).reindex(index=errors.index, columns=["ceiling"])
        same_words = heard["ceiling"].notna().to_numpy()
        bound = np.fmax(bound, np.where(same_words, errors["ceiling"].to_numpy(float), np.nan))
    return errors["output"].to_numpy(float) - bound


def verdicts(utterances: pd.DataFrame) -> tuple[Verdict, Verdict]:
    """Return whether content is kept, and whether the target is recognised.

    Yes where the whole interval lies on the right side of the threshold, no where all of it lies
    on the wrong side.
    """
    words = interval(lost(utterances))
    output = utterances[utterances["system"] == "output"]
    wins = share(output["target_wins"].to_numpy(float))
    return (
        Verdict(
            "content", words, WORDS_LOST, met(words, at_most=WORDS_LOST),
            interval(lost(utterances, copy_alone=True)),
        ),
        Verdict("target", wins, WINS, met(wins, at_least=WINS)),
    )  # fmt: skip


def met(x: Interval, *, at_most: float = math.inf, at_least: float = -math.inf) -> bool | None:
    """Return whether an interval lies on the right side of a threshold, None for on both."""
    if x.high <= at_most and x.low >= at_least:
        return True
    return False if x.low > at_most or x.high < at_least else None
