"""Utterances: what lhotse calls supervisions, taken as recordings of a corpus.

Speaker and text are a supervision's own, the sex is its ``gender``, and the birthplace the first of
`PLACES` that its ``custom`` has.
"""

from __future__ import annotations

import json
import math
import os
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from numbers import Integral, Real
from pathlib import Path
from typing import Any, NamedTuple

from vox.corpus.recording import GROUPS, Problem, Scan, known, language, sex
from vox.corpus.segment import Segment, sources_in
from vox.corpus.walk import unreadable
from vox.names import clean, printable

PLACES = ("birthplace", "accent", "accents", "region", "dialect", "country")
TOLERANCE = 0.025  # seconds, as lhotse's own: manifests round


class Sound(NamedTuple):
    """A recording of a manifest, in what little a million of them may take of memory."""

    entry: str
    files: tuple[str, ...]
    missing: str
    seconds: float
    channels: tuple[int, ...]


def sound_of(recording: Any, folder: Path) -> Sound:
    """Reduce a recording, and look for its files; what is wrong with it is told as `missing`."""
    try:
        return _sound_of(recording, folder)
    except Exception as error:  # of values that lhotse's classes take unseen
        return Sound("", (), f"its recording {_not_understood(error)}", 0.0, ())


def _sound_of(recording: Any, folder: Path) -> Sound:
    told = recording.to_dict()
    seconds = _number("duration", recording.duration)
    if _number("sampling_rate", recording.sampling_rate) < 1:
        raise ValueError(f"its sampling_rate is {recording.sampling_rate!r}")
    channels = _channels(recording.channel_ids)
    files, missing = [], ""
    for source in told["sources"]:
        if not isinstance(source["source"], str):
            raise TypeError(f"its source is {type(source['source']).__name__}, not text")
        if source["type"] == "file":
            path = _found(source["source"], folder)
            if path is None:
                missing = f"{source['source']}: not found, neither from here nor from {folder}"
            else:
                source["source"] = path
                files.append(path)
    for source in sources_in(told.get("transforms")):
        if source["type"] == "file" and (reason := unreadable(str(source["source"]))):
            missing = missing or f"{source['source']}: {reason}"
    entry = json.dumps(told, default=float)  # numpy's numbers
    return Sound(entry, tuple(files), missing, seconds, channels)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ValueError(f"its {name} is {value!r}, and not a finite number")
    return float(value)


def _channels(given: Any) -> tuple[int, ...]:
    channels = tuple(given) if isinstance(given, list | tuple) else (given,)
    if not all(isinstance(each, Integral) and not isinstance(each, bool) for each in channels):
        raise ValueError(f"its channel is {given!r}, and not a whole number")
    return tuple(map(int, channels))


def _not_understood(error: Exception) -> str:
    return f"cannot be understood ({error or type(error).__name__})"


def _found(path: str, folder: Path) -> str | None:
    if os.path.isabs(path):
        tried = [path]
    else:
        tried = [str(Path(path).absolute()), str((folder / path).absolute())]
    for each in tried:
        for form in (each, *(unicodedata.normalize(form, each) for form in ("NFC", "NFD"))):
            if os.path.isfile(form):
                return form
    return path if os.path.isabs(path) else None  # what it is instead is seen when it is read


