"""The PCM store: every recording decoded once, kept in one memory-mapped file.

A store lies in the user's cache folder (or in ``$VOX_CACHE``) under a key made from the contents
of its files, so that the same recordings anywhere share it. It is written file by file and can be
interrupted at any moment; the next call goes on behind the last whole recording.
"""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock

from vox.audio import AudioError, Pcm, read
from vox.corpus.segment import Segment
from vox.files import cache_folder, writable_cache, write_atomically
from vox.progress import bar

if TYPE_CHECKING:
    import torch

SAMPLE_RATE = 16_000  # Hz
VERSION = 1  # of what is stored: raise it when `vox.audio.read` returns other samples


def digests(folder: Path, files: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the SHA-256 of each file's contents, and the reason for each that cannot be read.

    `files` are paths below `folder`, or absolute ones; what is known of them is kept by `folder`.
    A file whose size and time of change are the ones of last time is not read again.
    """
    memory = (
        cache_folder() / "digests" / f"{sha256(str(folder.resolve()).encode()).hexdigest()}.json"
    )
    try:
        known = json.loads(memory.read_text())
    except (OSError, ValueError):
        known = {}
    now: dict[str, list[Any]] = {}
    reasons: dict[str, str] = {}
    changed = False
    with bar(len(files), unit="file", title="reading") as progress:
        for file in files:
            entry = known.get(file)
            try:
                status = os.stat(folder / file)
                if not entry or entry[:2] != [status.st_size, status.st_mtime_ns]:
                    with open(folder / file, "rb") as stream:
                        digest = hashlib.file_digest(stream, "sha256").hexdigest()
                    entry, changed = [status.st_size, status.st_mtime_ns, digest], True
            except OSError as error:
                reasons[file] = f"cannot be read: {error.strerror}"
                continue
            now[file] = entry
            progress.update()
    if changed or now.keys() != known.keys():
        with writable_cache():
            memory.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(memory, json.dumps(now).encode())
    return {file: entry[2] for file, entry in now.items()}, reasons


@dataclass(frozen=True)
class PcmStore:
    """16 kHz mono float32 PCM of many recordings, addressed by their content's digest.

    Attributes
    ----------
    folder
        Where it lies.
    spans
        First sample and number of samples of each usable recording in ``pcm.f32``.
    reasons
        Why a recording could not be used.
    """

    folder: Path
    spans: dict[str, tuple[int, int]]
    reasons: dict[str, str]

    @classmethod
    def open(cls, sources: Mapping[str, Path | Segment]) -> PcmStore:
        """Open the store of these recordings, and make it first if need be.

        Parameters
        ----------
        sources
            What to decode for each digest, in the order in which it is decoded: a file whose
            digest `digests` returned, or a segment whose digest is its own.

        Raises
        ------
        VoxError
            The disk is full, or the cache folder cannot be written.
        """
        key = sha256(f"{VERSION} {SAMPLE_RATE} {sorted(sources)}".encode()).hexdigest()[:24]
        folder = cache_folder() / "pcm" / key
        with writable_cache():
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / "lock"):
                store, failed = cls._complete(folder), {}
                if store is None:
                    failed, store = _build(folder, sources), cls._complete(folder)
                elif missing := sources.keys() - store.spans.keys() - store.reasons.keys():
                    left = {digest: s for digest, s in sources.items() if digest in missing}
                    failed, store = _add(store, left), cls._complete(folder)
        assert store is not None
        return replace(store, reasons=store.reasons | failed)

    @classmethod
    def _complete(cls, folder: Path) -> PcmStore | None:
        try:
            index = json.loads((folder / "index.json").read_text())
            if (folder / "pcm.f32").stat().st_size < 4 * index["samples"]:
                return None  # more is what an interruption left of adding to it
        except (OSError, ValueError, KeyError):
            return None
        spans = {digest: (start, length) for digest, (start, length) in index["spans"].items()}
        return cls(folder, spans, index["reasons"])

    def samples(self) -> Pcm:
        """Return all samples as one read-only array mapped from the disk, shape ``(time,)``."""
        if not self.spans:
            return np.zeros(0, np.float32)
        return np.memmap(self.folder / "pcm.f32", np.float32, mode="r", shape=(self.end,))

    @property
    def end(self) -> int:
        """Samples of all recordings together."""
        return max((start + length for start, length in self.spans.values()), default=0)

    def tensor(self) -> torch.Tensor:
        """Return all samples as a tensor mapped from the disk, shape ``(time,)``; do not write."""
        import torch

        with warnings.catch_warnings(category=UserWarning, action="ignore"):  # it is not writable
            return torch.from_numpy(self.samples())


def _build(folder: Path, sources: Mapping[str, Path | Segment]) -> dict[str, str]:
    """Decode what the journal does not list yet; the journal is written after the samples.

    Returns the reasons for segments that could not be read. They are not kept, and so are tried
    again the next time: a server may have been down, or a decoder that lhotse calls missing.
    """
    pcm_part, journal_part = folder / "pcm.part", folder / "journal.part"
    spans, reasons, end = _read_journal(journal_part, pcm_part)
    failed: dict[str, str] = {}
    with (
        open(pcm_part, "ab") as pcm_file,
        open(journal_part, "a", encoding="utf-8") as journal,
        bar(
            len(sources), unit="file", title="decoding", done=len(spans) + len(reasons)
        ) as progress,
    ):
        for digest, source in sources.items():
            if digest in spans or digest in reasons:
                continue
            try:
                pcm = _decode(source)
            except AudioError as error:
                if isinstance(source, Segment):
                    failed[digest] = error.reason
                else:
                    reasons[digest] = error.reason
                    journal.write(json.dumps([digest, error.reason]) + "\n")
            else:
                pcm_file.write(pcm.tobytes())
                pcm_file.flush()
                spans[digest] = (end, len(pcm))
                end += len(pcm)
                journal.write(json.dumps([digest, *spans[digest]]) + "\n")
            journal.flush()
            progress.update()
        os.fsync(pcm_file.fileno())
    os.replace(pcm_part, folder / "pcm.f32")
    index = {"samples": end, "spans": spans, "reasons": reasons}
    write_atomically(folder / "index.json", json.dumps(index).encode())
    journal_part.unlink()
    return failed


def _add(store: PcmStore, sources: Mapping[str, Path | Segment]) -> dict[str, str]:
    """Decode what could not be decoded before, behind what is there, which others may be reading.

    Returns the reasons for what still cannot be.
    """
    spans, end, failed = dict(store.spans), store.end, {}
    try:
        with (
            open(store.folder / "pcm.f32", "r+b") as pcm_file,
            bar(len(sources), unit="file", title="decoding") as progress,
        ):
            pcm_file.truncate(4 * end)
            pcm_file.seek(4 * end)
            for digest, source in sources.items():
                try:
                    pcm = _decode(source)
                except AudioError as error:
                    failed[digest] = error.reason
                else:
                    pcm_file.write(pcm.tobytes())
                    spans[digest] = (end, len(pcm))
                    end += len(pcm)
                progress.update()
            pcm_file.flush()
            os.fsync(pcm_file.fileno())
    finally:  # an interruption keeps what is done
        if len(spans) > len(store.spans):
            for table in store.folder.glob("windows-*.npz"):  # made before there was so much
                table.unlink()
            index = {"samples": end, "spans": spans, "reasons": store.reasons}
            write_atomically(store.folder / "index.json", json.dumps(index).encode())
    return failed


def _decode(source: Path | Segment) -> Pcm:
    return source.read(SAMPLE_RATE) if isinstance(source, Segment) else read(source, SAMPLE_RATE)


def _read_journal(
    journal: Path, pcm: Path
) -> tuple[dict[str, tuple[int, int]], dict[str, str], int]:
    """Return what an interrupted build had finished, and cut off what it had begun."""
    spans: dict[str, tuple[int, int]] = {}
    reasons: dict[str, str] = {}
    end = whole = 0
    held = pcm.stat().st_size // 4 if pcm.exists() else 0
    if journal.exists():
        for line in journal.read_bytes().splitlines(keepends=True):
            if not line.endswith(b"\n"):
                break
            digest, *rest = json.loads(line)
            if len(rest) == 1:
                reasons[digest] = rest[0]
            elif rest[0] + rest[1] <= held:
                spans[digest] = (rest[0], rest[1])
                end = rest[0] + rest[1]
            else:
                break
            whole += len(line)
        os.truncate(journal, whole)
    if pcm.exists():
        os.truncate(pcm, 4 * end)
    return spans, reasons, end
