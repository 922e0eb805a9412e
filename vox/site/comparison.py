"""Tables over the whole series, from the experiments and their records."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from vox.errors import VoxError, unknown
from vox.series import EIGHT, experiments
from vox.site import bench, curve, moved
from vox.site.entries import KINDS, Entries
from vox.site.scales import Scaled, scale, scaled
from vox.words import MET, VERDICTS


def comparison(entries: Entries) -> str:
    """Return a line an experiment: what its page states, what it costs, what its record found."""
    header = (
        "実験", "日付", *VERDICTS.values(), "記録の規模", "学習 (秒)", "minibatch", "epoch",
        "学習率", "2019年の時間 (h)", "生成器 (百万)", "識別器・分類器 (百万)", "GFLOP / 窓",
        "メモリ (MiB)",
    )  # fmt: skip
    rows = []
    for e in experiments():
        entry = entries.by_name.get(e.id)
        kept = entry.meta.get("record", {}) if entry else {}
        told = records[-1].told if (records := scaled(entries, e.id)) else {}
        cost, weights = kept.get("cost", {}), kept.get("cost", {}).get("parameters", {})
        judge = weights.get("discriminator") or weights.get("classifier")
        verdicts = [claim["verdict"] for claim in told.get("claims", ())]
        named = (f'<a href="experiments/{e.id}.html">{e.id}</a>', f"<time>{e.opened}</time>")
        trains = e.optimisation if e.objective.slots else None
        how = (e.scale.batch_size, e.scale.epochs, trains.learning_rate) if trains else (None,) * 3
        page = (*how, e.page.hours)
        counted = (
            _in(weights.get("generator"), 1e6), _in(judge, 1e6),
            _in(cost.get("flops_a_window"), 1e9), cost.get("memory_mib"),
        )  # fmt: skip
        recorded = (scale(told), told.get("run", {}).get("wall_time_s"))
        counts = (verdicts.count(v) for v in VERDICTS.values())
        rows.append((*named, *counts, *recorded, *page, *counted))
    return curve.listed(header, rows)


def claims(entries: Entries) -> str:
    """Return every claim of the series with what the longest record measured, and the verdict."""
    rows = []
    for e in experiments():
        *shorter, longest = scaled(entries, e.id) or [Scaled(e.id, {})]
        for claim in longest.told.get("claims", ()):
            link = f'<a href="experiments/{e.id}.html">{e.id}</a>'
            before = "<br>".join(
                _otherwise(one, longest, claim) for one in shorter if _differs(one, claim)
            )
            rows.append(
                (link, claim["said"], claim["measured"], claim["verdict"], scale(longest.told),
                 before)
            )  # fmt: skip
    header = ("実験", "2019年の主張", "今回の測定", "判定", "規模", "ほかの規模での判定")
    return curve.listed(header, rows)


def verdicts(entries: Entries) -> str:
    """Return how many claims of the eight pages have which verdict, by the first and last record.

    Below them is each claim whose verdict moved.
    """
    pages = [found for id in EIGHT if (found := scaled(entries, id))]
    ends = [[records[end] for records in pages] for end in (0, -1)]
    counts = [Counter(c["verdict"] for r in end for c in r.told.get("claims", ())) for end in ends]
    rows: list[tuple[Any, ...]] = [
        (verdict, *(counted[verdict] for counted in counts)) for verdict in VERDICTS.values()
    ]
    rows.append(("合計", *(sum(counted.values()) for counted in counts)))
    hours = [sum(r.seconds or 0 for r in end) / 3600 for end in ends]
    rows.append(("学習 (時間)", *(f"{each:.2f}" for each in hours)))
    changed = [
        (
            f'<a href="experiments/{last.id}.html">{last.id}</a>', claim["said"],
            f"{before['verdict']} ({first.name})<br>{before['measured']}",
            f"{claim['verdict']} ({last.name})<br>{claim['measured']}",
            _why(first, last, before),
        )
        for first, last in zip(*ends, strict=True)
        for claim in last.told.get("claims", ())
        if (before := first.claim(claim["said"])) and before["verdict"] != claim["verdict"]
    ]  # fmt: skip
    counted = curve.listed(("8 ページの主張", "最も短い記録", "最も長い記録"), rows)
    header = ("実験", "2019年の主張", "最も短い記録", "最も長い記録", "違い")
    return counted + (curve.listed(header, changed) if changed else "")


def _differs(one: Scaled, claim: dict[str, str]) -> bool:
    found = one.claim(claim["said"])
    return found is not None and found["verdict"] != claim["verdict"]


def _otherwise(one: Scaled, longest: Scaled, claim: dict[str, str]) -> str:
    """The verdict of a shorter record that found otherwise, and why."""
    found = one.claim(claim["said"]) or claim
    return f"{found['verdict']} ({one.name})<br>{_why(one, longest, found)}"


def _why(one: Scaled, longest: Scaled, found: dict[str, str]) -> str:
    unjudged = f"{one.name} の記録では判定していない<br>"
    return (unjudged if found["verdict"] == VERDICTS[None] else "") + one.differs(longest)


def scores(entries: Entries) -> str:
    """Return what independent judges said of each record's conversions, beside the bounds."""
    header = (
        "実験", "規模", "件", "音素の誤り ↓", "入力の写し", "目標との類似 ↑", "上限",
        "元との類似 ↓", "目標が勝つ割合 ↑", "DNSMOS ↑", "上限", "言葉が残る", "目標とわかる",
    )  # fmt: skip
    rows = []
    for e in experiments():
        entry = entries.by_name.get(e.id)
        kept = entry.meta.get("record", {}) if entry else {}
        told = kept.get("scores")
        if not told:
            continue
        output, copy, ceiling = (told["means"][name] for name in ("output", "copy", "ceiling"))
        met = [MET[told["met"][name]] for name in ("content", "target")]
        rows.append(
            (
                f'<a href="experiments/{e.id}.html">{e.id}</a>', scale(kept), told["count"],
                output["phone_error"], copy["phone_error"],
                output["similarity_target"], ceiling["similarity_target"],
                output["similarity_source"], output["target_wins"],
                output["quality"], ceiling["quality"], *met,
            )
        )  # fmt: skip
    return curve.listed(header, rows)


