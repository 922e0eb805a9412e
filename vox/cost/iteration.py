"""What one training iteration costs: memory and FLOPs counted on any machine, time measured.

Counting runs the very steps of training on meta tensors, which have shapes and no numbers, and
follows every storage from its birth to its end; nothing is estimated from layer tables. What a
library takes for itself while it computes (cuDNN's workspaces) is not in it.
"""

from __future__ import annotations

import statistics
import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt
import torch

from vox.cost.following import Storages, flops_of
from vox.definition import Experiment
from vox.labels import PAGE, LabelSpace
from vox.precision import computing
from vox.representation import Analysis
from vox.training.state import Trainer

META = torch.device("meta")
RECORDINGS = 1421
"""Windows in an epoch at the page's scale, if there is one recording a speaker."""


class _MadeUp:
    """What a step may draw, of the right shapes and made up: nothing that counts depends on it."""

    def __init__(self, e: Experiment, batch_size: int, labels: LabelSpace) -> None:
        self.analysis = [e.representation.blank(batch_size) for _ in range(2)]
        self.index = torch.zeros(batch_size, len(labels.groups), dtype=torch.int64)
        self.numbers = torch.rand(batch_size)

    def minibatch(self, which: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.analysis[which].image, self.index

    def analyses(self, which: int) -> tuple[Analysis, torch.Tensor]:
        return self.analysis[which], self.index

    def uniform(self) -> torch.Tensor:
        return self.numbers


class _Rig(Trainer):
    """A trainer with a made-up minibatch: iterations without a corpus."""

    def __init__(
        self, e: Experiment, batch_size: int, labels: LabelSpace, device: torch.device
    ) -> None:
        with device:
            super().__init__(e, labels, device)
            self.batch = e.objective.batch(_MadeUp(e, batch_size, labels))

    def iteration(self) -> None:
        self.iterate(lambda slot: self.batch)

    def each_step(self) -> None:
        """One step of each network: those of an iteration are alike."""
        o = self.optimisation
        with computing(self.device, o.precision, o.deterministic):
            for name in dict.fromkeys(self.e.objective.slots):
                self.step(name, self.batch)


@dataclass(frozen=True)
class Memory:
    """Bytes that one training iteration needs.

    Attributes
    ----------
    parameters, optimizer
        Of all networks; they do not depend on the minibatch. Parameters include the running
        statistics of batch normalisation.
    gradients
        Of the network whose step needs most; after a step they are gone.
    activations
        The rest at the peak of that step: the minibatch, what autograd keeps, what passes through.
    """

    parameters: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """All of it, at the peak."""
        return self.parameters + self.gradients + self.optimizer + self.activations


def memory(
    e: Experiment, batch_size: int, labels: LabelSpace = PAGE, *, device: str = "cpu"
) -> Memory:
    """Count the peak memory of a training iteration, in bytes.

    Parameters
    ----------
    e
        At the scale in question.
    batch_size
        Of the minibatch.
    labels
        By default the page's.
    device
        Whose optimiser it is: ``"cuda"`` takes all weights of a network at once, with a temporary
        for all of them; others go weight by weight.

    Examples
    --------
    >>> import vox
    >>> e = vox.experiment("cfcefd21")
    >>> memory(e, 2).parameters // 2**20  # 45.2 million float32
    172
    """
    few, many = (_counted(e, size, labels, device == "cuda") for size in COUNTED)
    if any(len(few.courses[name]) != len(many.courses[name]) for name in few.courses):
        few = many = _counted(e, batch_size, labels, device == "cuda")  # its steps depend on it
    span, more = COUNTED[1] - COUNTED[0], batch_size - COUNTED[0]
    peaks = {
        name: int((course + (many.courses[name] - course) * more // span).max())
        for name, course in few.courses.items()
    }
    most = max(peaks, key=lambda name: peaks[name])
    fixed = few.parameters, few.gradients[most], few.states
    return Memory(*fixed, peaks[most] - sum(fixed))


COUNTED = (2, 4)
"""Minibatches at which steps are followed: bytes of any other lie on the line through the two."""


@dataclass(frozen=True)
class _Counted:
    """Bytes at one minibatch: what stays; and of each network's step, all at each birth."""

    parameters: int
    states: int
    gradients: dict[str, int]
    courses: dict[str, npt.NDArray[np.int64]]


@lru_cache(maxsize=256)
def _counted(
    e: Experiment, batch_size: int, labels: LabelSpace, together: bool = False
) -> _Counted:
    with Storages() as storages:
        rig = _Rig(e, batch_size, labels, META)
        for optimizer in rig.optimizers.values():
            for group in optimizer.param_groups:
                group["foreach"] = together or None  # torch's own choice on CUDA
        rig.each_step()  # after one of each, the optimisers' states are there
        courses = {}
        for name in rig.optimizers:  # what no step trains needs nothing more
            storages.course = [storages.now]
            rig.step(name, rig.batch)
            courses[name] = np.array(storages.course)
        parameters = sum(_bytes(network.state_dict().values()) for network in rig.networks.values())
        states = _bytes(
            value
            for each in rig.optimizers.values()
            for state in each.state.values()
            for value in state.values()
            if isinstance(value, torch.Tensor)
        )
        gradients = {name: _bytes(network.parameters()) for name, network in rig.networks.items()}
    return _Counted(parameters, states, gradients, courses)


def _bytes(tensors: Iterable[torch.Tensor]) -> int:
    return sum(t.numel() * t.element_size() for t in tensors)


def largest_minibatch(e: Experiment, limit: int, labels: LabelSpace = PAGE) -> int:
    """Return the largest minibatch whose counted memory fits into `limit` bytes.

    It is at least 2, the smallest that an experiment may have, or 0 where not even that fits.
    """
    if memory(e, 2, labels).total > limit:
        return 0
    most = 4
    while memory(e, most, labels).total <= limit:
        most *= 2
    return bisect_left(range(most), True, 2, key=lambda n: memory(e, n, labels).total > limit) - 1


def measured_memory(e: Experiment, batch_size: int, labels: LabelSpace = PAGE) -> int:
    """Return what a training iteration had allocated at its peak on the CUDA device, in bytes."""
    device = torch.device("cuda", torch.cuda.current_device())
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated(device)
    rig = _Rig(e, batch_size, labels, device)
    rig.each_step()
    torch.cuda.reset_peak_memory_stats(device)
    rig.each_step()
    return torch.cuda.max_memory_allocated(device) - before


def parameters(e: Experiment, labels: LabelSpace = PAGE) -> dict[str, int]:
    """Count the weights of each network."""
    with torch.device("meta"):
        return {
            name: sum(p.numel() for p in e.network(name, labels).parameters())
            for name in e.networks
        }


def flops(e: Experiment, batch_size: int, labels: LabelSpace = PAGE) -> int:
    """Count the floating-point operations of an iteration (a multiply-add is two)."""
    rig, total = _Rig(e, batch_size, labels, META), 0
    slots = e.objective.slots
    for name in dict.fromkeys(slots):
        total += slots.count(name) * flops_of(partial(rig.step, name, rig.batch))
    return total


def epoch_times(
    cases: Sequence[tuple[Experiment, int]],
    *,
    width: float = 1.0,
    labels: LabelSpace = PAGE,
    device: str | torch.device = "cpu",
    repeats: int = 3,
    recordings: int = RECORDINGS,
) -> list[float]:
    """Measure how long an epoch of several experiments takes, side by side.

    Parameters
    ----------
    cases
        Experiments with their minibatch.
    width
        Factor on the channels and the number of labels, so that a CPU can measure at all; 1 is
        the page's.
    labels
        The label space.
    device
        Where.
    repeats
        Iterations measured of each, in turn; the median counts.
    recordings
        Windows in an epoch.

    Returns
    -------
    list of float
        Seconds an epoch: the median iteration times ``recordings / batch_size``.
    """
    device = torch.device(device)
    groups = zip(labels.groups, labels.sizes, strict=True)
    labels = LabelSpace.sized(**{group.name: max(1, round(n * width)) for group, n in groups})
    rigs = [_Rig(e.replace(width=width), size, labels, device) for e, size in cases]
    taken: list[list[float]] = [[] for _ in rigs]
    for turn in range(repeats + 1):
        for rig, times in zip(rigs, taken, strict=True):
            began = time.perf_counter()
            rig.iteration()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            if turn:  # the first warms up
                times.append(time.perf_counter() - began)
    return [
        statistics.median(times) * recordings / size
        for times, (_, size) in zip(taken, cases, strict=True)
    ]
