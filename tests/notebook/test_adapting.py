"""What is learned of a speaker from few minutes, and how it is compared."""

import pytest

import vox
from vox import VoxError
from vox.notebook import adapting

NEW = "anika"


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Two known speakers, and one of another corpus."""
    demo = vox.load_corpus("demo")
    known = demo.only(r for r in demo.recordings if r.labels["speaker"] in ("alex", "belinda"))
    return adapting.joined(known, demo, NEW, tmp_path_factory.mktemp("joined"))


def seconds(corpus, recordings):
    return sum(map(corpus.seconds, recordings))


def test_joined_has_the_known_and_one_more_of_whom_a_minute_is_held_out(people):
    demo = vox.load_corpus("demo")
    assert people.labels.classes("speaker") == ("alex", NEW, "belinda")
    for split in ("train", "test"):
        one = {(r.text, r.split) for r in people.select(split, speaker="alex")}
        assert one == {(r.text, r.split) for r in demo.select(split, speaker="alex")}
    assert 60 <= seconds(people, people.select("test", speaker=NEW)) < 66
    left = seconds(demo, demo.select(speaker=NEW)) - 66
    assert seconds(people, people.select("train", speaker=NEW)) > left


def test_minutes_hold_the_shorter_ones_and_all_of_the_others(people):
    half, whole = (adapting.of_minutes(people, NEW, minutes) for minutes in (0.4, 0.8))
    assert adapting.of_minutes(people, NEW, None) == people.recordings
    assert set(half) < set(whole)
    gone = set(people.recordings) - set(half)
    assert {(r.labels["speaker"], r.split) for r in gone} == {(NEW, "train")}
    theirs = [r for r in half if r.labels["speaker"] == NEW and r.split == "train"]
    assert 24 <= seconds(people, theirs) < 31
    with pytest.raises(VoxError, match=r"3 minutes are asked for, and there are 0\.9"):
        adapting.of_minutes(people, NEW, 3)


def test_both_ways_are_scored_beside_their_bounds(people, tmp_path):
    how = {"iterations": 3, "directory": str(tmp_path)}
    base = adapting.trained(people.without(speaker=NEW), **how)
    runs = adapting.learned(base, people, NEW, 0.5, adapting=2, **how)
    assert [each.name for each in runs] == ["適応、0.5 分", "はじめから、0.5 分"]
    assert [len(each.run.losses) for each in runs] == [2, 3]
    assert all(NEW in each.run.labels.classes("speaker") for each in runs)
    compared = adapting.Comparison(runs, people, NEW, 2)
    assert {r.labels["speaker"] for r in compared.sources} == {"alex", "belinda"}
    own, same, *made = compared.scores.values()
    assert own["alike"].mean > 0.9 > same["alike"].mean
    assert same["lost"].mean == 0
    assert all(scores["lost"].mean > 0 for scores in made)  # after three iterations
    gap = made[1]["alike"].mean - made[0]["alike"].mean
    assert compared.gaps() == {0.5: pytest.approx(gap)}
    assert len(compared.table().rows) == 4
    assert "adapted alike" in compared.figure().alt


def test_without_judges_it_says_what_to_install(people, monkeypatch):
    monkeypatch.setattr(adapting.judges, "missing", lambda: ["hama"])
    compared = adapting.Comparison([], people, NEW, 2)
    assert "hama" in repr(compared)
    assert compared.scores == {}
