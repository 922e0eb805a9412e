"""A trained run that learns new speakers from a few minutes: all else of it stays as it is."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from vox.corpus import Corpus
from vox.corpus.windows import Windows
from vox.definition import RunSettings
from vox.device import pick_device
from vox.errors import VoxError
from vox.labels import Group, LabelSpace
from vox.runs import Run, Spec
from vox.training.loop import run_to_its_end
from vox.training.state import Training

ITERATIONS = 400


class Adaptation(Training):
    """A training that begins with a run's networks, and trains what is of new speakers alone.

    Parameters
    ----------
    run
        Trained; it knows the first speakers of `labels`.
    spec
        Of the run to come.
    windows
        Of the new speakers, their indices those of the new label space.
    device
        Where the networks are.
    """

    def __init__(self, run: Run, spec: Spec, windows: Windows, device: torch.device) -> None:
        super().__init__(spec.experiment, windows, spec.labels, device)
        self.run = run
        self.e.objective.adapt(self.networks, run.networks, windows, self.labels)

    def prepare(self) -> None:
        """Nothing is left to count."""

    def too_little(self) -> list[str]:
        """Of sound alone: few iterations are meant."""
        return self.e.objective.too_little(self.heard, sys.maxsize)

    @property
    def implied(self) -> dict[str, dict[str, str]]:
        """As of the run that it began with."""
        return self.run.implied

    @property
    def untrained(self) -> dict[str, tuple[str, ...]]:
        """Those of the new corpus, and those of the run that it began with."""
        more = super().untrained
        return {
            group.name: both
            for group in self.labels.groups
            if (both := (*self.run.untrained.get(group.name, ()), *more.get(group.name, ())))
        }

    @property
    def origin(self) -> dict[str, Any]:
        """Tells of that run."""
        told = self.run.provenance
        kept = {name: told[name] for name in ("seed", "iterations", "commit") if name in told}
        corpus = told["corpus"]
        return {
            "adapted_from": {
                "experiment": self.run.experiment.id, "key": self.run.spec.key, **kept,
                "corpus": corpus["name"], "fingerprint": corpus["fingerprint"],
            }
        }  # fmt: skip


def adapt(
    run: Run,
    corpus: Corpus,
    device: str = "auto",
    seed: int = 0,
    directory: str | Path = "runs",
    *,
    iterations: int = ITERATIONS,
    checkpoint_seconds: float = 60.0,
) -> Run:
    """Teach a run new speakers, or go on where that was interrupted.

    What the decoder is told of a speaker is trained, and his statistics are counted; all other
    weights stay to the bit.

    Parameters
    ----------
    run
        Trained, of an experiment that can be adapted, such as 3cd41fe0; it is left as it is.
    corpus
        Recordings of the new speakers, a minute or more of each.
    device, seed, directory, checkpoint_seconds
        As for `vox.train`.
    iterations
        To train.

    Returns
    -------
    Run
        A run of its own, with a key of its own, that converts to the old and the new speakers.

    Raises
    ------
    VoxError
        The corpus has a speaker that the run knows already, or none; the objective cannot be
        adapted; and as for `vox.train`.
    """
    RunSettings(device=device, seed=seed, directory=str(directory))  # checks them
    if iterations < 1:
        raise VoxError(f"iterations must be 1 or more, not {iterations}")
    where, labels = pick_device(device), joined_labels(run.labels, corpus.labels)
    windows = run.experiment.representation.windows(corpus, seed=seed, device=where)
    windows.index = torch.stack([labels.index(**r.labels) for r in windows.recordings])
    epochs = iterations * run.experiment.scale.batch_size / len(windows)
    whole = "" if run.folder.is_dir() else "-float16"  # a packed run's weights are not the run's
    e = run.experiment.replace(epochs=epochs)
    if e.optimisation and e.optimisation.warm_up > epochs / 4:  # a large corpus makes few epochs
        e = e.replace(warm_up=epochs / 4)
    adapted = run.spec.key + whole
    spec = Spec(e, labels, corpus.fingerprint, seed, where.type, adapted=adapted)
    return run_to_its_end(
        lambda: Adaptation(run, spec, windows, where), spec, corpus, where, directory,
        checkpoint_seconds,
    )  # fmt: skip


def joined_labels(known: LabelSpace, new: LabelSpace) -> LabelSpace:
    """Return a label space with the classes of another behind its own.

    Raises
    ------
    VoxError
        Both know a speaker of the same name, or the new one knows none.

    Examples
    --------
    >>> one = LabelSpace.of({"speaker": ["a", "b"], "sex": ["male"]})
    >>> two = LabelSpace.of({"speaker": ["A"], "sex": ["female", "male"]})
    >>> joined_labels(one, two).groups[1]
    Group(name='sex', classes=('male', 'female'))
    """
    classes = {group.name: group.classes for group in new.groups}
    if "speaker" not in classes:
        raise VoxError(
            "the corpus to adapt to names no speaker; put the recordings of each into a folder "
            "named after who speaks, or fill the column speaker of metadata.csv"
        )
    joined = []
    for group in known.groups:
        more = classes.pop(group.name, ())
        both = [name for name in more if name in group.classes]
        if group.name == "speaker" and both:
            raise VoxError(
                f"the run knows a speaker {both[0]!r} already; give the new one another name "
                "(a folder's name, or the column speaker of metadata.csv)"
            )
        joined.append(replace(group, classes=(*group.classes, *(n for n in more if n not in both))))
    return LabelSpace((*joined, *(Group(name, names) for name, names in classes.items())))
