"""What is scored, utterance by utterance: conversions, and what they stand beside."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from vox.audio import Pcm
from vox.corpus import Corpus, Recording
from vox.errors import unknown
from vox.evaluation import judges, second, words
from vox.evaluation.columns import SCORES, SYSTEMS, Score
from vox.evaluation.converters import Converter, converter
from vox.evaluation.kept import Kept
from vox.evaluation.pairs import LONGEST, SHORTEST, Pair, pairs
from vox.files import cache_folder
from vox.progress import bar
from vox.runs import Run

__all__ = ["SCORES", "SYSTEMS", "Kept", "Pair", "Score", "Scorer", "pairs"]

CODE = ("audio/containers", "audio/decoders", "audio/levels", "audio/mpeg", "audio/rates",
        "audio/sound", "representation/base", "representation/axes", "representation/griffin_lim",
        "representation/moments", "representation/overlapping", "representation/pixels",
        "representation/sections", "representation/spectrogram", "representation/synthesis",
        "representation/transform", "representation/vocoder", "representation/world",
        "evaluation/converters", "evaluation/judges", "evaluation/outputs", "evaluation/pairs",
        "evaluation/scores", "evaluation/second", "evaluation/words")  # fmt: skip
"""Modules that decide a score: where one changes, scores are taken anew."""
PROFILE = 4  # recordings that make a speaker's profile


class Voice:
    """How the judges know a speaker: from recordings that are not scored, heard when asked for.

    Parameters
    ----------
    heard
        PCM at 16 kHz of the shapes ``(time,)``.
    """

    def __init__(self, heard: Sequence[Pcm]) -> None:
        self.heard = heard

    @cached_property
    def embedding(self) -> judges.Array:
        """The profile of `judges.voice`, of length 1."""
        return judges.voice_of([judges.voice(pcm) for pcm in self.heard])

    @cached_property
    def second(self) -> judges.Array:
        """The profile of `second.voice`, likewise."""
        return judges.voice_of([second.voice(pcm) for pcm in self.heard])

    @cached_property
    def pitch(self) -> float:
        """The mean pitch in semitones above 1 Hz, NaN where there is no voice."""
        pitches = np.array([judges.mean_pitch(judges.pitch(pcm)) for pcm in self.heard])
        voiced = pitches[np.isfinite(pitches)]
        return float(voiced.mean()) if len(voiced) else math.nan


@dataclass
class Scorer:
    """Scores pairs of a converter and a corpus, and keeps what it has scored.

    Attributes
    ----------
    given
        A trained run with a generator, or another `Converter`.
    corpus
        Whose recordings are converted.
    """

    given: Run | Converter
    corpus: Corpus
    _voices: dict[tuple[str, frozenset[str]], Voice] = field(default_factory=dict)

    def __post_init__(self) -> None:
        judges.require()
        self.converter = converter(self.given)
        self._hears_twice, self._hears_words = not second.missing(), not words.missing()

    @property
    def speakers(self) -> tuple[str, ...]:
        """Who can be converted to."""
        return self.converter.speakers

    def score(self, wanted: Sequence[Pair]) -> pd.DataFrame:
        """Score conversions and all they stand beside; interrupted, it goes on from there.

        Returns
        -------
        pandas.DataFrame
            Columns ``source``, ``target`` (files), ``system``, and one for each of `SCORES`; NaN
            where a score does not apply.
        """
        self.converter.ready(list(wanted))
        rows: list[pd.DataFrame] = []
        with bar(len(wanted), unit="conversion", title="scoring") as progress:
            for pair in wanted:
                rows += [self._others.of(pair, self._rows), self._own.of(pair, self._rows)]
                progress.update()
        return pd.concat(rows, ignore_index=True)

    @cached_property
    def _own(self) -> Kept:
        """Scores of the conversions themselves."""
        name = self._key(self.converter.key, repr(self.speakers))
        return Kept(self.converter.kept / f"{name}.csv", SYSTEMS[-1:])

    @cached_property
    def _others(self) -> Kept:
        """Scores of what conversions stand beside: all of these bounds and speakers share them."""
        name = self._key(self.converter.bounds.key, repr(self.speakers))
        return Kept(cache_folder() / "scores" / f"{name}.csv", SYSTEMS[:-1])

    def _key(self, *more: str) -> str:
        judged = [f"{name} {version(name)}" for name in ("hama", "resemblyzer", "speechmos")]
        judged += [words.key(), second.key()]
        package = Path(__file__).parent.parent
        code = [sha256((package / f"{name}.py").read_bytes()).hexdigest() for name in CODE]
        texts = repr([(r.file, r.text) for r in self.corpus.recordings])
        told = [self.corpus.fingerprint, texts, *code, *judged, *more]
        return sha256("\n".join(told).encode()).hexdigest()[:16]

    def heard(self, recording: Recording) -> Pcm:
        """Return as much of a recording as is judged, shape ``(time,)``."""
        return self.corpus.pcm(recording)[: round(LONGEST * judges.RATE)]

    def sound(self, pair: Pair, system: str) -> Pcm:
        """Return what one of `SYSTEMS` sounds like, shape ``(time,)``."""
        source, target = self.heard(pair.source), self.heard(pair.target)
        if system == "source":
            return source
        if system == "copy":
            return self.converter.bounds.copy(source)
        if system == "target":
            return target
        if system == "ceiling":
            return self.converter.bounds.ceiling(target)
        if system == "output":
            return self.converter.convert(pair, source)
        raise unknown("system", system, SYSTEMS)

    def voice(self, speaker: str, pair: Pair) -> Voice:
        """Return how the judges know a speaker: from recordings other than those of the pair.

        They are taken from those that were trained on, where there are any; a speaker with a
        single recording is known by that alone.
        """
        known = self.corpus.select("train", speaker=speaker)
        for choice in (known, self.corpus.select(speaker=speaker)):
            others = [r for r in choice if r not in (pair.source, pair.target)]
            if others:
                break
        else:
            others = list(choice)
        long = [r for r in others if self.corpus.seconds(r) >= SHORTEST] or others
        chosen = long[:PROFILE]
        key = (speaker, frozenset(recording.file for recording in chosen))
        if key not in self._voices:
            self._voices[key] = Voice([self.heard(recording) for recording in chosen])
        return self._voices[key]

    def _rows(self, pair: Pair, systems: Sequence[str]) -> Iterator[dict[str, object]]:
        ours, theirs = (self.voice(name, pair) for name in pair.speakers)
        source, target = self.heard(pair.source), self.heard(pair.target)
        said, melody = judges.phones(source), judges.pitch(source)
        shape = judges.envelope(target, judges.pitch(target)) if pair.parallel else None
        texts = pair.source.text or pair.target.text
        tongue = words.language(source) if self._hears_words and texts else ""
        nan = math.nan
        for system in systems:
            pcm = self.sound(pair, system)
            same_time = system in ("source", "copy", "output")
            same_words = pair.parallel or same_time
            curve, embedding = judges.pitch(pcm), judges.voice(pcm)
            to_target = judges.similarity(embedding, theirs.embedding)
            to_source = judges.similarity(embedding, ours.embedding)
            distortion = nan
            if shape is not None:
                distortion = judges.cepstral_distortion(judges.envelope(pcm, curve), shape)
            yield {
                "source": pair.source.file,
                "target": pair.target.file,
                "system": system,
                "phone_error": judges.phone_error(said, judges.phones(pcm)) if same_words else nan,
                "distortion": distortion,
                "similarity_target": to_target,
                "similarity_source": to_source,
                "target_wins": float(to_target > to_source),
                "target_first": float(to_target > self._nearest_other(embedding, pair)),
                "quality": judges.quality(pcm),
                "pitch_correlation": judges.pitch_correlation(curve, melody) if same_time else nan,
                "pitch_distance": abs(judges.mean_pitch(curve) - theirs.pitch),
                "word_error": self._word_error(
                    pair.source if same_time else pair.target, pcm, tongue
                ),
                **self._heard_twice(pcm, ours, theirs),
            }

    def _nearest_other(self, embedding: judges.Array, pair: Pair) -> float:
        """The similarity to the nearest of all speakers but the target, as far as they are known.

        Of a speaker without recordings in the corpus nobody knows the voice.
        """
        known = {recording.labels.get("speaker") for recording in self.corpus.recordings}
        others = (set(self.speakers) & known) - {pair.speakers[1]}
        return max(
            (judges.similarity(embedding, self.voice(str(n), pair).embedding) for n in others),
            default=-math.inf,
        )

    def _word_error(self, recording: Recording, pcm: Pcm, language: str) -> float:
        if not self._hears_words or not recording.text or self._cut(recording):
            return math.nan
        return words.word_error(recording.text, words.transcribe(pcm, language), language)

    def _cut(self, recording: Recording) -> bool:
        """Whether only the beginning is judged: its text says more than what is heard."""
        return self.corpus.seconds(recording) > LONGEST

    def _heard_twice(self, pcm: Pcm, ours: Voice, theirs: Voice) -> dict[str, float]:
        """What the second embedder says, where it is installed."""
        to_target = to_source = wins = math.nan
        if self._hears_twice:
            embedding = second.voice(pcm)
            to_target = judges.similarity(embedding, theirs.second)
            to_source = judges.similarity(embedding, ours.second)
            wins = float(to_target > to_source)
        return {
            "second_similarity_target": to_target,
            "second_similarity_source": to_source,
            "second_target_wins": wins,
        }
