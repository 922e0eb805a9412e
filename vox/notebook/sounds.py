"""Sounds in a notebook: the examples a page listens to, conversions, copy synthesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from vox.audio import Pcm
from vox.corpus import Corpus, Recording
from vox.errors import VoxError
from vox.notebook.figures import spectrograms_figure
from vox.notebook.players import Players, sentences
from vox.objectives import Autoencoder
from vox.representation import Representation, Spectrogram
from vox.runs import Run
from vox.table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Example:
    """The recordings that a notebook converts and compares.

    Attributes
    ----------
    corpus
        They are of.
    source, target
        A recording of the source speaker, and one of the target speaker, held out where the corpus
        holds any of theirs out.
    same_text
        Whether both say the same.
    """

    corpus: Corpus
    source: Recording
    target: Recording
    same_text: bool

    @property
    def speakers(self) -> tuple[str, str]:
        """Names of the source and the target speaker."""
        return self.source.labels["speaker"], self.target.labels["speaker"]

    @property
    def source_pcm(self) -> Pcm:
        """Samples of the source, shape ``(time,)``."""
        return self.corpus.pcm(self.source)

    @property
    def target_pcm(self) -> Pcm:
        """Samples of the target, shape ``(time,)``."""
        return self.corpus.pcm(self.target)

    def figure(self, representation: Representation) -> Figure:
        """Draw both as the networks see them."""
        sounds = dict(zip(self.speakers, (self.source_pcm, self.target_pcm), strict=True))
        return spectrograms_figure(sounds, representation)

    def __repr__(self) -> str:
        return f"Example({self.source.file} -> {self.target.file})"

    def _repr_html_(self) -> str:
        sounds = dict(zip(self.speakers, (self.source_pcm, self.target_pcm), strict=True))
        return sentences(self.source, self.target) + Players(sounds)._repr_html_()


def example(corpus: Corpus) -> Example:
    """Pick the recordings of a corpus that a notebook converts: two speakers, if possible one text.

    Raises
    ------
    VoxError
        The corpus has fewer than two speakers.
    """
    return Example(corpus, *parallel(corpus, *speakers(corpus)))


class Conversion:
    """An example converted by a run: players of source, target, output, and both copies.

    The copy synthesis of the target is the ceiling: no conversion by the representation of the run
    can sound more like the target.

    Parameters
    ----------
    run
        Trained.
    example
        Its source is converted to its target speaker.
    """

    def __init__(self, run: Run, example: Example) -> None:
        self.representation, self.example = run.experiment.representation, example
        source, target = example.speakers
        text = "同じ文" if example.same_text else "別の文"
        self.output = run.convert(example.source_pcm, speaker=target)
        self.sounds = {
            f"元: {source}": example.source_pcm,
            f"目標: {target} ({text})": example.target_pcm,
            f"出力: {source} → {target}": self.output,
            "元の複製合成": self.representation.copy_synthesis(example.source_pcm),
            "目標の複製合成 (上限)": self.representation.copy_synthesis(example.target_pcm),
        }

    def figure(self) -> Figure:
        """Draw the first four beside each other."""
        titles = ("source", "target", "output", "copy synthesis of source")
        sounds = dict(zip(titles, self.sounds.values(), strict=False))
        return spectrograms_figure(sounds, self.representation)

    def _repr_html_(self) -> str:
        said = sentences(self.example.source, self.example.target)
        return said + Players(self.sounds)._repr_html_()

    def __repr__(self) -> str:
        return repr(Players(self.sounds))


class Reconstruction:
    """A recording put through an autoencoder: players of it, of what comes out, and of its copy.

    Parameters
    ----------
    run
        Trained, of an experiment whose objective is an autoencoder.
    example
        Its source is reconstructed.
    """

    def __init__(self, run: Run, example: Example) -> None:
        e, pcm = run.experiment, example.source_pcm
        if not isinstance(e.objective, Autoencoder):
            raise VoxError(f"{e.id} trains no autoencoder, so nothing is reconstructed")
        change = run.there(e.objective.reconstruction(run.networks))
        self.representation, self.example = e.representation, example
        self.output = np.concatenate(list(e.representation.convert([pcm], change)))
        self.sounds = {
            f"元: {example.speakers[0]}": pcm,
            "出力: 潜在変数からの再構成": self.output,
            "元の複製合成": e.representation.copy_synthesis(pcm),
        }

    def figure(self) -> Figure:
        """Draw the three beside each other."""
        titles = ("source", "reconstruction", "copy synthesis of source")
        sounds = dict(zip(titles, self.sounds.values(), strict=True))
        return spectrograms_figure(sounds, self.representation)

    def _repr_html_(self) -> str:
        return sentences(self.example.source) + Players(self.sounds)._repr_html_()

    def __repr__(self) -> str:
        return repr(Players(self.sounds))


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
    """Pick speakers that are trained on for examples: of the sexes in turn, in order of name.

    Raises
    ------
    VoxError
        The corpus has fewer speakers.
    """
    trained = {recording.labels.get("speaker") for recording in corpus.select("train")}
    names = tuple(filter(None, corpus.counts("speaker")))
    names = tuple(name for name in names if name in trained) or names
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


class CopySynthesis:
    """What analysis and synthesis alone cost a recording, at several floors; Jupyter shows it.

    The columns of `table`: the floor; the share of pixels at it; the share of the kept bins' energy
    in them; and the spectral convergence in dB, ``20 log10(|M - M'| / |M|)`` with M the magnitudes
    of the recording and M' those of its copy, both without a floor (lower is better).

    Parameters
    ----------
    pcm
        Shape ``(time,)``.
    spectrogram
        Whose floor is changed.
    floors
        To compare.
    """

    def __init__(self, pcm: Pcm, spectrogram: Spectrogram, floors: Sequence[float]) -> None:
        bottomless = spectrogram.replace(floor=1e-12)
        energy = bottomless.decode(bottomless.image(pcm)[0]).square()
        self.sounds, rows = {"録音": pcm}, []
        for floor in floors:
            spec = spectrogram.replace(floor=floor)
            lost = spec.image(pcm)[0] == 0
            copy = self.sounds[f"複製合成、床 {floor:g}"] = spec.copy_synthesis(pcm)
            copied, original = (spec.magnitude(_tensor(sound))[0] for sound in (copy, pcm))
            convergence = (copied - original).norm() / original.norm()
            rows.append(
                (
                    f"{floor:g}",
                    f"{float(lost.float().mean()):.1%}",
                    f"{float((energy * lost).sum() / energy.sum()):.3%}",
                    f"{20 * float(convergence.log10()):.1f} dB",
                )
            )
        header = ("床", "床にある画素", "そのエネルギー", "スペクトルの誤差")
        self.table = Table(header, rows)

    def __repr__(self) -> str:
        return str(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_() + Players(self.sounds)._repr_html_()


def _tensor(pcm: Pcm) -> torch.Tensor:
    return torch.tensor(np.asarray(pcm))[None]  # a copy: a corpus's samples are read-only
