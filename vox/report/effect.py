"""How much the labels matter to a trained generator, beside how much it changes its input."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from vox.corpus import Corpus, Windows
from vox.training import Run


@dataclass(frozen=True)
class LabelEffect:
    """Mean squared distances between images, over held-out windows.

    Attributes
    ----------
    between_labels
        Between the outputs for two target speakers.
    to_input
        Between output and input.
    between_inputs
        Between the outputs for two different inputs and one label: near 0, the generator pays no
        attention to its input.
    input_variance
        Of the inputs around their mean image: what a constant output costs at least.
    """

    between_labels: float
    to_input: float
    between_inputs: float
    input_variance: float

    @property
    def ratio(self) -> float:
        """Effect of the label over the distance to the input."""
        return self.between_labels / self.to_input if self.to_input else float("inf")


def label_effect(
    run: Run, corpus: Corpus, speakers: tuple[str, str], count: int = 24
) -> LabelEffect:
    """Measure what the label changes, on windows that were not trained on.

    Parameters
    ----------
    run
        A trained run.
    corpus
        With a held-out split; where it has none, its training split is used.
    speakers
        The two target speakers.
    count
        Windows.
    """
    spectrogram = run.experiment.spectrogram
    split = "test" if corpus.select("test") else "train"
    windows = Windows(corpus, spectrogram.length, split=split, seed=run.spec.seed)  # type: ignore[arg-type]
    pcm, _ = windows.batch(0, 0, count)
    images = spectrogram.forward(pcm)
    with torch.no_grad():
        first, second = (
            run.generator(images, run.inputs(speaker=name).expand(count, -1)) for name in speakers
        )
    return LabelEffect(
        between_labels=float((first - second).square().mean()),
        to_input=float((first - images).square().mean()),
        between_inputs=float((first - first.roll(1, 0)).square().mean()),
        input_variance=float(images.var(dim=0, correction=0).mean()),
    )
