"""How well a trained network tells labels apart, on recordings that it was not trained on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from scipy.stats import binomtest

from vox.corpus import Corpus
from vox.errors import VoxError
from vox.evaluation.unseen import unseen_windows
from vox.labels import UNLABELLED, LabelSpace
from vox.runs import Run
from vox.table import Table


def wilson(ones: int, count: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share of ones among so many (Wilson 1927).

    Examples
    --------
    >>> low, high = wilson(24, 48)
    >>> f"{low:.3f} {high:.3f}"
    '0.364 0.636'
    """
    if not count:
        return 0.0, 1.0
    found = binomtest(ones, count).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


@dataclass(frozen=True)
class Accuracy:
    """How many of the labelled recordings were classified rightly.

    Attributes
    ----------
    right, recordings
        Counts.
    chance
        One over the number of classes.
    majority
        Share that is right when always the class most frequent in training is named.
    """

    right: int
    recordings: int
    chance: float
    majority: float

    @property
    def share(self) -> float:
        """Right ones among all; nan where nothing is labelled."""
        return self.right / self.recordings if self.recordings else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of `share`: what so few recordings leave open."""
        return wilson(self.right, self.recordings)

    @property
    def above_chance(self) -> bool | None:
        """Whether the interval lies above both baselines; None where so few cannot say.

        False needs evidence too: an interval that leaves no room for twice the baseline, or, of
        few classes, for half of what is left above it.
        """
        low, high = self.interval
        base = max(self.chance, self.majority)
        if low > base:
            return True
        return False if high < min(2 * base, (1 + base) / 2) else None


@dataclass(frozen=True, repr=False)
class Predictions:
    """Labels of held-out recordings, and what a trained network says they are.

    Attributes
    ----------
    labels
        The label space.
    truth, predicted
        Indices, shape ``(recordings, groups)``; -1 in `truth` where a group is not labelled.
    frequent
        The class of each group that is most frequent in training, shape ``(groups,)``.
    implied
        For each speaker, the other labels that follow from it, by name.
    held_out
        Whether the recordings were held out of training; else they were trained on.
    """

    labels: LabelSpace
    truth: torch.Tensor
    predicted: torch.Tensor
    frequent: torch.Tensor
    implied: dict[str, dict[str, str]]
    held_out: bool = True

    def accuracy(self, group: str, *, by_speaker: bool = False) -> Accuracy:
        """Return the accuracy of a label group; of none at all where there is no such group.

        Parameters
        ----------
        group
            Its name.
        by_speaker
            Take the label that follows from the predicted speaker for the prediction.
        """
        names = [g.name for g in self.labels.groups]
        if group not in names or (by_speaker and "speaker" not in names):
            return Accuracy(0, 0, math.nan, math.nan)
        place = names.index(group)
        right, truth = self._right(place, by_speaker), self.truth[:, place]
        n = len(right)
        frequent = truth[truth != UNLABELLED] == self.frequent[place]
        majority = float(frequent.float().mean()) if n else 0.0
        return Accuracy(int(right.sum()), n, 1 / self.labels.sizes[place], majority)

    def follows_better(self, group: str) -> bool | None:
        """Whether a group is better told by the predicted speaker than by its own output.

        A sign test over the recordings that one of the two ways gets right and the other wrong
        (two-sided, 5 %); None where they are too few to say.
        """
        names = [g.name for g in self.labels.groups]
        if group not in names or "speaker" not in names:
            return None
        own, followed = (self._right(names.index(group), way) for way in (False, True))
        better, worse = int((followed & ~own).sum()), int((own & ~followed).sum())
        n = better + worse
        return better > worse if n and binomtest(better, n).pvalue < 0.05 else None

    def _right(self, place: int, by_speaker: bool) -> torch.Tensor:
        """Whether each recording that is labelled in a group is told rightly."""
        truth, predicted = self.truth[:, place], self.predicted[:, place]
        if by_speaker:
            predicted = torch.stack([self._followed(row)[place] for row in self.predicted])
        return (truth == predicted)[truth != UNLABELLED]

    def _followed(self, row: torch.Tensor) -> torch.Tensor:
        speaker = self.labels.names(row)["speaker"]
        return self.labels.index(**{"speaker": speaker, **self.implied.get(speaker, {})})

    def table(self) -> Table:
        """Return the accuracy of each group beside chance."""
        rows = []
        for group in self.labels.groups:
            a = self.accuracy(group.name)
            low, high = a.interval
            counts = f"{a.right} / {a.recordings}"
            shares = (f"{a.share:.3f}", f"{low:.3f} to {high:.3f}")
            rows.append((group.name, counts, *shares, f"{a.chance:.3f}", f"{a.majority:.3f}"))
        header = (
            "group", "right" if self.held_out else "right (recordings of training)", "accuracy",
            "95 % interval", "chance (1 / classes)",
            "always the most frequent class",
        )  # fmt: skip
        return Table(header, rows)

    def __str__(self) -> str:
        return str(self.table())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def predictions(run: Run, corpus: Corpus) -> Predictions:
    """Let a run's classifier, or the class heads of its discriminator, label held-out recordings.

    Parameters
    ----------
    run
        A trained run.
    corpus
        One random window of each held-out recording is classified; where the corpus holds none
        out, of each recording that was trained on.

    Raises
    ------
    VoxError
        The corpus has other labels than the run.
    """
    if corpus.labels != run.labels:
        raise VoxError(f"{corpus.name} has other labels than {run.folder} was trained on")
    representation = run.experiment.representation
    trained = representation.windows(corpus, seed=run.spec.seed)
    windows, apart = unseen_windows(run.experiment.representation, corpus, run.spec.seed)
    truth, predicted = [], []
    for number in range(math.ceil(len(windows) / 16)):
        size = min(16, len(windows) - 16 * number)
        places, starts = windows.draw(0, 16 * number, size)
        logits = run.classify(representation.images(windows.cut(starts)))
        if logits is None:
            raise VoxError(f"{run.folder}: none of its networks classifies")
        predicted.append(torch.stack([x.argmax(1) for x in run.labels.split(logits)], dim=1))
        truth.append(windows.index[places])
    frequent = [
        int(column[column != UNLABELLED].mode().values) if (column != UNLABELLED).any() else 0
        for column in trained.index.unbind(dim=1)
    ]
    return Predictions(
        run.labels, torch.cat(truth), torch.cat(predicted), torch.tensor(frequent), run.implied,
        apart,
    )  # fmt: skip
