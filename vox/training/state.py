"""Networks and optimisers, one iteration of training them, and the state of a run."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np
import torch

from vox.corpus import Windows
from vox.definition import Experiment
from vox.labels import LabelSpace, drop_labels
from vox.models import Classifier, Discriminator, Generator
from vox.training.rmsprop import RMSprop
from vox.training.steps import (
    Batch,
    Terms,
    classifier_losses,
    classifier_weights,
    critic_losses,
    critic_weights,
    generator_losses,
    generator_weights,
    step,
    watched,
)
from vox.training.team import Team


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
    slots
        Which network each step of an iteration trains: the discriminator's steps and then the
        generator's, or a classifier's one.
    """

    def __init__(self, e: Experiment, labels: LabelSpace, device: torch.device) -> None:
        self.e, self.labels, self.device, self.team = e, labels, device, Team()
        self.networks = {str(name): e.network(name, labels) for name in e.networks}
        if device.type != "cpu":  # weights are drawn on the CPU, the same for every device
            self.networks = {name: network.to(device) for name, network in self.networks.items()}
        self.optimizers = {name: optimizer(e, n) for name, n in self.networks.items()}
        adversarial = (*["discriminator"] * e.critic_steps, "generator")
        self.slots = adversarial if "generator" in e.networks else e.networks

    def step(self, name: str, batch: Batch) -> Terms:
        """Take one step of one network; return its unweighted losses."""
        e, labels = self.e, self.labels
        if name == "classifier":
            classifier = cast(Classifier, self.networks["classifier"])
            terms, weights = classifier_losses(e, classifier, labels, batch), classifier_weights(e)
        else:
            generator = cast(Generator, self.networks["generator"])
            discriminator = cast(Discriminator, self.networks["discriminator"])
            if name == "discriminator":
                terms = critic_losses(e, generator, discriminator, labels, batch)
                weights = critic_weights(e)
            else:
                terms = generator_losses(e, generator, discriminator, labels, batch)
                weights = generator_weights(e)
        average = partial(self.team.average, count=e.batch_size)
        return step(self.optimizers[name], terms, weights, average)

    def iterate(self, batch: Callable[[int], Batch]) -> Terms:
        """Take every step of an iteration; `batch` gives each slot its minibatches.

        Returns
        -------
        dict
            Unweighted losses, means where a network takes several steps.
        """
        taken: dict[str, list[torch.Tensor]] = {}
        for slot, name in enumerate(self.slots):
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
        self.processes = self.team.size  # the most that ever took part

    @property
    def total(self) -> int:
        """Iterations of the whole run: one minibatch of the epoch each."""
        return math.ceil(self.e.epochs * len(self.windows) / self.e.batch_size)

    @property
    def epoch(self) -> float:
        """Passes over the recordings so far."""
        return self.iteration * self.e.batch_size / len(self.windows)

    def state(self) -> dict[str, Any]:
        """Return everything a checkpoint holds."""
        return {
            "iteration": self.iteration,
            "seconds": self.seconds,
            "processes": self.processes,
            **{name: network.state_dict() for name, network in self.networks.items()},
            "optimizers": {name: o.state_dict() for name, o in self.optimizers.items()},
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go to where `state` was taken."""
        self.iteration, self.seconds = state["iteration"], state["seconds"]
        self.processes = max(self.processes, state.get("processes", 1))
        for name, network in self.networks.items():
            network.load_state_dict(state[name])
            self.optimizers[name].load_state_dict(state["optimizers"][name])

    def batch(self, slot: int) -> Batch:
        """Return this process's share of the minibatches of one step of this iteration.

        Each step of an iteration (*slot*) has two streams of its own, A and B, so that each of
        them passes over all recordings once an epoch.
        """
        size = self.e.batch_size
        mine = self.team.share(size)  # each process draws all of it and cuts out its own
        mix = torch.from_numpy(self._draw(1, slot).random(size, np.float32))
        dropping = self._draw(2, slot)
        images, labels = [], []
        for stream in (2 * slot, 2 * slot + 1):
            places, starts = self.windows.draw(stream, self.iteration * size, size)
            index = self.windows.index[places]
            if self.e.label_dropping:
                index = drop_labels(index, self.e.label_dropping, dropping)
            images.append(self.e.spectrogram.forward(self.windows.cut(starts[mine])))
            labels.append(index[mine].to(self.device, non_blocking=True))
        mix = mix[mine].to(self.device, non_blocking=True)
        return Batch(images[0], labels[0], images[1], labels[1], mix)

    def _draw(self, purpose: int, slot: int) -> np.random.Generator:
        key = (purpose, slot, self.iteration)
        return np.random.default_rng(np.random.SeedSequence(self.windows.seed, spawn_key=key))

    def advance(self) -> Terms:
        """Take the next iteration; return its unweighted losses."""
        rate = learning_rate(self.e, self.epoch)
        for name, optimizer in self.optimizers.items():
            set_rate(optimizer, rate * (self.e.critic_rate if name == "discriminator" else 1))
        terms = self.iterate(self.batch)
        self.iteration += 1
        if self.team.size == 1:
            return terms
        values = torch.stack(list(terms.values()))
        may_miss = torch.tensor([watched(name) for name in terms], device=values.device)
        means = self.team.means(values, may_miss, self.e.batch_size)
        return dict(zip(terms, means.unbind(), strict=True))


def optimizer(e: Experiment, network: torch.nn.Module) -> torch.optim.Optimizer:
    """Return the experiment's optimiser for a network."""
    return RMSprop(network.parameters(), lr=e.learning_rate, alpha=e.rms_decay, eps=e.rms_epsilon)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every parameter."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def learning_rate(e: Experiment, epoch: float) -> float:
    """Return the rate in force at an epoch: multiplied by the decay each `decay_epochs`.

    Examples
    --------
    >>> import vox
    >>> e = vox.experiment("cfcefd21")
    >>> [f"{learning_rate(e, epoch):.2e}" for epoch in (0, 99.9, 100, 999)]
    ['1.00e-05', '1.00e-05', '3.16e-06', '3.16e-10']
    """
    if not e.decay_epochs:
        return e.learning_rate
    return e.learning_rate * e.learning_rate_decay ** int(epoch // e.decay_epochs)
