"""Networks and optimisers, one iteration of training them, and the state of a run."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import torch

from vox.corpus.windows import Windows
from vox.definition import Experiment
from vox.errors import VoxError
from vox.labels import LabelSpace
from vox.objectives.base import watched
from vox.optimisation import Optimisation
from vox.precision import check, computing, exactly, narrow
from vox.training.draws import Draws, drawn
from vox.training.graph import IterationGraph
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
        if e.optimisation is not None:
            check(device, e.optimisation.precision)
        self.networks = {name: e.network(name, labels) for name in e.networks}
        if device.type != "cpu":  # weights are drawn on the CPU, the same for every device
            self.networks = {name: network.to(device) for name, network in self.networks.items()}
        self.optimizers = {
            name: self.optimisation.build(self.networks[name].parameters())
            for name in dict.fromkeys(e.objective.slots)
        }
        self._rates_on_device()

    def _rates_on_device(self) -> None:
        """A number would be the same in every replay of a graph; a tensor can be filled anew."""
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                if group.get("capturable") and self.device.type == "cuda":
                    group["lr"] = torch.full((), float(group["lr"]), device=self.device)

    def set_rate(self, rate: float) -> None:
        """Set the learning rate of each network: the one in force times the objective's factor."""
        for name, optimizer in self.optimizers.items():
            own = rate * self.e.objective.rate(name)
            for group in optimizer.param_groups:
                if isinstance(group["lr"], torch.Tensor):
                    group["lr"].fill_(own)
                else:
                    group["lr"] = own

    @property
    def optimisation(self) -> Optimisation:
        """The experiment's; one whose objective takes steps has one."""
        assert self.e.optimisation is not None
        return self.e.optimisation

    def step(self, name: str, batch: Any) -> Terms:
        """Take one step of one network; return its unweighted losses."""
        objective = self.e.objective
        with narrow(self.device, self.optimisation.precision):
            terms = objective.losses(name, self.networks, self.labels, batch)
        # apart where they are computed in another way; together sums are rounded as they ever were
        exact = objective.exact if self.optimisation.precision == "tf32" else ()
        average = partial(self.processes.average, count=self.e.scale.batch_size)
        return step(
            self.optimizers[name], terms, objective.weights(name), average, self.optimisation.clip,
            exact,
        )  # fmt: skip

    def iterate(self, batch: Callable[[int], Any]) -> Terms:
        """Take every step of an iteration; `batch` gives each slot what it is given.

        Returns
        -------
        dict
            Unweighted losses, means where a network takes several steps.
        """
        taken: dict[str, list[torch.Tensor]] = {}
        with computing(self.device, self.optimisation.precision, self.optimisation.deterministic):
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
        self._drawn: tuple[int, Draws] | None = None  # for which iteration, and what
        self._may_miss: torch.Tensor | None = None
        self._graph = self._new_graph()

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
    def untrained(self) -> dict[str, tuple[str, ...]]:
        """Classes that nothing is trained on, by group."""
        return self.windows.untrained()

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
        exact = self.e.scale.epochs * len(self.windows) / self.e.scale.batch_size
        return math.ceil(exact - 1e-6)  # 400 iterations told in epochs are not 401

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
        self._rates_on_device()
        self._graph = self._new_graph()  # what the old one knew lies elsewhere now

    def _new_graph(self) -> IterationGraph | None:
        if not self.e.objective.slots or not self.optimisation.graph:
            return None
        if self.processes.size > 1:
            raise VoxError("graph=True trains in one process; start one, or leave graph out")
        make = self.e.objective.batch
        return IterationGraph(
            self.device, lambda draws: self.iterate(lambda slot: make(draws.step(slot)))
        )

    def batch(self, slot: int) -> Any:
        """Return what one step of this iteration is given."""
        if self._drawn is None or self._drawn[0] != self.iteration:
            self._drawn = None  # its memory goes before the next is made
            self._drawn = self.iteration, drawn(self)
        return self.e.objective.batch(self._drawn[1].step(slot))

    def advance(self) -> Terms:
        """Take the next iteration; return its unweighted losses."""
        self.set_rate(self.optimisation.rate(self.epoch, self.e.scale.epochs))
        terms = self._graph(drawn(self)) if self._graph else self.iterate(self.batch)
        self._drawn = None
        self.iteration += 1
        if self.processes.size == 1:
            return terms
        values = torch.stack(list(terms.values()))
        if self._may_miss is None:
            self._may_miss = torch.tensor([watched(name) for name in terms], device=values.device)
        means = self.processes.means(values, self._may_miss, self.e.scale.batch_size)
        return dict(zip(terms, means.unbind(), strict=True))


def step(
    optimizer: torch.optim.Optimizer,
    terms: Terms,
    weights: Mapping[str, float],
    average: Callable[[list[torch.Tensor]], None] = lambda gradients: None,
    clip: float = 0.0,
    exact: Collection[str] = (),
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
    exact
        Losses whose gradients are computed in float32 whatever the precision in force.

    Notes
    -----
    No gradient is left behind: the next step, of the other network, has the memory for its own.
    """
    costs = {name: weights[name] * term for name, term in terms.items() if not watched(name)}
    if apart := [costs.pop(name) for name in exact if name in costs]:
        with exactly(apart[0].device):
            torch.stack(apart).sum().backward()
    torch.stack(list(costs.values())).sum().backward()
    trained = [p for group in optimizer.param_groups for p in group["params"]]
    average([p.grad for p in trained if p.grad is not None])
    if clip:
        torch.nn.utils.clip_grad_norm_(trained, clip)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return {name: term.detach() for name, term in terms.items()}
