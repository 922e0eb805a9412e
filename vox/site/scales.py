"""An experiment at several scales: its record beside what records at other scales found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vox.definition import OWN, Experiment
from vox.definition.scale import RECORDINGS
from vox.series import experiment
from vox.site.entries import Entries
from vox.table import show

BUDGETED = {"demo": (), "hours": ("epochs",)}
"""The profiles below the page's, each with what may be chosen of it: a budget."""
MOVES = ("epochs", "learning_rate", "decay_epochs", "reconstruction_weight", "identity_weight")
"""Fields by which one profile differs from another, as far as an experiment has them."""


def scale(told: dict[str, Any]) -> str | None:
    """Return at what scale a record was made, in a word; None where it does not say."""
    given = told.get("parameters")
    if given is None:
        return None
    if told.get("page_scale"):
        return "ページ"
    profile = str(given.get("profile")).replace("auto", "demo")
    chosen = {name for name in OWN if given.get(name) is not None}
    own = given.get("corpus") != "demo" or chosen - {*BUDGETED.get(profile, ())}
    return "独自" if own else profile


@dataclass(frozen=True)
class Scaled:
    """What one record found, at its scale.

    Attributes
    ----------
    id
        Of the experiment.
    told
        What the record keeps: ``parameters``, ``claims``, ``scores``, ``effect``, ``run``.
    """

    id: str
    told: dict[str, Any]

    @property
    def name(self) -> str:
        """At what scale: demo, hours, the page's, or one of its own."""
        return scale(self.told) or "独自"

    @cached_property
    def experiment(self) -> Experiment:
        """The experiment as it was run."""
        given = self.told.get("parameters") or {}
        cuda = str(self.told.get("device", "cpu")).startswith("cuda")
        own = {name: given.get(name) for name in OWN}
        return experiment(self.id).at(given.get("profile") or "demo", cuda=cuda, **own)

    @property
    def iterations(self) -> float:
        """How many were made; as the corpus gives them, where the record does not tell."""
        made = re.match(r"\d+", str(self.told.get("run", {}).get("iterations", "")))
        if made:
            return float(made[0])
        size = self.experiment.scale
        return size.epochs * RECORDINGS / size.batch_size if self.experiment.networks else 0.0

    @property
    def seconds(self) -> float | None:
        """Of training."""
        took: float | None = self.told.get("run", {}).get("wall_time_s")
        return took

    @property
    def rates(self) -> float | None:
        """First learning rate times iterations, over the page's, whose decay takes the same share.

        A small step weighs no less where there are more of them: at 1 a run has gone as far as the
        page's could, were the rates to add up.
        """
        page = experiment(self.id)
        if self.experiment.optimisation is None or page.optimisation is None:
            return None
        whole = page.optimisation.learning_rate * page.scale.iterations
        return self.experiment.optimisation.learning_rate * self.iterations / whole

    def claim(self, said: str) -> dict[str, str] | None:
        """Return what it found of a claim; None where it does not judge it."""
        return next((one for one in self.told.get("claims", ()) if one["said"] == said), None)

    def mean(self, system: str, score: str) -> str | None:
        """Return a mean as the record writes it; None where it has none."""
        scores = self.told.get("scores") or {}
        found: str | None = scores.get("means", {}).get(system, {}).get(score)
        return None if found == "—" else found

    def effect(self, name: str) -> float | None:
        """Return a distance of `vox.evaluation.LabelEffect`, over the variance of the inputs."""
        effect = self.told.get("effect") or {}
        distance, variance = effect.get(name), effect.get("input_variance")
        return distance / variance if distance is not None and variance else None

    def differs(self, other: Scaled) -> str:
        """Say by what another record of the experiment was made differently: data, no opinion."""
        moved = [f"iterations {self.iterations:g} → {other.iterations:g}"]
        before, after = ({**dict(_leaves(x.experiment))} for x in (self, other))
        moved += [
            f"{name} {show(before[name])} → {show(after[name])}"
            for name in MOVES
            if name in before and before[name] != after.get(name)
        ]
        return f"{self.name} と {other.name} の違い: {', '.join(moved)}"


def scaled(entries: Entries, id: str) -> list[Scaled]:
    """Return what the records of an experiment found, the shortest first, the longest last."""
    entry = entries.by_name.get(id)
    told = (entry.meta.get("record") or {}) if entry else {}
    if not told:
        return []
    found = [Scaled(id, one) for one in (*(told.get("earlier") or ()), told)]
    if len(found) == 1:
        return found
    return sorted(found, key=lambda one: (bool(one.told.get("page_scale")), one.iterations))


def _leaves(e: Experiment) -> Iterator[tuple[str, Any]]:
    for name, value in e.settings().items():
        yield name.rpartition(".")[2], value
