"""What is scored, utterance by utterance: conversions, and what they stand beside."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from vox.audio import Pcm
from vox.corpus import Corpus, Recording
from vox.corpus.recording import Split
from vox.errors import VoxError, unknown
from vox.evaluation import judges
from vox.files import cache_folder, writable_cache, write_atomically
from vox.progress import bar
from vox.runs import Run

CODE = ("audio", "representation/griffin_lim", "representation/overlapping",
        "representation/spectrogram", "evaluation/judges", "evaluation/scores")  # fmt: skip
"""Modules that decide a score: where one changes, scores are taken anew."""
LONGEST = 15.0  # s of a recording that are converted and judged
PROFILE = 4  # recordings that make a speaker's profile
SHORTEST = 1.0  # s: judges of voices and phones are lost on less
SYSTEMS = ("source", "copy", "target", "ceiling", "output")
"""The recording that is converted; what a generator that copies its input makes of it; a recording
of the target speaker, of the same sentence where there is one; its copy synthesis; the conversion.
"""


@dataclass(frozen=True)
class Score:
    """One number an utterance is given.

    Attributes
    ----------
    name
        A column of the scores.
    better
        An arrow up where more is better, down where less is.
    unit
        Empty for shares and the like.
    """

    name: str
    better: str
    unit: str = ""


SCORES = (
    Score("phone_error", "↓"),
    Score("distortion", "↓", "dB"),
    Score("similarity_target", "↑"),
    Score("similarity_source", "↓"),
    Score("target_wins", "↑"),
    Score("quality", "↑"),
    Score("pitch_correlation", "↑"),
    Score("pitch_distance", "↓", "semitones"),
)
"""Phone error against the source; mel cepstral distortion to the target's recording of the same
sentence; similarity to the profiles of target and source speaker; whether the target's is the
larger; DNSMOS; pitch against the source's curve, and against the target's mean."""


@dataclass(frozen=True)
class Pair:
    """A held-out recording and the speaker it is converted to, with a recording of that speaker."""

    source: Recording
    target: Recording

    @property
    def parallel(self) -> bool:
        """Whether both say the same."""
        return bool(self.source.text) and self.source.text == self.target.text

    @property
    def speakers(self) -> tuple[str, str]:
        """Source and target speaker."""
        return self.source.labels["speaker"], self.target.labels["speaker"]


@dataclass(frozen=True)
class Voice:
    """How the judges know a speaker: from recordings that are not scored."""

    embedding: judges.Array
    pitch: float


def pairs(corpus: Corpus, speakers: Sequence[str], count: int) -> list[Pair]:
    """Choose what is converted to whom: speakers and sentences in turn, the same each time.

    Parameters
    ----------
    corpus
        Its held-out recordings of a second or more are used; all of them where fewer than two
        speakers have any. A recording of the same sentence by the target speaker may be one that
        was trained on: it is not converted.
    speakers
        Who can be converted to; the sources are those of them that the corpus has.
    count
        Conversions.

    Raises
    ------
    VoxError
        The corpus has fewer than two of these speakers.
    """
    splits: tuple[Split | None, ...] = ("test", None)
    for split in splits:
        of: dict[str, list[Recording]] = {}
        for recording in corpus.select(split):
            name = recording.labels.get("speaker", "")
            if name in speakers and corpus.seconds(recording) >= SHORTEST:
                of.setdefault(name, []).append(recording)
        if len(of) > 1:
            break
    if len(of) < 2:
        raise VoxError(
            f"{corpus.name}: scores need recordings of {SHORTEST:g} s or more of two speakers that "
            f"the run knows, and it has them of {len(of)}"
        )
    spoken: dict[tuple[str, str], list[Recording]] = {}
    for recording in corpus.recordings:
        if recording.text and corpus.seconds(recording) >= SHORTEST:
            key = (recording.labels.get("speaker", ""), recording.text)
            spoken.setdefault(key, []).append(recording)
    names, chosen = sorted(of), []
    for i in range(count):
        turn, place = divmod(i, len(names))
        one, other = names[place], names[(place + 1 + turn % (len(names) - 1)) % len(names)]
        source = of[one][turn % len(of[one])]
        same = [r for r in of[other] if source.text and r.text == source.text]
        same = same or spoken.get((other, source.text), [])
        chosen.append(Pair(source, (same or of[other])[turn % len(same or of[other])]))
    return list(dict.fromkeys(chosen))


@dataclass
class Scorer:
    """Scores pairs of a run and a corpus, and keeps what it has scored.

    Attributes
    ----------
    run
        Trained, with a generator.
    corpus
        Whose recordings are converted.
    """

    run: Run
    corpus: Corpus
    _voices: dict[tuple[str, frozenset[str]], Voice] = field(default_factory=dict)

    def __post_init__(self) -> None:
        judges.require()
        if "speaker" not in {group.name for group in self.run.labels.groups}:
            raise VoxError(f"{self.run.folder}: trained without speakers; scores are about them")
        self.run.target(speaker=self.speakers[0])

    @property
    def speakers(self) -> tuple[str, ...]:
        """Who the run can convert to."""
        return next(g.classes for g in self.run.labels.groups if g.name == "speaker")

    def score(self, wanted: Sequence[Pair]) -> pd.DataFrame:
        """Score conversions and all they stand beside; interrupted, it goes on from there.

        Returns
        -------
        pandas.DataFrame
            Columns ``source``, ``target`` (files), ``system``, and one for each of `SCORES`; NaN
            where a score does not apply.
        """
        rows: list[pd.DataFrame] = []
        with bar(len(wanted), unit="conversion", title="scoring") as progress:
            for pair in wanted:
                rows += [self._others.of(pair, self._rows), self._own.of(pair, self._rows)]
                progress.update()
        return pd.concat(rows, ignore_index=True)

    @cached_property
    def _own(self) -> Kept:
        """Scores of the run's conversions, beside the run."""
        iterations = str(self.run.provenance["iterations"]).split()[0]
        return Kept(self.run.folder / "scores" / f"{self._key(iterations)}.csv", SYSTEMS[-1:])

    @cached_property
    def _others(self) -> Kept:
        """Scores of what conversions stand beside: all runs on this corpus share them."""
        name = self._key(repr(self.run.experiment.representation))
        return Kept(cache_folder() / "scores" / f"{name}.csv", SYSTEMS[:-1])

    def _key(self, *more: str) -> str:
        judged = [f"{name} {version(name)}" for name in ("hama", "resemblyzer", "speechmos")]
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
        representation = self.run.experiment.representation
        source, target = self.heard(pair.source), self.heard(pair.target)
        if system == "source":
            return source
        if system == "copy":
            return representation.copy(source)
        if system == "target":
            return target
        if system == "ceiling":
            return representation.copy_synthesis(target)
        if system == "output":
            return self.run.convert(source, speaker=pair.speakers[1])
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
            heard = [self.heard(recording) for recording in chosen]
            profile = judges.voice_of([judges.voice(pcm) for pcm in heard])
            pitches = np.array([judges.mean_pitch(judges.pitch(pcm)) for pcm in heard])
            voiced = pitches[np.isfinite(pitches)]
            pitch = float(voiced.mean()) if len(voiced) else math.nan
            self._voices[key] = Voice(profile, pitch)
        return self._voices[key]

    def _rows(self, pair: Pair, systems: Sequence[str]) -> Iterator[dict[str, object]]:
        ours, theirs = (self.voice(name, pair) for name in pair.speakers)
        source, target = self.heard(pair.source), self.heard(pair.target)
        said, melody = judges.phones(source), judges.pitch(source)
        shape = judges.envelope(target, judges.pitch(target)) if pair.parallel else None
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
                "quality": judges.quality(pcm),
                "pitch_correlation": judges.pitch_correlation(curve, melody) if same_time else nan,
                "pitch_distance": abs(judges.mean_pitch(curve) - theirs.pitch),
            }


class Kept:
    """Scores of some systems in a file, so that nothing is scored twice.

    Parameters
    ----------
    path
        Named by all that would change the scores.
    systems
        What is scored there.
    """

    def __init__(self, path: Path, systems: Sequence[str]) -> None:
        self.path, self.systems = path, systems
        try:
            table = pd.read_csv(  # ids may look like numbers, or be called NA
                path, dtype=dict.fromkeys(("source", "target", "system"), str),
                keep_default_na=False, na_values={score.name: [""] for score in SCORES},
            )  # fmt: skip
            self._rows = dict(tuple(table.groupby(["source", "target"], sort=False)))
        except (OSError, ValueError):
            self._rows = {}

    def of(self, pair: Pair, score: Callable[..., Iterable[dict[str, object]]]) -> pd.DataFrame:
        """Return the rows of a pair, scored by ``score(pair, systems)`` where they are not kept."""
        key = (pair.source.file, pair.target.file)
        if key not in self._rows:
            self._rows[key] = pd.DataFrame(list(score(pair, self.systems)))
            text = pd.concat(self._rows.values(), ignore_index=True).to_csv(index=False)
            with writable_cache():
                self.path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(self.path, text.encode())
        return self._rows[key]
