"""Claims about what is heard, in the words of the pages and in English."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from vox import notebook
from vox.english import WORDS
from vox.evaluation import interval
from vox.evaluation.intervals import Interval
from vox.language import Words
from vox.notebook import Scores, decided, negated
from vox.words import OPEN

RATE = 16_000
SCORES = {"phone_error": 1.0, "word_error": 1.0, "pitch_correlation": 0.8, "pitch_distance": 3.0}
COPY = {"phone_error": 0.4, "word_error": 0.2, "pitch_correlation": 0.9, "pitch_distance": 5.0}


def scores(**other):
    """Scores of eight conversions to a tone of 200 Hz whose words are lost, or otherwise."""
    rows = [
        {"source": f"a/{i}", "target": "b", "system": system, "quality": 2.5, **told}
        for system, told in (("copy", COPY), ("ceiling", COPY), ("output", SCORES | other))
        for i in range(8)
    ]
    table = pd.DataFrame(rows)
    time = np.arange(RATE) / RATE
    tone = sum(np.sin(2 * np.pi * 200 * n * time) / n for n in range(1, 15)).astype(np.float32)
    means = {
        system: {
            name: interval(table.loc[table["system"] == system, name].to_numpy(float))
            for name in SCORES
        }
        for system in ("copy", "output")
    }
    evaluation = SimpleNamespace(
        utterances=table, pairs=[None] * 8, scorer=SimpleNamespace(sound=lambda pair, system: tone)
    )
    return SimpleNamespace(
        evaluation=evaluation, note="none", mean=lambda system, name: means[system][name]
    )


@pytest.mark.parametrize(
    ("other", "loudness", "verdicts"),
    [
        ({}, 0.9, [True, True, True, True]),
        ({"phone_error": 0.4}, 0.9, ["open", True, True, True]),
        ({"phone_error": 0.4, "word_error": np.nan}, 0.1, [False, False, True, True]),
        ({"pitch_correlation": np.nan, "pitch_distance": np.nan}, 0.9, [True, False, False, True]),
    ],
)
def test_what_was_heard_is_told_in_both_languages(other, loudness, verdicts):
    found = notebook.Heard(scores(**other))
    told = [found.words_lost(), found.accents(loudness), found.voice(), found.women()]
    assert [holds for _, holds in told] == verdicts
    english = [Words(WORDS).english(measured) for measured, _ in told]
    assert None not in english
    assert ("語の誤り" in told[0][0]) == ("word_error" not in other)
    assert "165 and 255 Hz" in english[3]


def test_without_judges_the_note_stands_in_their_place():
    found = notebook.Heard(SimpleNamespace(evaluation=None, note="none"))
    for told in (found.words_lost(), found.accents(0.9), found.voice(), found.women()):
        assert told == ("none", None)


def test_what_decides_nothing_is_open_and_its_opposite_too():
    assert [decided(x) for x in (True, False, None)] == [True, False, OPEN]
    assert [negated(x) for x in (True, False, OPEN, None)] == [False, True, OPEN, None]


def test_an_open_verdict_of_a_requirement_is_an_open_claim(monkeypatch):
    scores = object.__new__(Scores)
    mean = Interval(0.9, 0.7, 1.0, 16, 16)
    for met, words, target in ((True, False, True), (False, True, False), (None, OPEN, OPEN)):
        verdict = SimpleNamespace(met=met)
        means = {system: {"phone_error": mean} for system in ("output", "copy", "ceiling")}
        scores.evaluation = SimpleNamespace(verdicts=(verdict, verdict), means=means)
        assert scores.words_lost()[1] == words
        assert scores.recognised() == target
    scores.evaluation, scores.note = None, "no judges"
    assert scores.words_lost() == ("no judges", None)
    assert scores.recognised() is None
