"""What the pages of 2019 heard, asked of judges: each with its threshold, from a table of scores.

A page says what its author heard: words are lost, accents stay, it sounds like a human voice. A
judge hears none of that, but what it measures can be held against a threshold that is stated here,
before it is measured. Where judges disagree, or an interval holds the threshold, it stays open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from vox.evaluation.intervals import Interval, interval, share
from vox.evaluation.verdicts import WORDS_LOST, lost, met

FOLLOWS = 0.5
"""Curves of loudness and pitch follow the input's from this correlation on: a copy has 1."""
MOST = 0.5
"""Of the conversions, at least so many must have what a page heard."""
SILENCE = 1.0
"""DNSMOS of silence; half of the way from there to a copy's is asked of a voice."""
WOMEN = (165.0, 255.0)
"""Hz: the mean pitch of women who speak (Titze, Principles of Voice Production, 1994)."""


@dataclass(frozen=True)
class Heard:
    """Figures that decide whether a page heard right, and what they say.

    Attributes
    ----------
    figures
        In the order of the function that returns it; those of a judge that was not there have a
        count of 0.
    holds
        True, False, or None where it stays open.
    """

    figures: tuple[Interval, ...]
    holds: bool | None


def words_lost(utterances: pd.DataFrame) -> Heard:
    """Return the increases of phone error and of word error over their bounds (`lost`).

    Words are lost where for each judge the whole interval lies above `WORDS_LOST`, and stay where
    for each all of it lies below. A judge that was not there, or that had no text, is not asked.
    """
    found = [interval(lost(utterances, score=name)) for name in ("phone_error", "word_error")]
    asked = [x for x in found if x.count]
    kept = [met(x, at_most=WORDS_LOST) for x in asked]
    agreed = bool(kept) and kept[0] is not None and all(one is kept[0] for one in kept)
    return Heard(tuple(found), not kept[0] if agreed else None)


def accents(utterances: pd.DataFrame, loudness: float) -> Heard:
    """Return the correlation of pitch with the input's; a conversion without pitch counts as 0.

    Accents stay where it and that of loudness are at least `FOLLOWS`.

    Parameters
    ----------
    utterances
        As `vox.evaluation.Scorer.score` returns them.
    loudness
        `vox.evaluation.LabelEffect.envelope`.
    """
    output = utterances[utterances["system"] == "output"]
    pitch = interval(output["pitch_correlation"].fillna(0.0).to_numpy(float))
    return Heard((pitch,), _all((loudness >= FOLLOWS, met(pitch, at_least=FOLLOWS))))


def voice(utterances: pd.DataFrame) -> Heard:
    """Return the share of conversions that have a pitch, their DNSMOS, and that of copies.

    Like a human voice is what has a pitch in `MOST` conversions and a quality at least half of the
    way from silence to the copies'.
    """
    output = utterances[utterances["system"] == "output"]
    copy = utterances[utterances["system"] == "copy"]
    pitched = share(np.isfinite(output["pitch_distance"].to_numpy(float)).astype(float))
    quality, best = (interval(rows["quality"].to_numpy(float)) for rows in (output, copy))
    midway = (SILENCE + best.mean) / 2
    return Heard(
        (pitched, quality, best),
        _all((met(pitched, at_least=MOST), met(quality, at_least=midway))),
    )


def women(pitches: Sequence[float]) -> Heard:
    """Return the share of conversions whose mean pitch is a woman's: in `MOST` she is heard.

    Parameters
    ----------
    pitches
        Mean pitch of each conversion in semitones above 1 Hz (`judges.mean_pitch`), NaN without.
    """
    low, high = (12 * math.log2(hz) for hz in WOMEN)
    hers = share(np.array([float(low <= pitch <= high) for pitch in pitches]))
    return Heard((hers,), met(hers, at_least=MOST))


def _all(found: Iterable[bool | None]) -> bool | None:
    """Whether all hold: one that does not decides, one that is open leaves it open."""
    each = list(found)
    return False if False in each else None if None in each else True
