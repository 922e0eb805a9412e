"""The series, told from its first experiment to its last; each is its parent with what it changes.

Facts and figures are those of the pages of March 2019; where a page contradicts itself, or is
silent, the value taken is commented here and explained in the experiment's notebook.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from vox.definition import SERIES, Experiment
from vox.errors import unknown
from vox.fields import Scale
from vox.models import Conv, DiscriminatorLayers, GeneratorLayers, conv
from vox.spectrogram import Spectrogram
from vox.table import Table


def down(channels: int, k: Any, s: Any = 1, p: Any = 1, activation: Any = "relu") -> Conv:
    """A generator's layer on the way down, or in the bottleneck: BN, ReLU."""
    return conv(channels, k, s, p, norm=True, activation=activation)


def up(channels: int, k: Any, s: Any = 2, p: Any = 1, activation: Any = "relu") -> Conv:
    """A generator's layer on the way up: transposed, BN, ReLU."""
    return conv(channels, k, s, p, norm=True, activation=activation, transposed=True)


def judge(channels: int | None, k: Any = 4, s: Any = 2, p: Any = 1, norm: bool = False) -> Conv:
    """A layer of a discriminator or classifier: LeakyReLU, and BN where asked for."""
    return conv(channels, k, s, p, norm=norm, activation="leaky_relu")


def halving(*channels: int, norm: bool = False) -> tuple[Conv, ...]:
    """The bodies of discriminators: `judge` with k4 s2 p1, one after the other."""
    return tuple(judge(n, norm=norm) for n in channels)


# One deconvolution to a single channel ends every generator from 47c97768 on.
OUTPUT = conv(1, 7, 1, 3, activation="sigmoid", transposed=True)
WIDE = GeneratorLayers(
    downsampling=(down(32, 7, p=3), down(64, 4, 2), down(128, 4, 2), down(256, 4, 2)),
    merge=down(256, (3, 5), p=(1, 2)),
    block=down(256, (3, 5), p=(1, 2)),
    blocks=6,
    upsampling=(up(128, 4), up(64, 4), up(32, 4)),
    output=OUTPUT,
)

X54314B33 = Experiment(
    id="54314b33",
    title="StarGAN に似たモデルの最初の試み",
    change="first StarGAN-like attempt",
    opened=date(2019, 3, 1),
    closed=date(2019, 3, 2),
    issues=("module/vox",),
    tags=("closed", "unsatisfied"),
    # The page says no more of its input than 256 bins in [0, 1]: that of 47c97768, which the pages
    # after it call unchanged.
    spectrogram=Spectrogram(length=66304),
    generator_layers=GeneratorLayers(
        downsampling=tuple(down(n, 4, 2, activation="leaky_relu") for n in (32, 64, 128, 256)),
        merge=down(256, 3, activation="leaky_relu"),
        block=down(256, 3, activation="leaky_relu"),
        blocks=4,
        skip=True,
        upsampling=tuple(up(n, 4, activation="leaky_relu") for n in (128, 64, 32)),
        output=conv(1, 4, 2, 1, activation="sigmoid", transposed=True),
    ),
    discriminator_layers=DiscriminatorLayers(
        body=halving(32, 64, 128, 256, 512, norm=True),
        classes=conv(None, 8),  # the page writes a stride of 0
        grouped=True,
        # The page draws none, but shows a Wasserstein distance, which needs one: 47c97768's.
        adversarial=conv(1, 3, 1, 1),
    ),
    label_flags=False,
    classification_loss="softmax",
    # Of identity and reconstruction the page names the first alone as a loss.
    identity_weight=10.0,
    reconstruction_weight=0.0,
    batch_size=5,
    epochs=1000,
    demo=Scale(width=1 / 8, batch_size=4, epochs=7, learning_rate=3e-3, identity_weight=1000.0),
)

X7A184CCB = replace(
    X54314B33,
    id="7a184ccb",
    title="Discriminator だけを分類器として学習する",
    change="the discriminator alone, as a classifier",
    opened=date(2019, 3, 3),
    closed=date(2019, 3, 4),
    parent="54314b33",
    tags=("closed",),
    hours=15.96,
    generator_layers=None,
    discriminator_layers=DiscriminatorLayers(
        body=(judge(64, 3, 1, norm=True), *halving(64, 128, 256, 512, 1024, norm=True)),
        classes=judge(None, 3, 1, norm=True),
        grouped=True,
        pooled=True,
        adversarial=None,
    ),
    batch_size=10,
    demo=Scale(width=1 / 8, batch_size=8, epochs=24, learning_rate=1e-3),
)

