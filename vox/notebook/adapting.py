"""A speaker learned from few minutes, by adaptation and from the start, scored side by side."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from IPython.display import clear_output

from vox.audio import Pcm
from vox.corpus import Corpus, Recording, load_corpus
from vox.drawing import Drawing, drawing
from vox.errors import VoxError
from vox.evaluation import Interval, interval, judges
from vox.notebook.players import Players
from vox.notebook.scores import Note, absent
from vox.runs import Run
from vox.series import experiment
from vox.table import Table
from vox.training import adapt, train
from vox.training.adaptation import ITERATIONS

Way = Literal["adapted", "from the start"]
NAMES: dict[Way, str] = {"adapted": "適応", "from the start": "はじめから"}
SHORTEST = 2.0  # s of a recording that is taken: announcements are often a word alone
HELD_OUT = 60.0  # s of the new speaker that nothing is trained on: the voice, to the judges
MOST = 600.0  # s of the new speaker that are trained on


def joined(known: Corpus, other: Corpus, speaker: str, folder: Path) -> Corpus:
    """Write a corpus of all of one and a speaker of another, as much as is used here.

    A minute of the speaker is held out, and ten are for training, in an order drawn once.

    Parameters
    ----------
    known, other
        Without a speaker of the same name in both.
    speaker
        Of `other`.
    folder
        Where it is written.
    """
    theirs = [r for r in other.select(speaker=speaker) if other.seconds(r) >= SHORTEST]
    random.Random(0).shuffle(theirs)
    held_out = _as_long_as(other, theirs, HELD_OUT)
    trained = _as_long_as(other, theirs[len(held_out) :], MOST)
    told = [
        *((known, r, r.split) for r in known.recordings),
        *((other, r, "test") for r in held_out),
        *((other, r, "train") for r in trained),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    header = ("file_name", "speaker", "birthplace", "sex", "split", "text")
    rows: list[Sequence[str]] = [header]
    for i, (corpus, r, split) in enumerate(told):
        name = f"{i:04}.flac"
        soundfile.write(folder / name, corpus.pcm(r), corpus.sample_rate)
        labels = [r.labels.get(group, "") for group in header[1:4]]
        rows.append([name, *labels, split, r.text])
    with open(folder / "metadata.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    found = load_corpus(folder)
    clear_output()  # the progress bar
    return found


def _as_long_as(corpus: Corpus, recordings: Sequence[Recording], seconds: float) -> list[Recording]:
    """The first of them that are so long together, or all where they are not."""
    ends = np.cumsum([corpus.seconds(r) for r in recordings])
    return list(recordings[: int(np.searchsorted(ends, seconds)) + 1])


def of_minutes(corpus: Corpus, speaker: str, minutes: float | None) -> tuple[Recording, ...]:
    """Return all recordings but those of the speaker to train on that come after so many minutes.

    None is all there is.

    Raises
    ------
    VoxError
        There is less.
    """
    if minutes is None:
        return corpus.recordings
    order = list(corpus.select("train", speaker=speaker))
    random.Random(1).shuffle(order)
    there = sum(map(corpus.seconds, order)) / 60
    if there < minutes:
        raise VoxError(f"{speaker}: {minutes:g} minutes are asked for, and there are {there:.1f}")
    left = set(_as_long_as(corpus, order, 60 * minutes))
    gone = set(order) - left
    return tuple(r for r in corpus.recordings if r not in gone)


@dataclass(frozen=True)
class Learned:
    """A run that knows the new speaker.

    Attributes
    ----------
    way
        How it came to know the speaker.
    minutes
        Of the speaker, that it was trained on.
    run
        With its weights.
    """

    way: Way
    minutes: float
    run: Run

    @property
    def name(self) -> str:
        """For a reader."""
        return f"{NAMES[self.way]}、{self.minutes:g} 分"

    @property
    def seconds(self) -> float:
        """Of training, by the clock of the machine that ran it."""
        return float(self.run.provenance["wall_time_s"])


def learned(
    base: Run, corpus: Corpus, speaker: str, minutes: float | None = None, *,
    iterations: int | None = None, directory: str, seed: int = 0, adapting: int = ITERATIONS,
) -> list[Learned]:  # fmt: skip
    """Learn a speaker from so many minutes: by adapting a run, and from the start with all others.

    Parameters
    ----------
    base
        Trained on the others.
    corpus
        Of the others and the speaker.
    speaker, minutes
        Who, and how much; None is all there is.
    iterations
        Of the training from the start; None is as the experiment has it.
    directory, seed
        As for `vox.train`.
    adapting
        Iterations of the adaptation.
    """
    whole = corpus.only(of_minutes(corpus, speaker, minutes))
    alone = whole.only(whole.select(speaker=speaker))
    device = base.spec.device
    there = round(sum(map(whole.seconds, whole.select("train", speaker=speaker))) / 60, 1)
    adapted = adapt(base, alone, device, seed, directory, iterations=adapting)
    return [
        Learned("adapted", minutes or there, adapted),
        Learned(
            "from the start", minutes or there, trained(whole, iterations, directory, device, seed)
        ),
    ]


def trained(
    corpus: Corpus, iterations: int | None, directory: str, device: str = "cpu", seed: int = 0
) -> Run:
    """Train the converter for so many iterations, or as the experiment has it.

    An epoch is a window of each recording, so epochs would make more recordings a longer training.
    """
    e, epochs = experiment("3cd41fe0"), None
    if iterations is not None:
        windows = len(e.representation.windows(corpus, seed=seed))
        epochs = iterations * e.scale.batch_size / windows
    run = train(e, corpus, device, "demo", seed, directory, epochs=epochs)
    clear_output()  # the progress bar, and that few iterations are few
    return run


class Comparison:
    """Runs that learned the same speaker, scored on the same sentences; Jupyter shows the table.

    Without the judges it says what to install, and the notebook goes on.

    Parameters
    ----------
    runs
        To compare.
    corpus
        Whose held-out recordings of others are converted, and by whose held-out recordings of the
        speaker the voice is known.
    speaker
        The new one.
    count
        Sentences.
    """

    def __init__(
        self, runs: Sequence[Learned], corpus: Corpus, speaker: str, count: int = 8
    ) -> None:
        self.runs, self.corpus, self.speaker = tuple(runs), corpus, speaker
        self.sources = _in_turn(corpus, speaker, count)
        self.scores: dict[str, dict[str, Interval]] = {}
        if not judges.missing():
            self._score()

    def sound(self, learned: Learned, source: Recording) -> Pcm:
        """Return what a run makes of a recording."""
        return learned.run.convert(self.corpus.pcm(source), speaker=self.speaker)

    def _score(self) -> None:
        world = self.runs[0].run.experiment.representation
        own = [self.corpus.pcm(r) for r in self.corpus.select("test", speaker=self.speaker)]
        half = len(own) // 2
        voice = judges.voice_of([judges.voice(pcm) for pcm in own[:half]])
        said = [judges.phones(self.corpus.pcm(r)) for r in self.sources]
        copies = [world.copy(self.corpus.pcm(r)) for r in self.sources]
        lost = _errors(said, copies)
        count = len(self.sources)
        bounds = [world.copy(pcm) for pcm in own[half : half + count]]
        self.scores["目標の別の録音 (複製合成)"] = {"alike": _alike(voice, bounds)}
        self.scores["変換しない"] = {"alike": _alike(voice, copies), "lost": interval(lost - lost)}
        for each in self.runs:
            made = [self.sound(each, r) for r in self.sources]
            more = _errors(said, made) - lost
            self.scores[each.name] = {"alike": _alike(voice, made), "lost": interval(more)}

    def table(self) -> Table | Note:
        """Return similarity, words lost and seconds, a row a run, behind two bounds."""
        if not self.scores:
            return absent()
        told = {each.name: each for each in self.runs}
        rows = []
        for name, scores in self.scores.items():
            run = told.get(name)
            steps = run and run.run.provenance["iterations"].partition(" ")[0]
            rows.append(
                (name, scores["alike"], scores.get("lost"), steps, run and f"{run.seconds:.0f}")
            )
        header = (
            f"{len(self.sources)} 文の平均 (95% 区間)", "目標との類似 ↑",
            "音素の誤りの増加 ↓", "回数", "学習の秒数",
        )  # fmt: skip
        return Table(header, rows)

    def gaps(self) -> dict[float, float]:
        """Return how much nearer to the target training from the start comes, by minutes."""
        if not self.scores:
            return {}
        alike = {(e.minutes, e.way): self.scores[e.name]["alike"].mean for e in self.runs}
        return {
            minutes: alike[minutes, "from the start"] - alike[minutes, "adapted"]
            for minutes in dict.fromkeys(each.minutes for each in self.runs)
        }

    def figure(self) -> Drawing | Note:
        """Draw similarity and words lost by minutes of speech."""
        if not self.scores:
            return absent()
        figure, told = drawing(8.4, 3.4), []
        titles = {"alike": "similarity to the target (more is better)",
                  "lost": "phone error above the copy's (less is better)"}  # fmt: skip
        row = figure.subplots(1, 2)
        for axes, (score, title) in zip(row, titles.items(), strict=True):
            for way in NAMES:
                mine = [each for each in self.runs if each.way == way]
                found = [self.scores[each.name][score] for each in mine]
                means = np.array([x.mean for x in found])
                bars = np.abs([[x.low for x in found], [x.high for x in found]] - means)
                minutes = [each.minutes for each in mine]
                axes.errorbar(minutes, means, bars, marker="o", capsize=3, label=way)
                told.append(f"{way} {score} " + ", ".join(f"{m:.2f}" for m in means))
            axes.set_xscale("log")
            axes.set_xticks(minutes, [f"{m:g}" for m in minutes])
            axes.set_xticks([], minor=True)
            axes.set_xlabel("minutes of the new speaker")
            axes.set_title(title, fontsize="medium")
            axes.grid(True, alpha=0.3)
            axes.legend(fontsize="small")
        figure.panels = [[axes] for axes in row]
        figure.alt = f"By minutes of the new speaker: {'; '.join(told)}"
        return figure

    def players(self, which: int = 0) -> Players:
        """Return a sentence, the target's voice, and the sentence by each run."""
        source = self.sources[which]
        target = self.corpus.select("test", speaker=self.speaker)[0]
        return Players(
            {
                f"元: {source.labels['speaker']}": self.corpus.pcm(source),
                f"目標: {self.speaker}": self.corpus.pcm(target),
                **{each.name: self.sound(each, source) for each in self.runs},
            }
        )

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def _in_turn(corpus: Corpus, speaker: str, count: int) -> list[Recording]:
    """Held-out recordings of the others: speakers in turn, and another sentence each time."""
    of: dict[str, list[Recording]] = {}
    for r in corpus.select("test"):
        if r.labels["speaker"] != speaker:
            of.setdefault(r.labels["speaker"], []).append(r)
    names = sorted(of)
    turns = ((names[i % len(names)], i) for i in range(count))
    return [of[name][i % len(of[name])] for name, i in turns]


def _errors(said: Sequence[Sequence[str]], made: Iterable[Pcm]) -> np.ndarray:
    return np.array(
        [judges.phone_error(a, judges.phones(b)) for a, b in zip(said, made, strict=True)]
    )


def _alike(voice: judges.Array, made: Iterable[Pcm]) -> Interval:
    return interval(np.array([judges.similarity(judges.voice(pcm), voice) for pcm in made]))
