"""How experiments move with scale: the effect of their labels, the words they lose, likeness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import log10
from typing import Any

from vox.drawing import Drawing, drawing
from vox.series import EIGHT, experiments
from vox.site.curve import INK, Mean, drawn, listed
from vox.site.entries import Entries
from vox.site.scales import Scaled, scaled

SCALES = {"demo": "demo", "hours": "hours", "ページ": "page"}
"""From the smallest to the page's, as records and the figure name them."""
LABELS_IGNORED = 0.1
"""Of the variance of the inputs: below it the notebooks say that labels change nothing."""
COLORS, MARKERS = ("C0", "C1", "C2", "C3", "C4", "C6", "C8", "C9"), "os^Dv<>P"


@dataclass(frozen=True)
class Panel:
    """One figure of a record, drawn over scale, with what it stands beside."""

    title: str
    of: Callable[[Scaled], float | None]
    beside: Callable[[Scaled], dict[str, float | None]]


def _mean(record: Scaled, system: str, score: str) -> float | None:
    written = record.mean(system, score)
    return None if written is None else Mean.read(written).mean


def lost(record: Scaled) -> float | None:
    """Return how much more phone error conversions have than copies of their input."""
    output, copy = (_mean(record, system, "phone_error") for system in ("output", "copy"))
    return None if output is None or copy is None else output - copy


PANELS = (
    Panel(
        "label effect: difference / variance (dashed: 0.1)",
        lambda record: record.effect("between_labels"),
        lambda record: {"": LABELS_IGNORED},
    ),
    Panel("words lost: phone error less a copy's", lost, lambda record: {"copy of the input": 0.0}),
    Panel(
        "similarity to the target",
        lambda record: _mean(record, "output", "similarity_target"),
        lambda record: {
            "copy of the input": _mean(record, "copy", "similarity_target"),
            "ceiling": _mean(record, "ceiling", "similarity_target"),
        },
    ),
)


def moving(entries: Entries) -> list[list[Scaled]]:
    """Return the records of each experiment that moves, the shortest first.

    These are the pages of March 2019 that convert, and whatever else has records at two scales.
    """
    found = []
    for e in experiments():
        shown = [record for record in scaled(entries, e.id) if record.name in SCALES]
        if any(
            each.mean("output", "phone_error") or each.told.get("effect") for each in shown
        ) and (len(shown) > 1 or e.id in EIGHT):
            found.append(shown)
    return found


def figure(entries: Entries) -> str:
    """Return the figure as SVG, a line an experiment; nothing where no record can be drawn."""
    lines = moving(entries)
    return drawn(lambda: _figure(lines)) if lines else ""


def _figure(lines: list[list[Scaled]]) -> Drawing:
    shown = drawing(4, 7.2)
    names = [name for name in SCALES if any(r.name == name for line in lines for r in line)]
    reached = [log10(max(1.0, r.iterations)) for line in lines for r in line]
    low, wide = min(reached), max(max(reached) - min(reached), 0.3)
    told = []
    for axes, panel in zip(shown.subplots(len(PANELS), 1), PANELS, strict=True):
        ends: list[tuple[float, float, str]] = []
        for i, line in enumerate(lines):
            aside = 10 ** (0.02 * wide * (i - len(lines) / 2))  # so that no point hides another
            at = [(r.iterations * aside, y, r.name) for r in line if (y := panel.of(r)) is not None]
            for (x, y, name), (to, end, other) in pairwise(at):
                dotted = {} if name == other else {"linestyle": ":"}  # other weights, other rates
                axes.plot((x, to), (y, end), color=_color(i), lw=1.2, **dotted)
            for x, y, name in at:
                fill = {"mfc": "none"} if name == "demo" else {}
                axes.plot(x, y, color=_color(i), marker=_marker(i), ms=4, **fill)
            if at:
                ends.append((*at[-1][:2], line[0].id))
                values = " to ".join(f"{y:.3g}" for _, y, _ in at)
                told.append(f"{panel.title}, {line[0].id}: {values}")
        for name, y in panel.beside(lines[0][-1]).items():
            if y is not None:
                axes.axhline(y, color=INK, linewidth=0.7, linestyle=(0, (4, 3)), alpha=0.7)
                axes.annotate(
                    name, (0.01, y), (0, 2), xycoords=("axes fraction", "data"),
                    textcoords="offset points", fontsize=7, va="bottom",
                )  # fmt: skip
        axes.margins(y=0.12)
        axes.set_xscale("log")
        axes.set_xlim(10 ** (low - 0.1 * wide), 10 ** (low + 1.5 * wide))  # the rest is for names
        axes.tick_params(axis="both", labelsize=8)
        axes.set_title(panel.title, fontsize=9, loc="left")
        axes.grid(True, axis="y", alpha=0.2)
        _name(axes, ends)
    axes.set_xlabel("iterations", fontsize=8)
    scales = ", ".join(SCALES[name] for name in names)
    shown.alt = f"Over scale ({scales}), by iterations: {'; '.join(told)}"
    return shown


def _name(axes: Any, ends: list[tuple[float, float, str]]) -> None:
    """Name the lines in a column on the right, in the order of their ends and apart."""
    low, high = axes.get_ylim()
    apart, below = 0.085 * (high - low), high
    places: list[list[Any]] = []
    for x, y, id in sorted(ends, key=lambda end: -end[1]):
        below = min(y, below - apart)
        places.append([x, y, id, below])
    above = low
    for place in reversed(places):  # none below the axes
        place[3] = above = max(place[3], above + apart)
    for x, y, id, at in places:
        axes.annotate(
            id, (x, y), (0.8, at), textcoords=("axes fraction", "data"), fontsize=8, va="center",
            url=f"experiments/{id}.html",
            arrowprops={
                "arrowstyle": "-", "color": INK, "alpha": 0.35, "linewidth": 0.5,
                "relpos": (0, 0.5),
            },
        )  # fmt: skip


def _color(i: int) -> str:
    return COLORS[i % len(COLORS)]


def _marker(i: int) -> str:
    return MARKERS[i % len(MARKERS)]


HEADER = (
    "実験", "規模", "iteration", "学習 (秒)", "学習率 x 回数 (ページ = 1)", "ラベルによる差 / 分散",
    "入力との距離 / 分散", "音素の誤り ↓", "失われた言葉 ↓", "語の誤り ↓", "目標との類似 ↑",
    "元との類似 ↓",
)  # fmt: skip


def table(entries: Entries) -> str:
    """Return what is behind the figure, a row a record."""
    rows = []
    for line in moving(entries):
        for r in line:
            less = lost(r)
            rows.append(
                (
                    f'<a href="experiments/{r.id}.html">{r.id}</a>', r.name,
                    f"{r.iterations:g}", r.seconds, _short(r.rates),
                    _short(r.effect("between_labels")), _short(r.effect("to_input")),
                    r.mean("output", "phone_error"), None if less is None else f"{less:.2f}",
                    r.mean("output", "word_error"), r.mean("output", "similarity_target"),
                    r.mean("output", "similarity_source"),
                )
            )  # fmt: skip
    return listed(HEADER, rows)


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:.2g}"
