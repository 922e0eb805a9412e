"""Every voice by every voice: a table of short conversions that can be heard."""

from __future__ import annotations

import html

import numpy as np

from vox.audio import Pcm
from vox.corpus import Corpus, Recording
from vox.evaluation import Pair, judges
from vox.evaluation.scores import Scorer
from vox.notebook.players import mp3, sentences
from vox.runs import Run

QUIET = 0.02
"""Of the peak: below it nobody speaks yet."""


class Matrix:
    """One sentence by each voice of a corpus, converted to each; Jupyter shows a table of players.

    A row is a source, a column a target, and the diagonal the copy synthesis of the voice's own
    recording. What is heard is the beginning of the sentence; the similarity to the target is taken
    of all of it, against other recordings of the target, where the judges are installed.

    Parameters
    ----------
    run
        Trained, of an experiment that converts.
    corpus
        With recordings of its speakers.
    seconds
        That are heard of each.
    count
        Speakers at most.

    Attributes
    ----------
    sounds, similarity
        By the names of source and target: PCM of shape ``(time,)``, and the cosine of speaker
        embeddings, if it was taken.
    """

    def __init__(self, run: Run, corpus: Corpus, seconds: float = 1.6, count: int = 8) -> None:
        representation = run.experiment.representation
        self.sample_rate, self.run, self.corpus = representation.sample_rate, run, corpus
        has = corpus.counts("speaker")
        self.speakers = [n for n in run.speakers if n in has][:count]
        self.recordings = spoken_by_all(corpus, self.speakers)
        self.sounds: dict[tuple[str, str], Pcm] = {}
        self.similarity: dict[tuple[str, str], float] = {}
        scorer = None if judges.missing() else Scorer(run, corpus)
        for one in self.speakers:
            pcm = corpus.pcm(self.recordings[one])
            begin = first_sound(pcm)
            end = begin + round(seconds * self.sample_rate)
            for other in self.speakers:
                copied = one == other
                whole = (
                    representation.copy_synthesis(pcm)
                    if copied
                    else run.convert(pcm, speaker=other)
                )
                if scorer:
                    pair = Pair(self.recordings[one], self.recordings[other])
                    profile = scorer.voice(other, pair).embedding
                    found = judges.similarity(judges.voice(whole), profile)
                    self.similarity[one, other] = found
                self.sounds[one, other] = faded(whole[begin:end], self.sample_rate)

    def _cell(self, source: str, target: str) -> str:
        likeness = self.similarity.get((source, target))
        shown = "" if likeness is None else f"{likeness:.2f}"
        name = f"{source} → {target}" if source != target else f"{source} の複製合成"
        name += f"、目標との類似 {shown}" if shown else ""
        # from 0.5 on, about where two voices are strangers, to 1
        shade = 0.0 if likeness is None else max(0.0, min(1.0, 2 * likeness - 1)) * 0.45
        sound = mp3(self.sounds[source, target], self.sample_rate)
        how = 'controls preload="none" style="width:3.4em;height:2.2em"'
        audio = f'<audio {how} aria-label="{html.escape(name)}" src="{sound}"></audio>'
        own = ' class="vox-own"' if source == target else ""
        return f'<td{own} style="background:rgba(63,81,181,{shade:.2f})">{audio}{shown}</td>'

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.speakers)
        rows = "".join(
            f'<tr><th scope="row">{html.escape(one)}</th>'
            f"{''.join(self._cell(one, other) for other in self.speakers)}</tr>"
            for one in self.speakers
        )
        judged = "数は目標の話者との類似 (判定者による)。" if self.similarity else ""
        told = f"行の話者を列の話者に変換したもの。対角は、その話者の録音の複製合成。{judged}"
        said = sentences(*self.recordings.values())
        return (
            f'{said}<div class="vox-matrix" style="overflow-x:auto"><table class="vox-voices">'
            f"<caption>{told}</caption><thead><tr><td>元 \\ 目標</td>{heads}</tr></thead>"
            f"<tbody>{rows}</tbody></table></div>"
        )

    def __repr__(self) -> str:
        told = (f"{a} → {b} {value:.2f}" for (a, b), value in self.similarity.items())
        return f"Matrix({', '.join(told) or ', '.join(self.speakers)})"


def spoken_by_all(corpus: Corpus, speakers: list[str]) -> dict[str, Recording]:
    """Return a recording of each speaker: of the shortest text that all say, if there is one.

    Recordings that are held out come first. Where no text is shared, each has its own first one.
    """
    of = {
        name: corpus.select("test", speaker=name) or corpus.select(speaker=name)
        for name in speakers
    }
    by_text = {name: {r.text: r for r in reversed(of[name]) if r.text} for name in speakers}
    shared = set.intersection(*map(set, by_text.values())) if by_text else set()
    if not shared:
        return {name: of[name][0] for name in speakers}
    text = min(shared, key=lambda text: (len(text), text))
    return {name: by_text[name][text] for name in speakers}


def first_sound(pcm: Pcm) -> int:
    """Return the sample at which a recording begins to be heard."""
    heard = np.flatnonzero(np.abs(pcm) > QUIET * float(np.abs(pcm).max(initial=0)))
    return int(heard[0]) if len(heard) else 0


def faded(pcm: Pcm, sample_rate: int, seconds: float = 0.03) -> Pcm:
    """Return a piece of sound without clicks at its ends."""
    ramp = np.linspace(0, 1, min(round(seconds * sample_rate), len(pcm) // 2), dtype=np.float32)
    soft = np.array(pcm, np.float32)
    if len(ramp):
        soft[: len(ramp)] *= ramp
        soft[-len(ramp) :] *= ramp[::-1]
    return soft
