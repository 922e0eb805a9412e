"""The face of vox that notebooks use: parameters that are checked, tables, players, claims.

Everything here returns an object that Jupyter displays by itself.
"""

from __future__ import annotations

import ast
import base64
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
import soundfile
import torch

from vox.audio import Pcm, rms
from vox.corpus import Corpus, Recording
from vox.definition import Experiment
from vox.device import pick_device
from vox.errors import VoxError, unknown
from vox.labels import LabelSpace
from vox.report import measured_memory, memory
from vox.spectrogram import Spectrogram
from vox.table import Table, show


@dataclass(frozen=True)
class Parameters:
    """What papermill may set in a notebook; None means "as the profile says"."""

    corpus: str
    profile: str
    device: str
    seed: int
    directory: str
    epochs: float | None
    batch_size: int | None
    learning_rate: float | None
    width: float | None

    @property
    def own(self) -> dict[str, float | int | None]:
        """The fields of an experiment among them, for `vox.train` and `vox.Experiment.at`."""
        names = ("epochs", "batch_size", "learning_rate", "width")
        return {name: getattr(self, name) for name in names}

    def scaled(self, e: Experiment) -> Experiment:
        """Return the experiment at the scale at which this notebook runs it."""
        cuda = pick_device(self.device).type == "cuda"
        return e.at(self.profile, cuda=cuda, **self.own)  # type: ignore[arg-type]


_TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float)}


def parameters(namespace: Mapping[str, Any]) -> Parameters:
    """Check what the parameters cell, and papermill behind it, have set.

    Parameters
    ----------
    namespace
        The notebook's ``globals()``.

    Raises
    ------
    VoxError
        Papermill set a parameter that does not exist, or a value has the wrong type or makes no
        sense.
    """
    known = {f.name: str(f.type) for f in fields(Parameters)}
    for name in _injected(namespace.get("In", ())):
        if name not in known:
            raise unknown("parameter", name, known)
    values = {}
    for name, annotation in known.items():
        if name not in namespace:
            raise VoxError(f"the parameters cell does not set {name!r}")
        value = namespace[name]
        kind, _, optional = annotation.partition(" | ")
        wrong = not isinstance(value, _TYPES[kind]) or isinstance(value, bool)
        if wrong and not (optional and value is None):
            wanted = f"{kind} or None" if optional else kind
            raise VoxError(f"parameter {name!r} must be {wanted}, not {value!r}")
        values[name] = value
    found = Parameters(**values)
    if found.profile not in ("auto", "page", "demo"):
        raise unknown("profile", found.profile, ("auto", "page", "demo"))
    if found.seed < 0:
        raise VoxError(f"parameter 'seed' must be 0 or more, not {found.seed}")
    pick_device(found.device)
    return found


def _injected(cells: Sequence[str]) -> list[str]:
    """Names that papermill's own cell assigns; it begins with the comment ``# Parameters``."""
    names = []
    for cell in cells:
        if cell.startswith("# Parameters\n"):
            for statement in ast.parse(cell).body:
                if isinstance(statement, ast.Assign):
                    names += [t.id for t in statement.targets if isinstance(t, ast.Name)]
    return names


def parameter_counts(e: Experiment, labels: LabelSpace | None = None) -> Table:
    """Count the weights of each stage of the networks."""
    rows: list[tuple[str, str, str]] = []
    with torch.device("meta"):
        networks = {"generator": e.generator(labels), "discriminator": e.discriminator(labels)}
    for name, network in networks.items():
        for stage, module in network.named_children():
            if count := sum(p.numel() for p in module.parameters()):
                rows.append((name, stage, f"{count:,}"))
        rows.append((name, "total", f"{sum(p.numel() for p in network.parameters()):,}"))
    return Table(("network", "stage", "parameters"), rows)


class Players:
    """Sounds with a player each, in one row and at one loudness; Jupyter shows the players.

    Parameters
    ----------
    sounds
        PCM of shape ``(time,)`` by title; the titles are escaped.
    sample_rate
        In Hz.
    """

    def __init__(self, sounds: Mapping[str, Pcm], sample_rate: int = 16_000) -> None:
        self.sounds, self.sample_rate = dict(sounds), sample_rate

    def _repr_html_(self) -> str:
        level = 0.05  # RMS: -26 dBFS leaves speech its peaks
        cells = []
        for title, pcm in self.sounds.items():
            loudness = rms(pcm)
            even = pcm * (level / loudness) if loudness else pcm
            even = even / max(1.0, float(np.abs(even).max(initial=0)))
            source = flac(even, self.sample_rate)
            player = f'<audio controls preload="none" style="width:16em" src="{source}"></audio>'
            cells.append(f"<div><div>{html.escape(title)}</div>{player}</div>")
        style = "display:flex;flex-wrap:wrap;gap:1em"
        return f'<div class="vox-players" style="{style}">{"".join(cells)}</div>'

    def __repr__(self) -> str:
        seconds = ", ".join(
            f"{title!r} {len(pcm) / self.sample_rate:.2f} s" for title, pcm in self.sounds.items()
        )
        return f"Players({seconds})"


