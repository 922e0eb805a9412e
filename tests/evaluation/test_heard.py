"""What pages of 2019 heard, on tables of scores whose answer is known; no sound is needed."""

import math

import numpy as np
import pandas as pd
import pytest

from vox.evaluation import heard

COUNT = 16
NAN = math.nan


def table(**output):
    """Scores of conversions, beside copies whose pitch and quality are good."""
    copy = {"phone_error": 0.3, "word_error": 0.2, "pitch_correlation": 0.9, "pitch_distance": 5.0}
    copy |= {"quality": 2.6}
    ceiling = {**copy, "pitch_correlation": NAN}
    drawn = np.random.default_rng(0).normal(0, 0.01, (2, COUNT))
    drawn -= drawn.mean(axis=1, keepdims=True)
    rows = []
    for system, means in (("copy", copy), ("ceiling", ceiling), ("output", copy | output)):
        for i, moved in enumerate(drawn[int(system == "output")]):
            scores = {name: mean + moved for name, mean in means.items()}
            rows.append({"source": f"a/{i}", "target": f"b/{i}", "system": system} | scores)
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("phones", "words", "lost"),
    [
        (1.0, 1.0, True),
        (0.32, 0.22, False),
        (1.0, 0.22, None),  # the judges disagree
        (0.4, 1.0, None),  # 0.10 lies within the interval of one
        (1.0, NAN, True),  # one of them had no text
        (NAN, NAN, None),
    ],
)
def test_words_are_lost_where_both_judges_find_them_lost(phones, words, lost):
    found = heard.words_lost(table(phone_error=phones, word_error=words))
    assert found.holds is lost
    assert [x.count for x in found.figures] == [
        0 if math.isnan(each) else COUNT for each in (phones, words)
    ]


@pytest.mark.parametrize(
    ("loudness", "pitch", "stay"),
    [(0.9, 0.8, True), (-0.6, 0.8, False), (0.9, 0.1, False), (0.9, 0.5, None), (0.9, NAN, False)],
)
def test_accents_stay_where_loudness_and_pitch_follow_the_input(loudness, pitch, stay):
    found = heard.accents(table(pitch_correlation=pitch), loudness)
    assert found.holds is stay
    assert found.figures[0].count == COUNT  # no pitch is a correlation of 0


@pytest.mark.parametrize(
    ("pitch", "quality", "voice"),
    [(5.0, 2.5, True), (NAN, 2.5, False), (5.0, 1.3, False), (5.0, 1.8, None)],
)
def test_a_voice_has_a_pitch_and_a_quality_nearer_to_a_copys_than_to_silence(pitch, quality, voice):
    assert heard.voice(table(pitch_distance=pitch, quality=quality)).holds is voice


@pytest.mark.parametrize(("hz", "hers"), [(200, True), (110, False), (0, False)])
def test_women_are_heard_by_their_pitch(hz, hers):
    pitch = 12 * math.log2(hz) if hz else NAN
    assert heard.women([pitch] * COUNT).holds is hers
    men = [12 * math.log2(110)] * 8
    assert heard.women([*men, *[12 * math.log2(200)] * 8]).holds is None
