"""Utterances: what lhotse calls supervisions, taken as recordings of a corpus.

Speaker and text are a supervision's own, the sex is its ``gender``, and the birthplace the first of
`PLACES` that its ``custom`` has.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from vox.corpus.recording import GROUPS, Problem, Recording, Scan, held_out, known, sex
from vox.corpus.segment import Segment

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
    """Reduce a recording, and look for its files."""
    told = recording.to_dict()
    files, missing = [], ""
    for source in told["sources"]:
        if source["type"] == "file":
            path = _found(str(source["source"]), folder)
            if path is None:
                missing = f"{source['source']}: not found, neither from here nor from {folder}"
            else:
                source["source"] = path
                files.append(path)
    return Sound(
        json.dumps(told, default=float),  # numpy's numbers
        tuple(files),
        missing,
        float(recording.duration),
        tuple(recording.channel_ids),
    )


def _found(path: str, folder: Path) -> str | None:
    if os.path.isabs(path):
        return path  # whether it is there is seen when it is read
    tried = (Path(path).absolute(), (folder / path).absolute())
    return next((str(each) for each in tried if each.is_file()), None)


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
            sound = sounds.get(supervision.recording_id)
            if sound is None:
                reason = f"its recording {supervision.recording_id!r} is not in the manifest"
                self.refuse(supervision.id, reason)
                continue
            used.add(supervision.recording_id)
            self.utterance(supervision, sound, supervision.start, supervision.channel)
        self.unsupervised += len(sounds) - len(used)

    def take_cuts(self, cuts: Iterable[Any], folder: Path) -> None:
        """Take the supervisions that lie within cuts."""
        entries: dict[str, str] = {}  # a long recording stands in each of its cuts: keep it once
        for cut in cuts:
            kind = type(cut).__name__
            if kind not in ("MonoCut", "MultiCut"):
                self.refuse(cut.id, f"a {kind}: its sound is no stretch of one recording")
                continue
            if cut.recording is None:
                self.refuse(cut.id, "a cut without a recording")
                continue
            sound = sound_of(cut.recording, folder)
            sound = sound._replace(entry=entries.setdefault(sound.entry, sound.entry))
            self.unsupervised += not cut.supervisions
            for supervision in cut.supervisions:
                late = supervision.end > cut.duration + TOLERANCE
                if supervision.start >= -TOLERANCE and not late:
                    start = max(0.0, round(cut.start + supervision.start, 8))
                    channel = cut.channel if kind == "MonoCut" else supervision.channel
                    self.utterance(supervision, sound, start, channel)
                else:
                    name, where = _name(supervision.id), f"reaches out of its cut {cut.id}"
                    reason = f"{where}; cuts.trim_to_supervisions() makes cuts that hold it"
                    self.crossing.setdefault(name, Problem(name, reason))

    def utterance(self, supervision: Any, sound: Sound, start: float, channel: Any) -> None:
        """Take one utterance, if there is nothing against it."""
        name = _name(supervision.id)
        end = start + supervision.duration
        if -TOLERANCE <= start < 0:
            start = 0.0
        channels = tuple(channel) if isinstance(channel, list | tuple) else (channel,)
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
            or sound.missing
        ):
            self.refuse(supervision.id, reason)
        else:
            text = str(supervision.text or "").strip()
            self.found.segments[name] = segment
            self.found.recordings.append(Recording(name, labels, held_out(name), text))

    def refuse(self, id: object, reason: str) -> None:
        """List an utterance or a cut among the problems."""
        self.found.problems.append(Problem(_name(id) or "(no id)", reason))

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
        custom = supervision.custom or {}
        places = (known(custom.get(place)) for place in PLACES)
        told = (
            known(supervision.speaker),
            next(filter(None, places), ""),
            sex(supervision.gender),
        )
        if told not in self.labels:
            self.labels[told] = {g: name for g, name in zip(GROUPS, told, strict=True) if name}
        return self.labels[told]


def _name(id: object) -> str:
    r"""Return an id as one can print it.

    Examples
    --------
    >>> print(_name("ada/1"), _name("two\nlines"))
    ada/1 two\nlines
    """
    text = str(id)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


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
