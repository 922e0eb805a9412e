"""Records at several scales: the figure over scale, and verdicts of the longest beside others."""

import copy
import re

import pytest

import vox
from vox import VoxError
from vox.site import comparison, moved, scales
from vox.site.entries import Entries, Entry

COPIES = "どのラベルでも、出力はほとんど入力のまま"
GIVEN = {"corpus": "demo", "seed": 0, "device": "auto", "directory": "runs"} | dict.fromkeys(
    ("epochs", "batch_size", "learning_rate", "width")
)


def told(profile, verdict, lost, between, iterations, **own):
    """What a record keeps, as far as it is compared over scale."""
    output = {"phone_error": f"{lost + 0.4:.2f} (0.10, 1.20)", "similarity_target": "0.52"}
    bound = {"phone_error": "0.40 (0.35, 0.45)", "similarity_target": "0.60"}
    return {
        "parameters": {**GIVEN, "profile": profile, **own},
        "page_scale": profile == "page",
        "device": "cpu",
        "run": {"iterations": f"{iterations} of {iterations}", "wall_time_s": 1800.0},
        "claims": [
            {"said": COPIES, "measured": f"x {between}", "verdict": verdict},
            {"said": "1000 epoch", "measured": "—", "verdict": "この環境では測れない"},
        ],
        "scores": {
            "count": 16,
            "means": {"output": output, "copy": bound, "ceiling": bound},
            "met": {"content": False, "target": None},
        },
        "effect": {"between_labels": between, "to_input": 0.05, "input_variance": 0.1},
    }


DEMO = told("demo", "不再現", 0.6, 0.02, 288)
HOURS = told("hours", "再現", 0.1, 0.001, 1440, epochs=20)


def entries(*records):
    """The newest record of 9ada9179, with those that it replaced."""
    newest, *earlier = copy.deepcopy(records)
    meta = {"id": "9ada9179", "record": {**newest, "earlier": earlier}}
    return Entries([Entry("experiments", "9ada9179", "t", "u", "2019-03-08", meta)])


def cells(table):
    return [
        [re.sub(r"<[^>]+>", " ", cell).strip() for cell in re.findall(r"<td>(.*?)</td>", row)]
        for row in re.findall(r"<tr>(<td>.*?)</tr>", table)
    ]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"profile": "auto"}, "demo"),
        ({"profile": "hours"}, "hours"),
        ({"profile": "hours", "epochs": 20}, "hours"),  # its budget
        ({"profile": "demo", "epochs": 20}, "独自"),
        ({"profile": "hours", "width": 1.0}, "独自"),
        ({"profile": "demo", "corpus": "/voices"}, "独自"),
    ],
)
def test_a_record_is_named_by_its_profile_and_a_budget_is_part_of_it(given, word):
    assert scales.scale({"parameters": GIVEN | given}) == word
    assert scales.scale({"parameters": GIVEN | given, "page_scale": True}) == "ページ"
    assert scales.scale({}) is None


@pytest.mark.parametrize("order", [(HOURS, DEMO), (DEMO, HOURS)])
def test_the_longest_record_judges_whichever_is_the_newest(order):
    rows = cells(comparison.claims(entries(*order)))
    assert rows[0][3:5] == ["再現", "hours"]
    assert rows[0][5].startswith("不再現 (demo)")
    assert rows[1][5] == ""  # of one mind


def test_why_a_verdict_moved_is_what_the_profiles_differ_in():
    why = cells(comparison.claims(entries(HOURS, DEMO)))[0][5]
    page = vox.experiment("9ada9179")
    demo, hours = page.at("demo"), page.at("hours", epochs=20)
    assert "demo と hours の違い: iterations 288 → 1440" in why
    assert "reconstruction_weight 1000 → 10" in why
    assert f"decay_epochs 100 → {hours.optimisation.decay_epochs}" in why
    assert demo.optimisation.learning_rate == hours.optimisation.learning_rate
    assert "learning_rate" not in why


def test_what_was_not_judged_is_told_as_such():
    before = copy.deepcopy(DEMO)
    before["claims"][0]["verdict"] = "この環境では測れない"
    shown = cells(comparison.verdicts(entries(HOURS, before)))[-1]
    assert shown[0] == "9ada9179"
    assert "この環境では測れない (demo)" in shown[2]
    assert "再現 (hours)" in shown[3]
    assert "demo の記録では判定していない" in shown[4]


def test_verdicts_are_counted_before_and_after():
    rows = {row[0]: row[1:] for row in cells(comparison.verdicts(entries(HOURS, DEMO)))}
    assert rows["再現"] == ["0", "1"]
    assert rows["不再現"] == ["1", "0"]
    assert rows["この環境では測れない"] == ["1", "1"]
    assert rows["合計"] == ["2", "2"]
    assert rows["学習 (時間)"] == ["0.50", "0.50"]
    alone = cells(comparison.verdicts(entries(DEMO)))
    assert "9ada9179" not in {row[0] for row in alone}


def test_the_figure_draws_a_line_over_scale_and_the_table_holds_its_values():
    both = entries(HOURS, DEMO)
    svg = moved.figure(both)
    assert "Over scale (demo, hours)" in svg
    assert "9ada9179: 0.2 to 0.01" in svg  # of the variance of the input
    assert "9ada9179: 0.6 to 0.1" in svg
    assert 'href="experiments/9ada9179.html"' in svg
    assert "currentColor" in svg
    assert moved.figure(both) == svg
    first, last = cells(moved.table(both))
    assert (first[1], last[1]) == ("demo", "hours")
    assert first[2:4] == ["288", "1800"]
    assert last[5:9] == ["0.01", "0.5", "0.50 (0.10, 1.20)", "0.10"]
    page = vox.experiment("9ada9179")
    rate = vox.experiment("9ada9179").at("hours", epochs=20).optimisation.learning_rate
    share = rate * 1440 / (page.optimisation.learning_rate * page.scale.iterations)
    assert last[4] == f"{share:.2g}"


def test_a_record_that_tells_no_effect_and_no_scores_has_no_point():
    bare = copy.deepcopy(DEMO)
    bare["effect"] = bare["scores"] = None
    assert moved.figure(entries(bare)) == ""
    assert "9ada9179: 0.01" in moved.figure(entries(HOURS, bare))
    assert moved.figure(Entries([])) == ""


@pytest.mark.parametrize(
    ("marker", "told"),
    [("nonsense", "unknown marker 'nonsense'"), ("verdicts a b", "has other words than it takes"),
     ("score cfcefd21 output nonsense", "cfcefd21")],
)  # fmt: skip
def test_a_marker_that_cannot_be_filled_is_told(marker, told):
    with pytest.raises(VoxError, match=told):
        comparison.filled(f"<!-- vox: {marker} -->", Entries(()), "", "")


def test_what_is_generated_is_led_to_from_where_it_stands():
    made = comparison.filled("a <!-- vox: tags --> b", Entries(()), "../", "en/")
    assert made.startswith("a ")
    assert made.endswith(" b")
