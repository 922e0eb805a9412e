"""What the representation can reach before any network: copy synthesis, scored."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import pandas as pd

from vox.audio import Pcm
from vox.corpus import Corpus, Recording
from vox.drawing import Drawing, drawing
from vox.errors import VoxError
from vox.evaluation import judges
from vox.evaluation.intervals import Interval, interval
from vox.evaluation.pairs import LONGEST, SHORTEST
from vox.progress import bar
from vox.representation import Spectrogram

RECORDING = "recording"
SCORED = ("phone_error", "similarity", "quality", "distortion", "pitch_correlation")
NO_FLOOR = 1e-12  # below what float32 samples leave of silence


class Ceiling:
    """Copy syntheses of recordings at several floors, each scored against its recording.

    Parameters
    ----------
    corpus
        Whose recordings are copied: the held-out ones of a second or more, speakers in turn.
    spectrogram
        Whose floor is changed.
    floors
        To compare; None is no floor.
    count
        Recordings.

    Attributes
    ----------
    copies
        Name, floor and whether a pixel at the floor becomes silence, of each way to copy.
    utterances
        Columns ``file``, ``way`` and one for each of `SCORED`: phone error and pitch against the
        recording, similarity of voices and mel cepstral distortion to it, DNSMOS.

    Raises
    ------
    VoxError
        A judge is not installed, or no recording is long enough.
    """

    def __init__(
        self,
        corpus: Corpus,
        spectrogram: Spectrogram,
        floors: Sequence[float | None] = (1e-3, 1e-4, 1e-5, None),
        count: int = 16,
    ) -> None:
        judges.require()
        self.corpus, self.spectrogram = corpus, spectrogram
        self.recordings = _in_turn(corpus, count)
        self.copies: list[tuple[str, float, bool]] = []
        for floor in floors:
            name = "no floor" if floor is None else f"floor {floor:g}"
            if floor is not None:
                self.copies.append((f"{name}, as it is", floor, False))
            silent = name if floor is None else f"{name}, silenced"
            self.copies.append((silent, floor or NO_FLOOR, True))
        rows = []
        with bar(len(self.recordings), unit="recording", title="copying") as progress:
            for recording in self.recordings:
                rows += self._rows(recording)
                progress.update()
        self.utterances = pd.DataFrame(rows)

    def sounds(self, recording: Recording) -> dict[str, Pcm]:
        """Return a recording and its copies by name, shape ``(time,)`` each."""
        pcm = self.corpus.pcm(recording)[: round(LONGEST * judges.RATE)]
        made = {RECORDING: pcm}
        for name, floor, silence in self.copies:
            spectrogram = self.spectrogram.replace(floor=floor)
            made[name] = spectrogram.copy_synthesis(pcm, silence=silence)
        return made

    @cached_property
    def means(self) -> dict[str, dict[str, Interval]]:
        """The mean of each of `SCORED` by way to copy, the recording itself first."""
        return {
            str(way): {score: interval(rows[score].to_numpy()) for score in SCORED}
            for way, rows in self.utterances.groupby("way", sort=False)
        }

    def figure(self) -> Drawing:
        """Draw phone error and similarity of each way to copy."""
        figure = drawing(9.6, 3.6)
        names = [name for name, _, _ in self.copies]
        told = []
        for i, (score, title) in enumerate(
            (("phone_error", "phone error (less is better)"),
             ("similarity", "similarity of voices (more is better)"))
        ):  # fmt: skip
            axes = figure.add_subplot(1, 2, i + 1)
            found = [self.means[name][score] for name in names]
            means = [x.mean for x in found]
            low = [0 if math.isnan(x.low) else x.mean - x.low for x in found]
            high = [0 if math.isnan(x.low) else x.high - x.mean for x in found]
            axes.barh(names, means, xerr=[low, high], color=f"C{i}", alpha=0.8)
            axes.invert_yaxis()
            axes.set_xlabel(title)
            told.append(f"{score} " + ", ".join(f"{m:.2f}" for m in means))
        figure.panels = [[axes] for axes in figure.axes]  # names on both: one may stand below
        figure.alt = f"Copy synthesis of {self.corpus.name} ({', '.join(names)}): {'; '.join(told)}"
        return figure

    def _rows(self, recording: Recording) -> list[dict[str, object]]:
        sounds = self.sounds(recording)
        original = sounds[RECORDING]
        words, voice = judges.phones(original), judges.voice(original)
        melody = judges.pitch(original)
        shape = judges.envelope(original, melody)
        rows: list[dict[str, object]] = []
        for way, pcm in sounds.items():
            curve = judges.pitch(pcm)
            row = {
                "file": recording.file,
                "way": way,
                "phone_error": judges.phone_error(words, judges.phones(pcm)),
                "similarity": judges.similarity(voice, judges.voice(pcm)),
                "quality": judges.quality(pcm),
                "distortion": judges.cepstral_distortion(judges.envelope(pcm, curve), shape),
                "pitch_correlation": judges.pitch_correlation(curve, melody),
            }
            rows.append(row)
        return rows


def _in_turn(corpus: Corpus, count: int) -> list[Recording]:
    """Held-out recordings that are long enough, a speaker after the other."""
    queues: dict[str, list[Recording]] = {}
    for recording in corpus.select("test") or corpus.select():
        if corpus.seconds(recording) >= SHORTEST:
            queues.setdefault(recording.labels.get("speaker", ""), []).append(recording)
    if not queues:
        raise VoxError(f"{corpus.name}: no recording of {SHORTEST:g} s or more to copy")
    deepest = max(map(len, queues.values()))
    turns = [queue[i] for i in range(deepest) for queue in queues.values() if i < len(queue)]
    return turns[:count]
