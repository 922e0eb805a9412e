"""Words lost against likeness to the target: every record that converts a voice is a point."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib

from vox.drawing import Drawing, drawing
from vox.errors import VoxError, unknown
from vox.series import OF_2019, experiments
from vox.site.entries import Entries
from vox.site.scales import scaled
from vox.table import Table
from vox.words import MET

INK = "#010203"
"""What is drawn in it takes the colour of the page's text."""
LOOK: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "vox", "font.family": "sans-serif", "text.color": INK,
    "axes.edgecolor": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
}  # fmt: skip
NONE = "—"
LINE = 0.045
"""Of the height of a panel: what a name takes."""


@dataclass(frozen=True)
class Mean:
    """A mean of a record with its 95 % interval, as the record writes it: ``0.28 (0.23, 0.33)``."""

    mean: float
    low: float
    high: float

    @classmethod
    def read(cls, written: str) -> Mean:
        """Read one; without an interval its ends are the mean."""
        numbers = [float(x) for x in re.findall(r"-?\d+\.\d+", written)]
        if len(numbers) not in (1, 3):
            raise VoxError(f"{written!r} is no mean of a record, such as 0.28 (0.23, 0.33)")
        return cls(*(numbers if len(numbers) == 3 else numbers * 3))


@dataclass(frozen=True)
class Told:
    """What a record tells of its conversions, beside what they stand beside."""

    id: str
    means: dict[str, dict[str, str]]
    met: dict[str, bool | None]
    representation: str

    def of(self, system: str, score: str) -> Mean:
        """Return a mean."""
        return Mean.read(self.means[system][score])

    @property
    def drawable(self) -> bool:
        """Whether everything was scored that the curve shows."""
        shown = [
            self.means[system][score]
            for system in ("copy", "ceiling", "output")
            for score in ("phone_error", "similarity_target")
        ]
        return NONE not in shown

    @property
    def lost(self) -> float:
        """How much more phone error conversions have than copies of their input."""
        return self.of("output", "phone_error").mean - self.of("copy", "phone_error").mean

    @property
    def color(self) -> str:
        """By whose it is: of 2019, or ours."""
        return "C7" if self.id in OF_2019 else "C3"


def told(entries: Entries) -> list[Told]:
    """Return what the records of all experiments that convert tell, in the order of the series."""
    found = []
    for e in experiments():
        entry = entries.by_name.get(e.id)
        scores = (entry.meta.get("record", {}) if entry else {}).get("scores")
        if scores:
            seen = str(e.representation)
            found.append(Told(e.id, scores["means"], scores["met"], seen))
    return found


def curve(entries: Entries) -> str:
    """Return the figure as SVG: above what a network loses, below what is lost."""
    records = [record for record in told(entries) if record.drawable]
    if not records:
        return ""
    return drawn(lambda: _figure(records))


def drawn(draw: Callable[[], Drawing]) -> str:
    """Return a figure as SVG for a page: in the page's colours, its links named by experiment."""
    with matplotlib.rc_context(LOOK):
        figure = draw()
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|\n", "", svg, flags=re.S)
    label = f'role="group" aria-label="{html.escape(figure.alt)}"'
    size = "width:100%;height:auto;min-width:28rem"  # on a phone it scrolls rather than shrink
    svg = svg.replace("<svg ", f'<svg {label} style="{size}" ', 1)
    svg = svg.replace(INK, "currentColor").replace("xlink:href", "href")
    svg = re.sub(r'<a href="([^"]*?)(\w+)\.html"', r'<a aria-label="\2" href="\1\2.html"', svg)
    return f'<figure class="vox-wide">{svg}</figure>'


