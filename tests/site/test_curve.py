"""The curve of words lost, and figures of records in the text of pages."""

import itertools
import re

import pytest

from vox import VoxError
from vox.site import comparison, curve
from vox.site.bench import Group, Sound
from vox.site.entries import Entries, Entry


def entry(id, lost, alike, copied="0.20 (0.10, 0.30)", **beside):
    """A record in which only what the curve reads is told."""
    bound = {"phone_error": copied, "similarity_target": "0.60 (0.55, 0.65)"}
    output = {"phone_error": lost, "similarity_target": alike, **beside}
    scores = {
        "count": 16,
        "means": {"copy": bound, "ceiling": bound, "output": output},
        "met": {"content": False, "target": None},
    }
    said = ("元: alex", "目標: anika", "出力: alex → anika")
    sounds = tuple(
        # the originals are the same in every record
        Sound(text, f"{id}/{i}.flac", 1.0, str(i) if i < 2 else id)
        for i, text in enumerate(said)
    )
    meta = {"id": id, "record": {"scores": scores}}
    heard = [Group("", (("en", "one sentence"),), sounds)]
    return Entry("experiments", id, "t", "u", "2019-03-12", meta, heard)


OLD = entry("cfcefd21", "1.00 (1.00, 1.00)", "0.52 (0.49, 0.54)")
NEW = entry("c6b4f1fd", "0.73 (0.70, 0.77)", "0.53", word_error="0.87 (0.78, 0.96) [8/16]")
BOTH = Entries([OLD, NEW])


def test_means_are_read_as_records_write_them():
    read = curve.Mean.read("0.87 (0.78, 0.96) [8/16]")
    assert (read.mean, read.low, read.high) == (0.87, 0.78, 0.96)
    assert curve.Mean.read("0.53") == curve.Mean(0.53, 0.53, 0.53)
    with pytest.raises(VoxError, match="no mean of a record"):
        curve.Mean.read("—")


def test_every_record_is_a_point_that_leads_to_its_page_and_follows_the_record():
    svg = curve.curve(BOTH)
    assert "cfcefd21 0.52, 0.80; c6b4f1fd 0.53, 0.53" in svg
    for id in ("cfcefd21", "c6b4f1fd"):
        assert f'href="experiments/{id}.html"' in svg
    changed = Entries([entry("cfcefd21", "0.50 (0.40, 0.60)", "0.52 (0.49, 0.54)"), NEW])
    assert "cfcefd21 0.52, 0.30" in curve.curve(changed)
    assert curve.curve(BOTH) == svg
    assert curve.curve(Entries([])) == ""


def test_a_record_that_has_nothing_to_draw_has_no_point():
    silent = entry("cfcefd21", "—", "—")
    assert "cfcefd21" not in curve.curve(Entries([silent, NEW]))
    assert "cfcefd21" in comparison.ablation(Entries([silent, NEW]))


def test_the_figure_styles_nothing_but_itself_and_takes_the_colour_of_the_page():
    svg = curve.curve(BOTH)
    assert "<style" not in svg
    assert curve.INK not in svg
    assert "currentColor" in svg


def test_the_table_tells_words_lost_and_word_error_where_it_was_judged():
    rows = re.findall(r"<tr><td>.*?</tr>", comparison.ablation(BOTH))
    old, new = (re.sub(r"<[^>]+>", "|", row) for row in rows)
    assert "|0.80|" in old
    assert "0.87 (0.78, 0.96) [8/16]" in new
    assert "満たさない" in new
    assert "決まらない" in new


def test_the_sentence_is_played_once_from_its_source_and_once_an_experiment():
    played = comparison.listening(BOTH)
    assert re.findall(r'src="([^"]+flac)"', played) == [
        "experiments/cfcefd21/0.flac",
        "experiments/cfcefd21/1.flac",
        "experiments/cfcefd21/2.flac",
        "experiments/c6b4f1fd/2.flac",
    ]


def test_a_figure_in_a_text_comes_from_its_record_or_stops_the_build():
    assert curve.score(BOTH, "cfcefd21", "output", "phone_error") == "1.00 (1.00, 1.00)"
    for wrong in (
        ("cfcefd12", "output", "phone_error"),
        ("cfcefd21", "outputs", "phone_error"),
        ("cfcefd21", "output", "phone_errors"),
    ):
        with pytest.raises(VoxError, match="did you mean"):
            curve.score(BOTH, *wrong)


def test_a_figure_may_be_that_of_another_scale():
    long = entry("cfcefd21", "0.90 (0.80, 1.00)", "0.55")
    record = {"parameters": {"corpus": "demo", "profile": "hours"}, **long.meta["record"]}
    short = {"parameters": {"corpus": "demo", "profile": "demo"}, **OLD.meta["record"]}
    long.meta["record"] = record | {"earlier": [short]}
    both = Entries([long])
    asked = ("cfcefd21", "output", "phone_error")
    assert curve.score(both, *asked) == "0.90 (0.80, 1.00)"
    assert curve.score(both, *asked, "demo") == "1.00 (1.00, 1.00)"
    with pytest.raises(VoxError, match="scale"):
        curve.score(both, *asked, "page")


def test_no_name_lies_on_another_and_none_goes_further_than_it_must():
    assert curve.spread([3.0, 2.0, 1.0], 0.5) == [3.0, 2.0, 1.0]
    wanted = [1.0, 1.0, 1.0, 0.98, 0.6, 0.1]
    placed = curve.spread(wanted, 0.1)
    gaps = [above - below for above, below in itertools.pairwise(placed)]
    assert min(gaps) == pytest.approx(0.1)
    assert placed[-1] == 0.1
    assert sum(placed[:4]) / 4 == pytest.approx(sum(wanted[:4]) / 4)
