"""What an iteration draws: every window, mixing number and dropped label of all of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from vox.device import sent
from vox.labels import drop_labels
from vox.objectives import Objective
from vox.representation import Analysis

if TYPE_CHECKING:
    from vox.training.state import Training


@dataclass
class Draws:
    """What all steps of an iteration are given, on the device.

    It is drawn, sent, cut and transformed at once: on a device other than the CPU, each of twelve
    minibatches by itself is mostly overhead. On a CPU they are cut and transformed one by one, and
    stay in its cache.

    Attributes
    ----------
    objective
        Whose steps they are.
    parts
        Images, with what stands beside them, of one minibatch after the other: those of the first
        step, those of the second, and so on. One part holds all of them, or one each.
    labels
        Their indices, shape ``(windows, groups)``.
    uniform
        Numbers from 0 to 1, shape ``(steps, batch)``, or ``(steps, 0)`` where none are needed.
    """

    objective: Objective
    parts: list[Analysis]
    labels: torch.Tensor
    uniform: torch.Tensor

    def step(self, slot: int) -> StepDraws:
        """Return what one step is given."""
        return StepDraws(self, slot)

    @property
    def tensors(self) -> list[torch.Tensor]:
        """All that is drawn, in an order that is always the same."""
        analysed = [x for part in self.parts for x in (part.image, *part.beside.values())]
        return [*(x for x in analysed if isinstance(x, torch.Tensor)), self.labels, self.uniform]

    def held(self) -> Draws:
        """Return a copy that keeps its place in memory, to `put` others into."""
        parts = [part.clone() for part in self.parts]
        return Draws(self.objective, parts, self.labels.clone(), self.uniform.clone())

    def put(self, others: Draws) -> None:
        """Take over the numbers of other draws of the same shapes."""
        for mine, theirs in zip(self.tensors, others.tensors, strict=True):
            mine.copy_(theirs)


@dataclass
class StepDraws:
    """What one step is given, as `vox.objectives.base.Draws` has it."""

    all: Draws
    slot: int

    def minibatch(self, which: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return images and label indices."""
        analysis, index = self.analyses(which)
        return analysis.image, index

    def analyses(self, which: int) -> tuple[Analysis, torch.Tensor]:
        """Return the same with what stands beside the images."""
        parts, per_step = self.all.parts, self.all.objective.minibatches
        count = per_step * len(self.all.uniform)  # minibatches of all steps
        size, number = len(self.all.labels) // count, per_step * self.slot + which
        part, first = divmod(number, count // len(parts))
        return (
            parts[part][first * size : (first + 1) * size],
            self.all.labels[number * size : (number + 1) * size],
        )

    def uniform(self) -> torch.Tensor:
        """Return numbers from 0 to 1, shape ``(batch,)``."""
        return self.all.uniform[self.slot]


def drawn(t: Training) -> Draws:
    """Draw for the iteration that comes next; of each minibatch this process's own share."""
    objective, size = t.e.objective, t.e.scale.batch_size
    mine = t.processes.share(size)  # each process draws all of it and cuts out its own
    steps = range(len(objective.slots))
    starts, labels, uniform = [], [], []
    for slot in steps:
        dropping = _random(t, 2, slot) if objective.label_dropping else None
        for which in range(objective.minibatches):
            places, begins = t.windows.draw(2 * slot + which, t.iteration * size, size)
            index = t.windows.index[places]
            if dropping is not None:
                index = drop_labels(index, objective.label_dropping, dropping)
            starts.append(begins[mine])
            labels.append(index[mine])
        if objective.mixed:
            uniform.append(_random(t, 1, slot).random(size, np.float32)[mine])
    together = starts if t.device.type == "cpu" else [np.concatenate(starts)]
    numbers = np.array(uniform) if uniform else np.zeros((len(steps), 0), np.float32)
    return Draws(
        objective,
        [t.e.representation.windowed(t.windows.cut(each)) for each in together],
        sent(torch.cat(labels), t.device),
        sent(torch.from_numpy(numbers), t.device),
    )


def _random(t: Training, purpose: int, slot: int) -> np.random.Generator:
    """Return random numbers for a purpose of one step of this iteration."""
    key = (purpose, slot, t.iteration)
    return np.random.default_rng(np.random.SeedSequence(t.windows.seed, spawn_key=key))