def listed(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return an HTML table whose columns can be sorted; strings are escaped, as metadata are."""
    table = re.sub(r"\s+(?=</t[dh]>)|\n", "", Table(header, rows).written("unsafehtml"))
    table = table.replace("<table>", '<table class="vox-sortable">', 1)
    table = table.replace("<th>", '<th scope="col">')
    return f'<div class="vox-wide">{table}</div>'


def _figure(records: list[Told]) -> Drawing:
    figure = drawing(7.2, 10)
    upper, lower = figure.subplots(2, 1)
    for record in records:
        x, y = record.of("output", "similarity_target"), record.of("output", "phone_error")
        copied = record.of("copy", "phone_error").mean
        for axes, shift in ((upper, copied), (lower, 0.0)):
            axes.errorbar(
                x.mean, y.mean - shift, fmt="o", color=record.color, capsize=2, elinewidth=0.8,
                xerr=[[x.mean - x.low], [x.high - x.mean]],
                yerr=[[y.mean - y.low], [y.high - y.mean]],
            )  # fmt: skip
            axes.scatter(x.mean, y.mean - shift, s=60, alpha=0).set_urls([_address(record.id)])
    for axes, shifted in ((upper, True), (lower, False)):
        axes.margins(x=0.12)
        _bounds(axes, records, shifted)
        _label(axes, records, shifted)
        axes.set_xlabel("similarity to the target (right: recognised)")
        axes.grid(True, alpha=0.2)
    upper.set_ylabel("phone error less that of the copy (down: words kept)")
    upper.set_title("what the conversion loses", fontsize="medium")
    lower.set_ylabel("phone error (down: words kept)")
    lower.set_title("what is lost in all, representation included", fontsize="medium")
    points = (
        f"{r.id} {r.of('output', 'similarity_target').mean:.2f}, {r.lost:.2f}" for r in records
    )
    figure.alt = f"Similarity to the target and words lost: {'; '.join(points)}"
    return figure


def _bounds(axes: Any, records: list[Told], shifted: bool) -> None:
    """Draw copies and ceilings, one of each representation."""
    one = list({record.representation: record for record in reversed(records)}.values())
    for system, title, style in (
        ("copy", "copies of the input", "C0s"),
        ("ceiling", "the target's own recordings, copied", "C2^"),
    ):
        points = []
        for i, record in enumerate(one):
            at, error = (record.of(system, x).mean for x in ("similarity_target", "phone_error"))
            error -= record.of("copy", "phone_error").mean if shifted else 0
            axes.scatter(
                at, error, marker=style[-1], color=style[:-1], s=28, label=None if i else title
            )
            points.append((error, at, f"as {record.id}"))
        if system == "copy" and not shifted:
            points.sort(reverse=True)
            places = spread([error for error, _, _ in points], LINE)
            for (error, at, name), place in zip(points, places, strict=True):
                axes.annotate(
                    name, (at, error), (at - 0.03, place), fontsize=8, ha="right", va="center",
                    arrowprops={"arrowstyle": "-", "color": "C0", "linewidth": 0.4},
                )  # fmt: skip
    axes.legend(fontsize="small", loc="upper right")


def _label(axes: Any, records: list[Told], shifted: bool) -> None:
    """Name the points in columns beside the crowds, so that no name lies on another."""
    crowds: list[list[tuple[float, float, Told]]] = []
    for record in sorted(records, key=_likeness):
        if not crowds or _likeness(record) - crowds[-1][-1][1] > 0.08:
            crowds.append([])
        crowds[-1].append((_height(record, shifted), _likeness(record), record))
    apart = LINE * (max(_height(record, shifted) for record in records) + 0.1)
    top, right = 0.0, 0.0
    for crowd in crowds:
        crowd.sort(key=lambda each: (-each[0], -each[1]))
        column = max(at for _, at, _ in crowd) + 0.045
        places = spread([height for height, _, _ in crowd], apart)
        for (height, at, record), place in zip(crowd, places, strict=True):
            axes.annotate(
                record.id, (at, height), (column, place), fontsize=9, va="center",
                color=record.color, url=_address(record.id),
                arrowprops={"arrowstyle": "-", "color": record.color, "linewidth": 0.4},
            )  # fmt: skip
        top, right = max(top, places[0] + apart), max(right, column + 0.12)
    axes.set_ylim(top=max(top, axes.get_ylim()[1]))
    axes.set_xlim(right=max(right, axes.get_xlim()[1]))


def spread(wanted: Sequence[float], apart: float) -> list[float]:
    """Return heights, given in falling order, moved as little as it takes to be so far apart.

    Least squares under an order, by pooling neighbours that violate it (Ayer et al. 1955).

    Examples
    --------
    >>> spread([5.0, 1.0, 1.0, 1.0], apart=0.5)
    [5.0, 1.5, 1.0, 0.5]
    """
    pools: list[list[float]] = []

    def first(pool: list[float]) -> float:
        return sum(height + i * apart for i, height in enumerate(pool)) / len(pool)

    for height in wanted:
        pools.append([height])
        while len(pools) > 1 and first(pools[-2]) - len(pools[-2]) * apart < first(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    return [first(pool) - i * apart for pool in pools for i in range(len(pool))]


def _likeness(record: Told) -> float:
    return record.of("output", "similarity_target").mean


def _height(record: Told, shifted: bool) -> float:
    error = record.of("output", "phone_error").mean
    return record.lost if shifted else error


def _address(id: str) -> str:
    return f"experiments/{id}.html"


def steps(entries: Entries) -> Iterator[tuple[Any, ...]]:
    """Yield a row a record for `ablation`: what it loses, how near it comes, what is met."""
    for record in told(entries):
        output, copy = record.means["output"], record.means["copy"]
        lost = f"{record.lost:.2f}" if record.drawable else NONE
        yield (
            f'<a href="{_address(record.id)}">{record.id}</a>',
            output["phone_error"], copy["phone_error"], lost,
            output.get("word_error", NONE), copy.get("word_error", NONE),
            record.means["ceiling"].get("word_error", NONE),
            output["similarity_target"], output.get("second_similarity_target", NONE),
            *(MET[record.met[name]] for name in ("content", "target")),
        )  # fmt: skip


HEADER = (
    "実験", "音素の誤り ↓", "入力の写し", "失われた言葉 ↓", "語の誤り ↓", "入力の写し", "上限",
    "目標との類似 ↑", "第二の判定 ↑", "言葉が残る", "目標とわかる",
)  # fmt: skip


def score(entries: Entries, id: str, system: str, name: str, at: str | None = None) -> str:
    """Return one mean of a record, for the text of a page; of that at the scale `at`, if named.

    Raises
    ------
    VoxError
        There is no such record, scale, system or score.
    """
    found = {record.id: record for record in told(entries)}
    if id not in found:
        raise unknown("record", id, found)
    systems = found[id].means
    if at is not None:
        scales = {one.name: one.told["scores"] for one in scaled(entries, id)}
        if not scales.get(at):
            raise unknown("scale", at, [name for name, scores in scales.items() if scores])
        systems = scales[at]["means"]
    if system not in systems:
        raise unknown("system", system, systems)
    means = systems[system]
    if name not in means:
        raise unknown("score", name, means)
    return html.escape(means[name])