E19098AB = replace(
    X7A184CCB,
    id="e19098ab",
    title="StarGAN の discriminator に似せた分類器",
    change="classifier shaped like StarGAN's discriminator",
    opened=date(2019, 3, 4),
    closed=date(2019, 3, 4),
    parent="7a184ccb",
    tags=("closed", "satisfied"),
    hours=16.10,
    # arXiv 1711.09020's discriminator
    discriminator_layers=DiscriminatorLayers(
        body=halving(64, 128, 256, 512, 1024, 2048, norm=True),
        classes=conv(None, 4),
        grouped=True,
        adversarial=None,
    ),
)

X47C97768 = replace(
    E19098AB,
    id="47c97768",
    title="StarGAN をメモリに収まるよう半分にする",
    change="StarGAN proper, halved to fit the memory",
    opened=date(2019, 3, 4),
    closed=date(2019, 3, 5),
    parent="e19098ab",
    tags=("closed", "unsatisfied"),
    hours=4.32,
    # Half the filters and half the bottleneck of StarGAN's (arXiv 1711.09020), and the labels
    # join at the bottleneck instead of at the input.
    generator_layers=GeneratorLayers(
        downsampling=(down(32, 7, p=3), down(64, 4, 2), down(128, 4, 2)),
        merge=down(128, 3),
        block=down(128, 3),
        blocks=3,
        upsampling=(up(64, 4), up(32, 4)),
        output=OUTPUT,
    ),
    discriminator_layers=DiscriminatorLayers(
        body=halving(32, 64, 128, 256, 512, 1024),
        classes=conv(None, 4),  # the page pads by 1, which would give 3x3; e19098ab has 0
        adversarial=conv(1, 3, 1, 1),
    ),
    label_flags=True,
    classification_loss="sigmoid",
    reconstruction_weight=10.0,
    batch_size=2,
    epochs=203,
    demo=Scale(
        width=1 / 8, batch_size=2, epochs=4, learning_rate=3e-3, reconstruction_weight=1000.0
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
    # "Wide" filters: 5 along frequency, as the axes of cfcefd21 say; `WIDE.turned()` has 5 along
    # time, to which the words of the page point.
    generator_layers=WIDE,
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
    generator_layers=replace(WIDE, merge=down(256, 3), block=down(256, 3)),
    identity_weight=0.0,
    decay_epochs=100,
)

FBF548F6 = replace(
    X9ADA9179,
    id="fbf548f6",
    title="ラベルを無作為に落とす",
    change="labels dropped at random (augmentation)",
    opened=date(2019, 3, 10),
    closed=date(2019, 3, 12),
    parent="9ada9179",
    hours=25.07,
    label_dropping=0.5,
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
    demo=replace(X9ADA9179.demo, batch_size=4, epochs=10),
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

SERIES.update(
    (e.id, e)
    for e in (
        X54314B33, X7A184CCB, E19098AB, X47C97768, X31F31449, X9ADA9179, FBF548F6, CFCEFD21,
    )
)  # fmt: skip


class Experiments(tuple[Experiment, ...]):
    """Experiments in order of date; `str` and Jupyter show them as a table."""

    def table(self) -> Table:
        """Return a line an experiment."""
        header = ("id", "parent", "opened", "closed", "tags", "change")
        rows = [(e.id, e.parent, e.opened, e.closed, " ".join(e.tags), e.change) for e in self]
        return Table(header, rows)

    def __str__(self) -> str:
        return str(self.table())

    __repr__ = __str__

    def __getitem__(self, key: Any) -> Any:
        """Return an experiment by its id, or by its place."""
        return experiment(key) if isinstance(key, str) else super().__getitem__(key)

    def _ipython_key_completions_(self) -> list[str]:
        return [e.id for e in self]

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def experiments() -> Experiments:
    """Return all experiments in order of date.

    Examples
    --------
    >>> [e.id for e in experiments()][-1]
    'cfcefd21'
    """
    return Experiments(sorted(SERIES.values(), key=lambda e: e.opened or date.max))


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
