"""Networks and optimisers, one iteration of training them, and the state of a run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch

from vox.corpus.windows import Windows
from vox.definition import Experiment
from vox.labels import LabelSpace, drop_labels
from vox.objectives.base import watched
from vox.optimisation import Optimisation
from vox.representation import Analysis
from vox.training.processes import Processes

Terms = dict[str, torch.Tensor]


class Trainer:
    """The networks of an experiment with their optimisers, and one iteration of training them.

    Parameters
    ----------
    e
        At the scale at which it is trained.
    labels
        The label space.
    device
        Where the networks are.

    Attributes
    ----------
    networks, optimizers
        By name, as `vox.Experiment.networks` has them.
    """

    def __init__(self, e: Experiment, labels: LabelSpace, device: torch.device) -> None:
        self.e, self.labels, self.device, self.processes = e, labels, device, Processes()
        self.networks = {name: e.network(name, labels) for name in e.networks}
        if device.type != "cpu":  # weights are drawn on the CPU, the same for every device
            self.networks = {name: network.to(device) for name, network in self.networks.items()}
        self.optimizers = {
            name: self.optimisation.build(self.networks[name].parameters())
            for name in dict.fromkeys(e.objective.slots)
        }

    @property
    def optimisation(self) -> Optimisation:
        """The experiment's; one whose objective takes steps has one."""
        assert self.e.optimisation is not None
        return self.e.optimisation

    def step(self, name: str, batch: Any) -> Terms:
        """Take one step of one network; return its unweighted losses."""
        objective = self.e.objective
        terms = objective.losses(name, self.networks, self.labels, batch)
        average = partial(self.processes.average, count=self.e.scale.batch_size)
        return step(
            self.optimizers[name], terms, objective.weights(name), average, self.optimisation.clip
        )

    def iterate(self, batch: Callable[[int], Any]) -> Terms:
        """Take every step of an iteration; `batch` gives each slot what it is given.

        Returns
        -------
        dict
            Unweighted losses, means where a network takes several steps.
        """
        taken: dict[str, list[torch.Tensor]] = {}
        for slot, name in enumerate(self.e.objective.slots):
            for term, value in self.step(name, batch(slot)).items():
                taken.setdefault(term, []).append(value)
        stacked = {term: torch.stack(values) for term, values in taken.items()}
        # a step in which nothing was labelled says nothing of an accuracy, but a loss must be
        # finite at every step
        return {t: v.nanmean() if watched(t) else v.mean() for t, v in stacked.items()}


