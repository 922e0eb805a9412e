"""The PCM store: every recording decoded once, kept in one memory-mapped file.

A store lies in the user's cache folder (or in ``$VOX_CACHE``) under a key made from the contents
of its files, so that the same recordings anywhere share it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import warnings
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vox.audio import AudioError, Pcm, pieces
from vox.corpus.rows import Made, Note, Rows, RowStore, Temporary
from vox.corpus.segment import Segment
from vox.files import cache_folder, remember
from vox.progress import bar

if TYPE_CHECKING:
    import torch

SAMPLE_RATE = 16_000  # Hz
DIGEST = re.compile(r"[0-9a-f]{64}")
VERSION = 4  # of what is stored: raise it when `vox.audio.read` returns other samples


ALLOW = "--allow-commands (allow_commands=True) runs it, if you trust who wrote the manifest"


def digests(folder: Path, files: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the SHA-256 of each file's contents, and the reason for each that cannot be read.

    `files` are paths below `folder`, or absolute ones; what is known of them is kept by `folder`.
    A file whose size and time of change are the ones of last time is not read again.
    """
    memory = (
        cache_folder() / "digests" / f"{sha256(os.fsencode(folder.resolve())).hexdigest()}.json"
    )
    known = _remembered(memory)
    now: dict[str, list[Any]] = {}
    reasons: dict[str, str] = {}
    changed = False
    with bar(len(files), unit="file", title="reading") as progress:
        for file in files:
            entry = known.get(file)
            try:
                status = os.stat(folder / file)
                if not stat.S_ISREG(status.st_mode):
                    reasons[file] = "no regular file"  # reading a pipe or a device may not end
                    continue
                if not entry or entry[:2] != [status.st_size, status.st_mtime_ns]:
                    with open(folder / file, "rb") as stream:
                        digest = hashlib.file_digest(stream, "sha256").hexdigest()
                    entry, changed = [status.st_size, status.st_mtime_ns, digest], True
            except (OSError, ValueError) as error:
                reasons[file] = f"cannot be read: {getattr(error, 'strerror', None) or error}"
                continue
            now[file] = entry
            progress.update()
    if changed or now.keys() != known.keys():
        remember(memory, json.dumps(now).encode())
    return {file: entry[2] for file, entry in now.items()}, reasons


def _remembered(memory: Path) -> dict[str, list[Any]]:
    """Return size, time of change and digest of files by name; what is no such entry is left out.

    A cache is made again where it is damaged, and never stops anything.
    """
    try:
        told = json.loads(memory.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    known = {}
    for file, entry in told.items() if isinstance(told, dict) else ():
        match entry:
            case [int(), int(), str(digest)] if DIGEST.fullmatch(digest):
                known[file] = entry
    return known


class PcmStore:
    """16 kHz mono float32 PCM of many recordings, addressed by their content's digest.

    Parameters
    ----------
    sources
        What to decode for each digest, in the order in which it is decoded: a file whose digest
        `digests` returned, or a segment whose digest is its own.
    allow_commands
        Whether commands that a manifest names as sources are run.

    Attributes
    ----------
    folder
        Where it lies.
    spans
        First sample and number of samples of each usable recording.
    reasons
        Why a recording could not be used.
    notes
        What is worth knowing of a recording that can be.

    Raises
    ------
    VoxError
        The disk is full, or the cache folder cannot be written.
    """

    def __init__(
        self, sources: Mapping[str, Path | Segment], *, allow_commands: bool = False
    ) -> None:
        key = sha256(f"{VERSION} {SAMPLE_RATE} {sorted(sources)}".encode()).hexdigest()[:24]
        self.folder = cache_folder() / "pcm" / key

        def make(missing: list[str]) -> Iterator[Made]:
            return (_decoded(sources[digest], allow_commands) for digest in missing)

        self._store = RowStore.open(self.folder, 1, sources, make, title="decoding")
        self.spans, self.reasons = self._store.spans, self._store.reasons
        self.notes = self._store.notes

    def samples(self) -> Pcm:
        """Return all samples as one read-only array mapped from the disk, shape ``(time,)``."""
        return self._store.rows()[:, 0]

    def tensor(self) -> torch.Tensor:
        """Return all samples as a tensor mapped from the disk, shape ``(time,)``; do not write."""
        import torch

        with warnings.catch_warnings(category=UserWarning, action="ignore"):  # it is not writable
            return torch.from_numpy(self.samples())


def _decoded(source: Path | Segment, allow_commands: bool) -> Made:
    """Decode a recording, or say why it cannot be.

    Why a segment cannot be read is not kept: a server may have been down, or a decoder that lhotse
    calls missing.
    """
    if not isinstance(source, Segment):
        return _streamed(source)
    try:
        if source.commands and not allow_commands:
            return Temporary(f"its source is a command, {source.commands[0]!r}: {ALLOW}")
        return source.read(SAMPLE_RATE)[:, None]
    except AudioError as error:
        return Temporary(error.reason)


def _streamed(path: Path) -> Iterator[Rows | str]:
    """Decode a file a piece at a time: it may be hours long."""
    notes: list[str] = []
    try:
        for piece in pieces(path, SAMPLE_RATE, notes=notes):
            yield piece[:, None]
    except AudioError as error:
        yield error.reason
    if notes:
        yield Note("; ".join(notes))
