"""The series, told from its first experiment to its last; each is its parent with what it changes.

Facts and figures are those of the pages of March 2019; where a page contradicts itself, or is
silent, the value taken is commented here and explained in the experiment's notebook.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from vox.definition import SERIES, Experiment, Scale
from vox.errors import unknown
from vox.models import Conv, DiscriminatorLayers, GeneratorLayers, conv
from vox.spectrogram import Spectrogram
from vox.table import Table


def down(channels: int, k: Any, s: Any = 1, p: Any = 1) -> Conv:
    """A generator's layer on the way down, or in the bottleneck: BN, ReLU."""
    return conv(channels, k, s, p, norm=True, activation="relu")


def up(channels: int, k: Any, s: Any = 2, p: Any = 1) -> Conv:
    """A generator's layer on the way up: transposed, BN, ReLU."""
    return conv(channels, k, s, p, norm=True, activation="relu", transposed=True)


def judge(channels: int, k: Any = 4, s: Any = 2, p: Any = 1) -> Conv:
    """A discriminator's layer: LeakyReLU, no BN."""
    return conv(channels, k, s, p, activation="leaky_relu")


X47C97768 = Experiment(
    id="47c97768",
    title="StarGAN をメモリに収まるよう半分にする",
    change="StarGAN proper, halved to fit the memory",
    opened=date(2019, 3, 4),
    closed=date(2019, 3, 5),
    issues=("module/vox",),
    tags=("closed", "unsatisfied"),
    hours=4.32,
    spectrogram=Spectrogram(length=66304),
    # Half the filters and half the bottleneck of StarGAN's (arXiv 1711.09020), and the labels
    # join at the bottleneck instead of at the input.
    generator_layers=GeneratorLayers(
        downsampling=(down(32, 7, p=3), down(64, 4, 2), down(128, 4, 2)),
        merge=down(128, 3),
        block=down(128, 3),
        blocks=3,
        upsampling=(up(64, 4), up(32, 4)),
        output=conv(1, 7, 1, 3, activation="sigmoid", transposed=True),
    ),
    discriminator_layers=DiscriminatorLayers(
        body=(judge(32), judge(64), judge(128), judge(256), judge(512), judge(1024)),
        classes=conv(None, 4),  # the page pads by 1, which would give 3x3; e19098ab has 0
        adversarial=conv(1, 3, 1, 1),
    ),
    epochs=203,
    demo=Scale(
        width=1 / 8, batch_size=4, epochs=3, learning_rate=3e-3, reconstruction_weight=1000.0
    ),
)

X31F31449 = replace(
    X47C97768,
    id="31f31449",
    title="一段深く、ボトルネックに 3x5 のフィルタ",
    change="one level deeper, 3x5 filters in the bottleneck",
    opened=date(2019, 3, 5),
    closed=date(2019, 3, 6),
    parent="47c97768",
    hours=25.06,
    generator_layers=GeneratorLayers(
        downsampling=(down(32, 7, p=3), down(64, 4, 2), down(128, 4, 2), down(256, 4, 2)),
        merge=down(256, (3, 5), p=(1, 2)),
        block=down(256, (3, 5), p=(1, 2)),
        blocks=6,
        upsampling=(up(128, 4), up(64, 4), up(32, 4)),
        output=X47C97768.generator_layers.output,
    ),
    epochs=1000,
)

X9ADA9179 = replace(
    X31F31449,
    id="9ada9179",
    title="恒等写像損失を除き、3x3 に戻し、学習率を減衰させる",
    change="identity loss removed, 3x3 filters, learning rate decay",
    opened=date(2019, 3, 8),
    closed=date(2019, 3, 9),
    parent="31f31449",
    hours=22.68,
    generator_layers=replace(X31F31449.generator_layers, merge=down(256, 3), block=down(256, 3)),
    identity_weight=0.0,
    decay_epochs=100,
)

CFCEFD21 = replace(
    X9ADA9179,
    id="cfcefd21",
    title="スペクトログラムを時間方向に 1/4 にする",
    change="spectrogram a quarter as long",
    opened=date(2019, 3, 12),
    closed=date(2019, 3, 13),
    parent="9ada9179",
    tags=("closed", "satisfied"),
    hours=10.07,  # at minibatch 5, to which it was raised
    demo=replace(X9ADA9179.demo, epochs=10),
    spectrogram=Spectrogram(length=17152),
    discriminator_layers=replace(
        X9ADA9179.discriminator_layers,
        body=(
            *X9ADA9179.discriminator_layers.body[:4],
            judge(512, (3, 4), (1, 2)),
            judge(1024, (3, 4), (1, 2)),
        ),
    ),
)

SERIES.update({e.id: e for e in (X47C97768, X31F31449, X9ADA9179, CFCEFD21)})


class Experiments(tuple[Experiment, ...]):
    """Experiments in order of date; `str` and Jupyter show them as a table."""

    def table(self) -> Table:
        """Return a line an experiment."""
        header = ("id", "parent", "opened", "closed", "tags", "change")
        rows = [(e.id, e.parent, e.opened, e.closed, " ".join(e.tags), e.change) for e in self]
        return Table(header, rows)

    def __str__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def experiments() -> Experiments:
    """Return all experiments in order of date.

    Examples
    --------
    >>> [e.id for e in experiments()][-1]
    'cfcefd21'
    """
    return Experiments(sorted(SERIES.values(), key=lambda e: (e.opened or date.max, e.id)))


def experiment(id: str) -> Experiment:
    """Return the experiment with an id.

    Raises
    ------
    VoxError
        There is none; the message names the nearest.

    Examples
    --------
    >>> experiment("cfcefd12")
    Traceback (most recent call last):
    ...
    vox.errors.VoxError: unknown experiment 'cfcefd12'; did you mean 'cfcefd21'? Known: ...
    """
    if id not in SERIES:
        raise unknown("experiment", id, SERIES)
    return SERIES[id]
