"""A stretch of a recording in a lhotse manifest: what decides its sound, and how it is read.

Nothing of lhotse is imported before a segment is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from vox.audio import AudioError, Pcm, mono
from vox.audio.quiet import quiet

# of a manifest's entry, what changes the samples that are read; sources are told by their contents
DECISIVE = ("sampling_rate", "num_samples", "channel_ids", "transforms")
# in what lhotse, libsndfile and numpy say of a file that is not as long as its manifest tells
OTHER_LENGTH = (
    "declared samples", "Requested more audio", "mismatch between", "psf_fseek", "empty axis"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a recording in a lhotse manifest.

    Attributes
    ----------
    entry
        The recording as its manifest has it, in JSON, with absolute paths.
    files
        Those of its sources that are files.
    start
        Of the stretch, in seconds.
    duration
        In seconds; None for all that follows.
    channels
        Which of the recording's are averaged.
    """

    entry: str
    files: tuple[str, ...]
    start: float
    duration: float | None
    channels: tuple[int, ...]

    @property
    def commands(self) -> tuple[str, ...]:
        """Commands that reading it runs: those of its sources, and of what its transforms read."""
        return _commands(self.entry)

    def digest(self, contents: Mapping[str, str]) -> str:
        """Return a SHA-256 that changes when what is read does, and not when files are moved.

        Parameters
        ----------
        contents
            The SHA-256 of each of `files`. A source that is no file (a command, a URL) is told by
            what the manifest says of it.
        """
        sound = _sound(self.entry, tuple(contents[file] for file in self.files))
        told = json.dumps([sound, self.start, self.duration, self.channels])
        return sha256(told.encode()).hexdigest()

    def read(self, sample_rate: int) -> Pcm:
        """Decode the stretch alone, through lhotse.

        Parameters
        ----------
        sample_rate
            The rate wanted, in Hz.

        Returns
        -------
        numpy.ndarray
            Samples, shape ``(time,)``, float32.

        Raises
        ------
        AudioError
            lhotse cannot read it, or it is empty, or holds NaN or infinite samples.
        """
        from lhotse import Recording

        told = json.loads(self.entry)
        where = self.files[0] if self.files else told["id"]
        try:
            recording = Recording.from_dict(told)
            with quiet() if self.files else nullcontext():  # what a command says is the user's
                samples = recording.load_audio(
                    channels=list(self.channels), offset=self.start, duration=self.duration
                )
        except Exception as error:  # whatever a decoder, a command or a server raises
            raise AudioError(where, _reason(error)) from error
        return mono(where, samples.T, recording.sampling_rate, sample_rate)


def sources_in(told: Any) -> Iterator[dict[str, Any]]:
    """Yield every audio source in a manifest's entry, however deep: transforms hold some too."""
    if isinstance(told, dict):
        if isinstance(told.get("type"), str) and "source" in told:
            yield told
        for value in told.values():
            yield from sources_in(value)
    elif isinstance(told, list | tuple):
        for value in told:
            yield from sources_in(value)


@lru_cache(maxsize=1024)
def _commands(entry: str) -> tuple[str, ...]:
    return tuple(
        str(source["source"])
        for source in sources_in(json.loads(entry))
        # lhotse opens "pipe:..." as a command, whatever its type
        if source["type"] == "command" or str(source["source"]).lstrip().startswith("pipe:")
    )


@lru_cache(maxsize=1024)  # the segments of a recording come one after the other
def _sound(entry: str, contents: tuple[str, ...]) -> str:
    told: dict[str, Any] = json.loads(entry)
    digests = iter(contents)
    sources = [
        {**source, "source": next(digests)} if source["type"] == "file" else source
        for source in told["sources"]
    ]
    return json.dumps([sources, *(told.get(name) for name in DECISIVE)], sort_keys=True)


def _reason(error: Exception) -> str:
    """Say in a line what lhotse tells at length: every decoder's error, and the whole call."""
    told = str(error).partition("[extra info]")[0]
    if any(sign in told for sign in OTHER_LENGTH):
        return "truncated, or not the file that its manifest was made from: it has another length"
    first = re.search(r"<class '[\w.]+'>: (.+)", told)  # of the first decoder that was tried
    reason = first[1] if first else " ".join(told.split()) or type(error).__name__
    if reason.startswith("Error"):
        reason = reason.rpartition(": ")[2]
    return f"lhotse cannot read it ({reason.rstrip('.')})"
