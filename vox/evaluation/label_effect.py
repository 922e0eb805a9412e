"""How much the labels matter to a trained generator, beside how much it changes its input."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from vox.corpus import Corpus
from vox.errors import VoxError
from vox.evaluation.unseen import unseen_analysis
from vox.runs import Run


@dataclass(frozen=True)
class LabelEffect:
    """What labels and inputs change in the outputs of a generator, over held-out windows.

    Distances are mean squared differences of pixels.

    Attributes
    ----------
    between_labels
        Between the outputs for two target speakers, the mean over all pairs.
    to_input
        Between output and input, the mean over all speakers, as below.
    between_inputs
        Between the outputs for two different inputs and one label: near 0, the generator pays no
        attention to its input.
    input_variance
        Of the inputs around their mean image: what a constant output costs at least, and half of
        the distance between two inputs.
    correlation
        Of output and input, each less its mean image, the mean over the windows: 1 for a copy, 0
        where nothing of the input is left.
    envelope
        Of the loudness curves along time of output and input, likewise.
    halves
        Level of the output's first half over its second, divided by the same of the input.
    """

    between_labels: float
    to_input: float
    between_inputs: float
    input_variance: float
    correlation: float
    envelope: float
    halves: float

    @property
    def ratio(self) -> float:
        """Effect of the label over the distance to the input."""
        if not self.to_input:
            return float("inf") if self.between_labels else float("nan")
        return self.between_labels / self.to_input

    @property
    def copies(self) -> bool:
        """Whether output is nearer to input than a tenth of the inputs' variance."""
        return self.to_input < 0.1 * self.input_variance

    @property
    def ignores_labels(self) -> bool:
        """Whether labels move the output less than a tenth of the inputs' variance.

        `ratio` would not do: it is small, too, where the output has nothing of the input.
        """
        return self.between_labels < 0.1 * self.input_variance


def label_effect(run: Run, corpus: Corpus, speakers: Sequence[str], count: int = 24) -> LabelEffect:
    """Measure what the label changes, on windows that were not trained on.

    Parameters
    ----------
    run
        A trained run.
    corpus
        With a held-out split; where it has none, its training split is used.
    speakers
        The target speakers, two or more.
    count
        Windows.
    """
    if len(speakers) < 2:
        raise VoxError(f"the effect of a label needs two speakers, not {len(speakers)}")
    seen = unseen_analysis(run, corpus, count)
    images, parts = seen.image, [seen[i : i + 8] for i in range(0, count, 8)]
    outputs = torch.stack(
        [
            torch.cat([run.converted(part, speaker=name).image for part in parts])
            for name in speakers
        ]
    )
    return LabelEffect(
        # the mean over pairs of n is twice the variance, times n / (n - 1)
        between_labels=2 * float(outputs.var(dim=0, correction=1).mean()),
        to_input=float((outputs - images).square().mean()),
        between_inputs=float((outputs - outputs.roll(1, 1)).square().mean()),
        input_variance=float(images.var(dim=0, correction=0).mean()),
        correlation=_mean(_correlation(out, images) for out in outputs),
        envelope=_mean(_correlation(out.mean(dim=3), images.mean(dim=3)) for out in outputs),
        halves=_mean(_halves(out) for out in outputs) / _halves(images),
    )


def _mean(values: Iterable[float]) -> float:
    return statistics.fmean(values)


def _correlation(one: torch.Tensor, other: torch.Tensor) -> float:
    """Correlation of windows, each less the mean of all windows; the mean over them."""
    a, b = ((x - x.mean(dim=0)).flatten(1).double() for x in (one, other))
    return float(torch.nn.functional.cosine_similarity(a, b).nan_to_num().mean())


def _halves(images: torch.Tensor) -> float:
    first, second = images.chunk(2, dim=2)
    return float(first.mean() / second.mean().clamp_min(1e-9))