class Training(Trainer):
    """What a checkpoint holds: networks, optimisers and the position of a run.

    There is no random state in it: every window, every mixing number and every dropped label is a
    function of the seed and the iteration.

    Parameters
    ----------
    e
        At the scale at which it is trained.
    windows
        Where minibatches come from.
    labels
        The label space.
    device
        Where the networks are.
    """

    def __init__(
        self, e: Experiment, windows: Windows, labels: LabelSpace, device: torch.device
    ) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(windows.seed)
            super().__init__(e, labels, device)
        self.windows = windows
        self.iteration = 0
        self.seconds = 0.0
        self.most_processes = self.processes.size  # that ever took part

    def prepare(self) -> None:
        """Count what is counted and not trained, before the first iteration."""
        self.e.objective.prepare(self.networks, self.windows, self.labels)

    def too_little(self) -> list[str]:
        """Return sentences on what is too little to train on."""
        return self.e.objective.too_little(self.heard, self.total)

    @property
    def heard(self) -> dict[str, float]:
        """Seconds of sound to train on, by speaker."""
        found: dict[str, float] = {}
        for recording in self.windows.recordings:
            name = recording.labels.get("speaker", "")
            found[name] = found.get(name, 0.0) + self.windows.corpus.seconds(recording)
        return found

    @property
    def implied(self) -> dict[str, dict[str, str]]:
        """Labels that follow from speakers who are not in the corpus."""
        return {}

    @property
    def origin(self) -> dict[str, Any]:
        """What provenance tells of where the networks come from, beside the training itself."""
        return {}

    @property
    def total(self) -> int:
        """Iterations of the whole run: one minibatch of the epoch each."""
        if not self.e.objective.slots:
            return 0
        return math.ceil(self.e.scale.epochs * len(self.windows) / self.e.scale.batch_size)

    @property
    def epoch(self) -> float:
        """Passes over the recordings so far."""
        return self.iteration * self.e.scale.batch_size / len(self.windows)

    def state(self) -> dict[str, Any]:
        """Return everything a checkpoint holds."""
        return {
            "iteration": self.iteration,
            "seconds": self.seconds,
            "processes": self.most_processes,
            **{name: network.state_dict() for name, network in self.networks.items()},
            "optimizers": {name: o.state_dict() for name, o in self.optimizers.items()},
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go to where `state` was taken."""
        self.iteration, self.seconds = int(state["iteration"]), float(state["seconds"])
        self.most_processes = max(self.most_processes, state["processes"])
        for name, network in self.networks.items():
            network.load_state_dict(state[name])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])

    def batch(self, slot: int) -> Any:
        """Return what one step of this iteration is given."""
        return self.e.objective.batch(CorpusDraws(self, slot))

    def random(self, purpose: int, slot: int) -> np.random.Generator:
        """Return random numbers for a purpose of one step of this iteration."""
        key = (purpose, slot, self.iteration)
        return np.random.default_rng(np.random.SeedSequence(self.windows.seed, spawn_key=key))

    def advance(self) -> Terms:
        """Take the next iteration; return its unweighted losses."""
        rate = self.optimisation.rate(self.epoch, self.e.scale.epochs)
        for name, optimizer in self.optimizers.items():
            for group in optimizer.param_groups:
                group["lr"] = rate * self.e.objective.rate(name)
        terms = self.iterate(self.batch)
        self.iteration += 1
        if self.processes.size == 1:
            return terms
        values = torch.stack(list(terms.values()))
        may_miss = torch.tensor([watched(name) for name in terms], device=values.device)
        means = self.processes.means(values, may_miss, self.e.scale.batch_size)
        return dict(zip(terms, means.unbind(), strict=True))


@dataclass
class CorpusDraws:
    """The share of this process in what one step of an iteration draws from the corpus."""

    training: Training
    slot: int
    _dropping: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._dropping = self.training.random(2, self.slot)

    def minibatch(
        self, which: int, label_dropping: float = 0.0
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return images and label indices, as `vox.objectives.base.Draws` has it."""
        analysis, index = self.analyses(which, label_dropping)
        return analysis.image, index

    def analyses(self, which: int, label_dropping: float = 0.0) -> tuple[Analysis, torch.Tensor]:
        """Return the same with what stands beside the images."""
        t, size = self.training, self.training.e.scale.batch_size
        mine = t.processes.share(size)  # each process draws all of it and cuts out its own
        places, starts = t.windows.draw(2 * self.slot + which, t.iteration * size, size)
        index = t.windows.index[places]
        if label_dropping:
            index = drop_labels(index, label_dropping, self._dropping)
        analysis = t.e.representation.windowed(t.windows.cut(starts[mine]))
        return analysis, index[mine].to(t.device, non_blocking=True)

    def uniform(self) -> torch.Tensor:
        """Return numbers from 0 to 1, shape ``(batch,)``."""
        t, size = self.training, self.training.e.scale.batch_size
        numbers = torch.from_numpy(t.random(1, self.slot).random(size, np.float32))
        return numbers[t.processes.share(size)].to(t.device, non_blocking=True)


def step(
    optimizer: torch.optim.Optimizer,
    terms: Terms,
    weights: Mapping[str, float],
    average: Callable[[list[torch.Tensor]], None] = lambda gradients: None,
    clip: float = 0.0,
) -> Terms:
    """Take one optimiser step on the weighted sum and return the terms without their graph.

    Parameters
    ----------
    optimizer
        Of one network.
    terms
        Losses; each needs a weight, but for those that are only watched.
    weights
        By name.
    average
        Is given the gradients, to average them over several processes.
    clip
        Norm of all gradients together that they are brought down to; 0 leaves them.

    Notes
    -----
    No gradient is left behind: the next step, of the other network, has the memory for its own.
    """
    costs = [weights[name] * term for name, term in terms.items() if not watched(name)]
    torch.stack(costs).sum().backward()
    trained = [p for group in optimizer.param_groups for p in group["params"]]
    average([p.grad for p in trained if p.grad is not None])
    if clip:
        torch.nn.utils.clip_grad_norm_(trained, clip)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return {name: term.detach() for name, term in terms.items()}
