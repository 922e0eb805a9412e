"""How well an autoencoder gives back its input, between two bounds that need no network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from vox.corpus import Corpus
from vox.errors import VoxError
from vox.evaluation.unseen import unseen_windows
from vox.objectives import Autoencoder
from vox.representation import Analysis
from vox.runs import Run

WINDOWS = 48  # held-out ones that are compared
MEAN_OF = 256  # windows of training that the mean image is of


@dataclass(frozen=True)
class ReconstructionError:
    """Mean squared errors of pixels over held-out windows.

    Attributes
    ----------
    network
        Of the trained autoencoder.
    mean_image
        Of one image for all, the mean of the training windows: what ignores its input costs.
    copy_synthesis
        Of each window's own copy: analysed, synthesised with a phase found by Griffin-Lim, and
        analysed again, with no network between.
    count
        Windows.
    unseen
        Whether they were held out of training.
    """

    network: float
    mean_image: float
    copy_synthesis: float
    count: int
    unseen: bool

    @property
    def explained(self) -> float:
        """Share of the mean image's error that the network removes."""
        return 1 - self.network / self.mean_image


def reconstruction_error(run: Run, corpus: Corpus, count: int = WINDOWS) -> ReconstructionError:
    """Measure an autoencoder's error on windows that it was not trained on.

    Parameters
    ----------
    run
        Of an experiment whose objective is an autoencoder.
    corpus
        With a held-out split; where it has none, its training split is used.
    count
        Windows.

    Raises
    ------
    VoxError
        The run trains no autoencoder.
    """
    e = run.experiment
    if not isinstance(e.objective, Autoencoder):
        raise VoxError(f"{e.id} trains no autoencoder, so nothing is reconstructed")
    windows, unseen = unseen_windows(run.experiment.representation, corpus, run.spec.seed)
    pcm, _ = windows.batch(0, 0, count)
    images = e.representation.images(pcm)
    trained = e.representation.windows(corpus, seed=run.spec.seed)
    mean = torch.stack(
        [e.representation.images(trained.batch(0, i, 8)[0]).mean(0) for i in range(MEAN_OF // 8)]
    ).mean(0)
    change = run.there(e.objective.reconstruction(run.networks))
    parts = [change(Analysis(part, {})).image for part in images.split(8)]
    copies = torch.from_numpy(np.stack([e.representation.copy_synthesis(w.numpy()) for w in pcm]))
    again = torch.cat([e.representation.picture(c.numpy())[None] for c in copies])

    def error(made: torch.Tensor) -> float:
        return float((made - images).square().mean())

    return ReconstructionError(error(torch.cat(parts)), error(mean), error(again), count, unseen)
