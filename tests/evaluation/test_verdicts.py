"""Verdicts on tables of scores whose answer is known; no sound is needed."""

import numpy as np
import pandas as pd
import pytest

from vox.evaluation.verdicts import lost, verdicts

COUNT = 16
COPY, CEILING = 0.15, 0.25  # phone error; another voice says it in another accent


def table(words, wins, *, parallel=True):
    """Scores of so many pairs, where conversions have this phone error and nearness."""
    drawn = np.random.default_rng(0).normal(0, 0.02, (COUNT, 3))
    rows = []
    for i, (a, b, c) in enumerate(drawn):
        errors = {
            "output": words + a,
            "copy": COPY + b,
            "ceiling": CEILING + c if parallel else np.nan,
        }
        for system, error in errors.items():
            row = {"source": f"a/{i}", "target": f"b/{i}", "system": system}
            rows.append(row | {"phone_error": error, "target_wins": float(wins)})
    return pd.DataFrame(rows).sample(frac=1, random_state=0)  # in no order


@pytest.mark.parametrize(
    ("words", "wins", "content", "target"),
    [
        (CEILING, 1, True, True),  # the target's own recordings
        (COPY, 0, True, False),  # copies of the input
        (1.0, 0, False, False),  # silence
        (CEILING + 0.05, 1, True, True),
        (CEILING + 0.1, 1, None, True),
        (CEILING + 0.2, 1, False, True),
    ],
)
def test_known_systems_get_known_verdicts(words, wins, content, target):
    assert [verdict.met for verdict in verdicts(table(words, wins))] == [content, target]


def test_the_copy_alone_stands_beside():
    content, target = verdicts(table(CEILING, 1))
    assert content.measured.mean == pytest.approx(0, abs=0.02)
    assert content.beside.mean == pytest.approx(CEILING - COPY, abs=0.02)
    assert content.measured.high <= content.threshold < content.beside.high
    assert target.beside is None


def test_without_the_same_sentence_the_copy_is_the_bound():
    scores = table(CEILING + 0.05, 1, parallel=False)
    assert np.array_equal(lost(scores), lost(scores, copy_alone=True))
    assert verdicts(scores)[0].met is False


def test_what_was_not_scored_is_open():
    scores = table(np.nan, 1)
    content, _ = verdicts(scores)
    assert content.met is None
    assert content.measured.count == 0


def test_a_target_that_says_something_else_is_no_bound_of_words():
    rows = [
        {"source": "a", "target": "b", "system": system, "phone_error": phones, "word_error": words}
        for system, phones, words in
        (("output", 0.6, 0.6), ("copy", 0.2, 0.1), ("ceiling", np.nan, 0.9))
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    assert lost(table, score="word_error").tolist() == pytest.approx([0.5])
    table.loc[2, "phone_error"] = 0.3  # the same sentence
    assert lost(table, score="word_error").tolist() == pytest.approx([-0.3])