def listening(entries: Entries) -> str:
    """Return a bench for each recording that several experiments convert to the same speaker.

    The experiments' conversions stand beside the originals. What most of them convert comes first,
    and the others lie folded behind it.
    """
    converting = [
        (e.id, group)
        for e in experiments()
        if (entry := entries.by_name.get(e.id))
        for group in entry.heard
        if group.of("target") and group.of("output")
    ]
    alike: list[list[tuple[str, bench.Group]]] = []
    for id, group in converting:
        found = next((chosen for chosen in alike if chosen[0][1].same(group)), None)
        if found is None:
            alike.append([(id, group)])
        elif id not in {name for name, _ in found}:
            found.append((id, group))
    benches = [
        _side_by_side(chosen, entries)
        for chosen in sorted(alike, key=len, reverse=True)
        if len(chosen) > 1
    ]
    if not benches:
        return ""
    first, *rest = benches
    if not rest:
        return first
    told = f"<summary>ほかの文や話者 ({len(rest)})</summary>"
    return f"{first}<details>{told}{''.join(rest)}</details>"


def _side_by_side(chosen: Sequence[tuple[str, bench.Group]], entries: Entries) -> str:
    """A bench of what experiments make of one recording."""
    groups = [group for _, group in chosen]
    sounds = [sound for role in ("source", "target") if (sound := groups[0].of(role))]
    outputs = [replace(sound, label=id) for id, group in chosen if (sound := group.of("output"))]
    who = next((group.who for group in groups if group.who), "")
    said = next((told for group in groups if (told := group.told(entries.said))), ())
    return bench.written(who, said, [*sounds, *outputs], "experiments/")


def heard(entries: Entries, name: str, place: str) -> str:
    """Return a group of sounds of a record as a bench: the first is 0.

    Raises
    ------
    VoxError
        There is no such record, or it has fewer groups.
    """
    entry = entries.by_name.get(name)
    found = dict(enumerate(entry.heard)) if entry else {}
    if not entry or int(place) not in found:
        raise VoxError(f"{name}: no record with more than {place} groups of sounds; vox record")
    group = found[int(place)]
    return bench.written(group.caption, group.told(entries.said), group.sounds, f"{entry.kind}/")


def ablation(entries: Entries) -> str:
    """Return a line a record that converts: words lost, likeness, both requirements."""
    return curve.listed(curve.HEADER, curve.steps(entries))


def family(entries: Entries) -> str:
    """Return the family tree of the series as a diagram."""
    return f"```mermaid\n{entries.family()}\n```"


def tags(entries: Entries) -> str:
    """Return the pages of each tag."""
    pages = [entry for kind in KINDS for entry in entries.of(kind)]
    parts = []
    for tag in sorted({tag for entry in pages for tag in entry.tags}):
        items = [f'<li><a href="{e.url}">{e.title}</a></li>' for e in pages if tag in e.tags]
        parts.append(f'<h2 id="tag:{tag}">{tag}</h2><ul>{"".join(items)}</ul>')
    return "".join(parts)


MARKERS: dict[str, Callable[..., str]] = {
    "ablation": ablation,
    "curve": curve.curve,
    "heard": heard,
    "listening": listening,
    "score": curve.score,
    "comparison": comparison,
    "claims": claims,
    "moved": moved.table,
    "scales": moved.figure,
    "verdicts": verdicts,
    "scores": scores,
    "family": family,
    "tags": tags,
}
"""What ``<!-- vox: name -->`` in a page becomes; further words are given to it."""
_MARKER = re.compile(r"<!-- vox: (\w+)((?: [\w-]+)*) -->")


def filled(text: str, entries: Entries, up: str, home: str) -> str:
    """Put what is generated in the place of the markers of a page.

    Parameters
    ----------
    text
        Of the page.
    entries
        Of the site, by the names of records.
    up, home
        The way to the site's root, and from there to the home of the page's language: what is
        generated is written as from the root.

    Raises
    ------
    VoxError
        There is no such marker, or it cannot be made of the records there are.
    """

    def made(marker: re.Match[str]) -> str:
        name, words = marker[1], marker[2].split()
        if name not in MARKERS:
            raise unknown("marker", name, MARKERS)
        try:
            inspect.signature(MARKERS[name]).bind(entries, *words)
        except TypeError as error:
            raise VoxError(f"the marker {marker[0]} has other words than it takes") from error
        found = MARKERS[name](entries, *words)
        linked = r'href="(?=(?:experiments|issues|posts)/)'
        found = re.sub(linked, f'href="{up}{home}', found)
        return re.sub(r'src="(?=(?:experiments|posts)/)', f'src="{up}', found)

    return _MARKER.sub(made, text)


def _in(value: float | None, unit: float) -> float | None:
    return None if value is None else round(value / unit, 1)