@dataclass
class Gathering:
    """Utterances of one manifest after the other, gathered into a scan."""

    found: Scan
    labels: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)
    crossing: dict[str, Problem] = field(default_factory=dict)
    unsupervised: int = 0
    repeated: int = 0

    def take(self, supervisions: Iterable[Any], sounds: dict[str, Sound]) -> None:
        """Take the supervisions of a corpus's part."""
        used = set()
        for supervision in supervisions:
            with self._listed(supervision):
                sound = sounds.get(supervision.recording_id)
                if sound is None:
                    name = printable(supervision.recording_id, 160)
                    self.refuse(supervision.id, f"its recording '{name}' is not in the manifest")
                    continue
                used.add(supervision.recording_id)
                start = _number("start", supervision.start)
                self.utterance(supervision, sound, start, supervision.channel)
        self.unsupervised += len(sounds) - len(used)

    def sounds(self, recordings: Iterable[Any], folder: Path) -> dict[str, Sound]:
        """Return the sounds of a manifest's recordings by their id."""
        found = {}
        for recording in recordings:
            with self._listed(recording):
                found[recording.id] = sound_of(recording, folder)
        return found

    @contextmanager
    def _listed(self, entry: Any) -> Iterator[None]:
        """List an entry whose values make no sense, and go on with the next."""
        try:
            yield
        except Exception as error:  # lhotse's classes take any value unseen
            self.refuse(getattr(entry, "id", None), _not_understood(error))

    def take_cuts(self, cuts: Iterable[Any], folder: Path) -> None:
        """Take the supervisions that lie within cuts."""
        entries: dict[str, str] = {}  # a long recording stands in each of its cuts: keep it once
        for cut in cuts:
            with self._listed(cut):
                self._take_cut(cut, folder, entries)

    def _take_cut(self, cut: Any, folder: Path, entries: dict[str, str]) -> None:
        kind = type(cut).__name__
        if kind not in ("MonoCut", "MultiCut"):
            self.refuse(cut.id, f"a {kind}: its sound is no stretch of one recording")
            return
        if cut.recording is None:
            self.refuse(cut.id, "a cut without a recording")
            return
        sound = sound_of(cut.recording, folder)
        sound = sound._replace(entry=entries.setdefault(sound.entry, sound.entry))
        begin, seconds = _number("start", cut.start), _number("duration", cut.duration)
        self.unsupervised += not cut.supervisions
        for supervision in cut.supervisions:
            with self._listed(supervision):
                start = _number("start", supervision.start)
                late = start + _number("duration", supervision.duration) > seconds + TOLERANCE
                if start >= -TOLERANCE and not late:
                    start = max(0.0, round(begin + start, 8))
                    channel = cut.channel if kind == "MonoCut" else supervision.channel
                    self.utterance(supervision, sound, start, channel)
                else:
                    name, where = clean(supervision.id), f"reaches out of its cut {cut.id}"
                    reason = f"{where}; cuts.trim_to_supervisions() makes cuts that hold it"
                    self.crossing.setdefault(name, Problem(name, reason))

    def utterance(self, supervision: Any, sound: Sound, start: float, channel: Any) -> None:
        """Take one utterance, if there is nothing against it."""
        if sound.missing:
            self.refuse(supervision.id, sound.missing)
            return
        name = "" if supervision.id is None else clean(supervision.id)
        end = start + _number("duration", supervision.duration)
        if -TOLERANCE <= start < 0:
            start = 0.0
        channels = _channels(channel)
        # to the end of the recording: what a manifest rounded up would be padded
        duration = None if end > sound.seconds - 1e-6 else supervision.duration
        segment = Segment(sound.entry, sound.files, start, duration, channels)
        labels = self._labels(supervision)
        taken = self.found.segments.get(name)
        if taken == segment:
            self.repeated += 1
        elif reason := (
            ("no id" if not name else "")
            or ("the id is taken already; only the first counts" if taken else "")
            or ("" if labels else "no speaker, and no other label")
            or _misfit(start, end, channels, sound)
        ):
            self.refuse(supervision.id, reason)
        else:
            text = supervision.text if isinstance(supervision.text, str) else ""
            self.found.segments[name] = segment
            tongue = language(getattr(supervision, "language", None))
            self.found.add(name, labels, text=text, language=tongue)

    def refuse(self, id: object, reason: str) -> None:
        """List an utterance or a cut among the problems."""
        name = "" if id is None else clean(id)
        self.found.problems.append(Problem(name or "(no id)", reason))

    def finish(self) -> None:
        """Say what was passed over, and bring the recordings into their order."""
        found = self.found
        found.problems += [p for name, p in self.crossing.items() if name not in found.segments]
        if self.unsupervised:
            found.notes.append(f"without a supervision, passed over: {self.unsupervised}")
        if self.repeated:
            found.notes.append(f"{self.repeated} utterances stand in it again; each is taken once")
        found.recordings.sort(key=lambda recording: recording.file)

    def _labels(self, supervision: Any) -> dict[str, str]:
        custom = supervision.custom if isinstance(supervision.custom, dict) else {}
        places = (known(custom.get(place)) for place in PLACES)
        told = (
            known(supervision.speaker),
            next(filter(None, places), ""),
            sex(supervision.gender),
        )
        if told not in self.labels:
            self.labels[told] = {g: name for g, name in zip(GROUPS, told, strict=True) if name}
        return self.labels[told]


def _misfit(start: float, end: float, channels: tuple[int, ...], sound: Sound) -> str:
    """Say why a recording has no such stretch; empty if it has."""
    if not (math.isfinite(start) and math.isfinite(end) and start < end):
        return f"an empty segment, {start:.2f} to {end:.2f} s"
    if start < 0:
        return f"it starts before its recording, at {start:.2f} s"
    if end > sound.seconds + TOLERANCE:
        ends = f"the end of its recording, at {sound.seconds:.2f} s"
        return f"{start:.2f} to {end:.2f} s reaches past {ends}"
    if not channels or not set(channels) <= set(sound.channels):
        asked, there = (", ".join(map(str, each)) for each in (channels, sound.channels))
        return f"channel {asked or '(none)'}, and its recording has {there}"
    return ""
