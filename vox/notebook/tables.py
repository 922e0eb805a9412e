"""What a notebook tells of an experiment: its scale, its sizes, its losses, claims, corrections."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
import torch

from vox.cost import measured_memory, memory
from vox.definition import Experiment
from vox.evaluation import LabelEffect
from vox.labels import LabelSpace
from vox.notebook.parameters import Parameters
from vox.series import OF_2019
from vox.table import Table, show
from vox.words import VERDICTS


class RanAt:
    """One line that says at what scale a notebook was run; Jupyter shows it in bold.

    Parameters
    ----------
    parameters
        Of the notebook.
    page
        The experiment as its page states it.
    """

    def __init__(self, parameters: Parameters, page: Experiment) -> None:
        self.page, self.e = page, parameters.scaled(page)
        self.corpus, self.seed = parameters.corpus, parameters.seed

    def __str__(self) -> str:
        e, page = self.e, self.page
        whose = "2019年の" if page.id in OF_2019 else "この実験の"
        if not e.networks:
            return f"{whose}ページの規模 (学習はない)"
        if e == page:
            return f"{whose}ページの規模 (幅 1、{e.scale.epochs:g} epoch)"
        return (
            f"ページより小さな規模 (チャンネル数は {e.scale.width:g} 倍、"
            f"minibatch {e.scale.batch_size}、"
            f"{e.scale.epochs:g} epoch; ページは minibatch {page.scale.batch_size}、"
            f"{page.scale.epochs:g} epoch)"
        )

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        name = "埋め込みの合成音声 (demo)" if self.corpus == "demo" else "利用者の録音"
        return f"この記録は **{self}** で実行した。コーパスは{name}、seed は {self.seed}。"


def loss_table(losses: pd.DataFrame) -> Table:
    """Show the start and the end of each loss: the first iteration, and tenths of the run."""
    tenth = max(1, len(losses) // 10)
    first, last = losses[:tenth].mean(), losses[-tenth:].mean()
    header = ("損失", "最初の iteration", "最初の 1/10 の平均", "最後の 1/10 の平均")
    names = losses.columns.drop("epoch")
    return Table(header, [(n, float(losses[n].iloc[0]), first[n], last[n]) for n in names])


EFFECT = "application/vnd.vox.effect+json"
"""Media type of a label's effect as data: the fields of `vox.evaluation.LabelEffect`."""


class EffectTable(Table):
    """What labels and inputs change in a generator's output; a record keeps it as data too."""

    def __init__(self, effect: LabelEffect) -> None:
        self.effect = effect
        rows = [
            ("ラベルだけを変えた出力どうしの距離", effect.between_labels),
            ("出力と入力の距離", effect.to_input),
            ("ラベルの効き (上の二つの比)", effect.ratio),
            ("入力だけを変えた出力どうしの距離", effect.between_inputs),
            ("入力の分散 (平均画像を出すだけの距離)", effect.input_variance),
            ("出力と入力の相関 (それぞれの平均画像を引いて)", effect.correlation),
            ("音量の時間変化の相関", effect.envelope),
        ]
        super().__init__(("画素の平均二乗誤差、または相関", "値"), rows)

    def _repr_mimebundle_(self, **how: Any) -> dict[str, Any]:
        told = {n: x if math.isfinite(x) else None for n, x in asdict(self.effect).items()}
        return {EFFECT: told, "text/html": self._repr_html_(), "text/plain": str(self)}


def effect_table(effect: LabelEffect) -> EffectTable:
    """Show what labels and inputs change in a generator's output."""
    return EffectTable(effect)


def parameter_counts(e: Experiment, labels: LabelSpace | None = None) -> Table:
    """Count the weights of each stage of the networks."""
    rows: list[tuple[str, str, str]] = []
    with torch.device("meta"):
        networks = {name: e.network(name, labels) for name in e.networks}
    for name, network in networks.items():
        for stage, module in network.named_children():
            if count := sum(p.numel() for p in module.parameters()):
                rows.append((name, stage, f"{count:,}"))
        rows.append((name, "total", f"{sum(p.numel() for p in network.parameters()):,}"))
    return Table(("network", "stage", "parameters"), rows)


def memory_table(experiments: Sequence[Experiment], batch_sizes: Sequence[int]) -> Table:
    """Count what a training iteration needs at the page's label space, in MiB.

    Where there is a CUDA device, what it had allocated at the peak stands in the last column.
    """
    rows: list[tuple[Any, ...]] = []
    for e in experiments:
        for size in batch_sizes:
            m = memory(e, size)
            parts = (m.parameters, m.gradients, m.optimizer, m.activations, m.total)
            rows.append((e.id, size, *(part // 2**20 for part in parts), _measured(e, size)))
    header = (
        "experiment", "minibatch", "parameters", "gradients", "optimizer", "activations", "total",
        "measured (CUDA)",
    )  # fmt: skip
    return Table(header, rows)


def shapes(e: Experiment, network: str) -> dict[str, str]:
    """Return what each layer of a network puts out, ``channels x time x frequency``, by its name.

    Examples
    --------
    >>> import vox
    >>> shapes(vox.experiment("cfcefd21"), "generator")["concat"]
    '1735 x 8 x 32'
    """
    layers = e.trace(network)
    return {x.name: " x ".join(map(str, x.shape)) for x in layers if x.kind == "layer"}


def _measured(e: Experiment, batch_size: int) -> int | None:
    """MiB on the CUDA device; None where there is none, or where they are more than it has."""
    try:
        return measured_memory(e, batch_size) // 2**20 if torch.cuda.is_available() else None
    except torch.cuda.OutOfMemoryError:
        return None


CLAIMS = "application/vnd.vox.claims+json"
"""Media type of claims as data: a list of ``said``, ``measured``, ``verdict``."""


@dataclass(frozen=True)
class Claim:
    """One finding of a page of 2019, what this run measured, and whether they agree.

    Attributes
    ----------
    said
        By the page.
    measured
        Here, with units.
    holds
        Whether the claim is reproduced; `vox.words.OPEN` where what was measured decides nothing,
        None where this machine cannot say.
    """

    said: str
    measured: str
    holds: bool | str | None

    @property
    def verdict(self) -> str:
        """In the words of the pages."""
        return VERDICTS[self.holds]


class Claims(Table):
    """Claims with what was measured and the verdict; a record keeps them as data too."""

    def __init__(self, made: Sequence[Claim]) -> None:
        rows = [(claim.said, claim.measured, claim.verdict) for claim in made]
        super().__init__(("2019年の主張", "今回の測定", "判定"), rows)

    def _repr_mimebundle_(self, **how: Any) -> dict[str, Any]:
        names = ("said", "measured", "verdict")
        told = [dict(zip(names, row, strict=True)) for row in self.rows]
        return {CLAIMS: told, "text/html": self._repr_html_(), "text/plain": str(self)}


def claims(*made: Claim) -> Claims:
    """Show claims with what was measured and the verdict."""
    return Claims(made)


def corrections(*rows: tuple[str, Any, Any, str]) -> Table:
    """Show where a page contradicts itself: where, what it wrote, what it must be, and why.

    The third of each is meant to be computed in the notebook.
    """
    return Table(("箇所", "原文", "正", "理由"), [(a, show(b), show(c), d) for a, b, c, d in rows])
