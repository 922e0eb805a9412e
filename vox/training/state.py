"""The state of training, and one iteration of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from vox.corpus import Windows
from vox.definition import Experiment
from vox.labels import LabelSpace
from vox.training.steps import (
    Batch,
    Terms,
    critic_losses,
    critic_weights,
    generator_losses,
    generator_weights,
    step,
)


class Training:
    """Networks, optimisers and position of a run: what a checkpoint holds, and one iteration.

    There is no random state in it: every window and every mixing number is a function of the seed
    and the iteration.

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
        self.e, self.windows, self.labels, self.device = e, windows, labels, device
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(windows.seed)
            self.generator = e.generator(labels).to(device)
            self.discriminator = e.discriminator(labels).to(device)
        self.generator_optimizer = optimizer(e, self.generator)
        self.discriminator_optimizer = optimizer(e, self.discriminator)
        self.iteration = 0
        self.seconds = 0.0
        self._critic_weights, self._generator_weights = critic_weights(e), generator_weights(e)

    @property
    def total(self) -> int:
        """Iterations of the whole run: one minibatch of the generator's each."""
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
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "generator_optimizer": self.generator_optimizer.state_dict(),
            "discriminator_optimizer": self.discriminator_optimizer.state_dict(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go to where `state` was taken."""
        self.iteration, self.seconds = state["iteration"], state["seconds"]
        self.generator.load_state_dict(state["generator"])
        self.discriminator.load_state_dict(state["discriminator"])
        self.generator_optimizer.load_state_dict(state["generator_optimizer"])
        self.discriminator_optimizer.load_state_dict(state["discriminator_optimizer"])

    def batch(self, slot: int) -> Batch:
        """Return the minibatches of one step of this iteration.

        Each step of an iteration (*slot*) has two streams of its own, A and B, so that each of
        them passes over all recordings once an epoch.
        """
        size = self.e.batch_size
        source, source_labels = self.windows.batch(2 * slot, self.iteration, size)
        reference, reference_labels = self.windows.batch(2 * slot + 1, self.iteration, size)
        draw = np.random.SeedSequence(self.windows.seed, spawn_key=(1, slot, self.iteration))
        mix = torch.from_numpy(np.random.default_rng(draw).random(size, np.float32))
        image = self.e.spectrogram.forward
        return Batch(
            image(source.to(self.device)),
            source_labels.to(self.device),
            image(reference.to(self.device)),
            reference_labels.to(self.device),
            mix.to(self.device),
        )

    def iterate(self) -> Terms:
        """Take the discriminator's steps and the generator's; return the unweighted losses."""
        rate = learning_rate(self.e, self.epoch)
        set_rate(self.generator_optimizer, rate)
        set_rate(self.discriminator_optimizer, rate * self.e.critic_rate)
        networks = self.generator, self.discriminator, self.labels
        sums: Terms = {}
        for slot in range(self.e.critic_steps):
            terms = critic_losses(self.e, *networks, self.batch(slot))
            for name, term in step(
                self.discriminator_optimizer, terms, self._critic_weights
            ).items():
                sums[name] = sums[name] + term if name in sums else term
        terms = generator_losses(self.e, *networks, self.batch(self.e.critic_steps))
        generator_terms = step(self.generator_optimizer, terms, self._generator_weights)
        self.iteration += 1
        return {name: term / self.e.critic_steps for name, term in sums.items()} | generator_terms


def optimizer(e: Experiment, network: torch.nn.Module) -> torch.optim.Optimizer:
    """Return the experiment's optimiser for a network."""
    return torch.optim.RMSprop(
        network.parameters(), lr=e.learning_rate, alpha=e.rms_decay, eps=e.rms_epsilon
    )


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