def flac(pcm: Pcm, sample_rate: int) -> str:
    """Return a sound as a ``data:`` address: 16-bit FLAC, which every browser plays."""
    buffer = io.BytesIO()
    soundfile.write(buffer, pcm, sample_rate, format="FLAC", subtype="PCM_16")
    return f"data:audio/flac;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def parallel(corpus: Corpus, source: str, target: str) -> tuple[Recording, Recording, bool]:
    """Pick a held-out recording of one speaker, and one of another, if possible of the same text.

    Parameters
    ----------
    corpus
        With speakers.
    source, target
        Speakers.

    Returns
    -------
    source, target : Recording
        Held out where the corpus holds any of theirs out.
    same : bool
        Whether both say the same.
    """
    ours, theirs = (
        corpus.select("test", speaker=name) or corpus.select(speaker=name)
        for name in (source, target)
    )
    for one in ours:
        for other in theirs:
            if one.text and one.text == other.text:
                return one, other, True
    return ours[0], theirs[0], False


def speakers(corpus: Corpus, count: int = 2) -> tuple[str, ...]:
    """Pick speakers for examples: of the sexes in turn where known, in order of name.

    Raises
    ------
    VoxError
        The corpus has fewer speakers.
    """
    names = next((g.classes for g in corpus.labels.groups if g.name == "speaker"), ())
    if len(names) < count:
        raise VoxError(f"{corpus.name}: {count} speakers are needed, and it has {len(names)}")
    queues: dict[str, list[str]] = {}
    for name in names:
        sex = corpus.select(speaker=name)[0].labels.get("sex", "")
        queues.setdefault(sex, []).append(name)
    picked: list[str] = []
    while len(picked) < count:
        for queue in queues.values():
            if queue:
                picked.append(queue.pop(0))
    return tuple(picked[:count])


def memory_table(experiments: Sequence[Experiment], batch_sizes: Sequence[int]) -> Table:
    """Count what a training iteration needs at the page's label space, in MiB.

    Where there is a CUDA device, what it had allocated at the peak stands in the last column.
    """
    rows: list[tuple[Any, ...]] = []
    for e in experiments:
        for size in batch_sizes:
            m = memory(e, size)
            parts = (m.parameters, m.gradients, m.optimizer, m.activations, m.total)
            measured = measured_memory(e, size) // 2**20 if torch.cuda.is_available() else None
            rows.append((e.id, size, *(part // 2**20 for part in parts), measured))
    header = (
        "experiment", "minibatch", "parameters", "gradients", "optimizer", "activations", "total",
        "measured (CUDA)",
    )  # fmt: skip
    return Table(header, rows)


Verdict = Literal["再現", "不再現", "この環境では測れない"]


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
        Whether the claim is reproduced; None where this machine cannot say.
    """

    said: str
    measured: str
    holds: bool | None

    @property
    def verdict(self) -> Verdict:
        """In the words of the pages."""
        if self.holds is None:
            return "この環境では測れない"
        return "再現" if self.holds else "不再現"


def claims(*made: Claim) -> Table:
    """Show claims with what was measured and the verdict."""
    rows = [(claim.said, claim.measured, claim.verdict) for claim in made]
    return Table(("2019年の主張", "今回の測定", "判定"), rows)


def corrections(*rows: tuple[str, Any, Any, str]) -> Table:
    """Show where a page contradicts itself: where, what it wrote, what it must be, and why.

    The third of each is meant to be computed in the notebook.
    """
    return Table(("箇所", "原文", "正", "理由"), [(a, show(b), show(c), d) for a, b, c, d in rows])


def copy_synthesis(pcm: Pcm, spectrogram: Spectrogram, floors: Sequence[float]) -> Table:
    """Measure what analysis and synthesis alone cost a whole recording, at several floors.

    Columns: the floor; the share of pixels at it; the share of the kept bins' energy in them; and
    the spectral convergence in dB, ``20 log10(|M - M'| / |M|)`` with M the magnitudes of the
    recording and M' those of its copy, both without a floor (lower is better).
    """
    bottomless = spectrogram.replace(floor=1e-12)
    energy = bottomless.decode(bottomless.image(pcm)[0]).square()
    rows = []
    for floor in floors:
        spec = spectrogram.replace(floor=floor)
        image, _ = spec.image(pcm)
        lost = image == 0
        copy = spec.copy_synthesis(pcm)
        copied = spec.magnitude(_tensor(copy))[0]
        original = spec.magnitude(_tensor(pcm))[0]
        convergence = (copied - original).norm() / original.norm()
        rows.append(
            (
                f"{floor:g}",
                f"{float(lost.float().mean()):.1%}",
                f"{float((energy * lost).sum() / energy.sum()):.3%}",
                f"{20 * float(convergence.log10()):.1f} dB",
            )
        )
    header = ("floor", "pixels at the floor", "energy in them", "spectral convergence")
    return Table(header, rows)


def _tensor(pcm: Pcm) -> torch.Tensor:
    return torch.tensor(np.asarray(pcm))[None]  # a copy: a corpus's samples are read-only
