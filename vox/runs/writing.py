"""Sound files that are written whole or not at all, in the encoding that fits."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import soundfile

from vox.audio import WRITABLE, Pcm
from vox.audio.decoders import encoded
from vox.audio.sound import Sound
from vox.errors import VoxError
from vox.files import check_new, part_of

PIPE = Path("-")
WAVS = ("WAV", "WAVEX", "RF64")
SYSTEM = 2  # libsndfile's code for what the system refused
UNCLIPPED = ("FLOAT", "DOUBLE")
"""Encodings that hold samples beyond full scale."""


def check_target(target: Path, source: Path, *, force: bool) -> None:
    """Raise a `VoxError` where a sound cannot be written: told before anything is computed."""
    if target == PIPE:
        return
    if target.is_dir():
        raise VoxError(f"{target}: is a folder; name a file, such as {target / 'out.wav'}")
    if target == source or (target.exists() and source.exists() and target.samefile(source)):
        raise VoxError(f"{target}: is the input itself; name another output")
    if target.suffix.lower() not in WRITABLE:
        known = ", ".join(sorted(WRITABLE))
        raise VoxError(
            f"{target}: no sound format has that suffix that can be written; known are {known}"
        )
    check_new(target, force=force)


def write_whole(target: Path, pcm: Pcm, rate: int) -> None:
    """Write a sound, shape ``(time,)``, whole or not at all, in the format of its suffix."""
    container, encoding = WRITABLE.get(target.suffix.lower(), ("WAV", None))
    usual = [encoding or soundfile.default_subtype(container)]
    with whole(target, container, usual, rate) as out:
        write(out, pcm)


def encodings_of(sound: Sound, target: Path) -> tuple[str, list[str]]:
    """Name the container to write, and its encodings, the best first: what was 24 bits stays so."""
    container, encoding = WRITABLE.get(target.suffix.lower(), ("WAV", None))
    usual = encoding or soundfile.default_subtype(container)
    held = "WAV" if sound.container in WAVS else sound.container
    own = sound.encoding if encoding is None and held == container else ""
    return container, [own, usual] if own and own != usual else [usual]


def other_encoding(wanted: str, out: soundfile.SoundFile) -> list[str]:
    """Tell of a file that has another encoding than its source."""
    if out.subtype == wanted:
        return []
    return [f"{wanted} in {out.format} is read and not written; written as {out.subtype}"]


def write(out: soundfile.SoundFile, pcm: Pcm) -> None:
    """Write samples, all or with an error."""
    try:
        out.write(pcm)
    except AssertionError as error:  # soundfile's way of saying so
        raise OSError("not all samples were written") from error


@contextmanager
def whole(
    target: Path, container: str, encodings: list[str], rate: int
) -> Iterator[soundfile.SoundFile]:
    """Write a whole sound file or none: it takes its name when it is complete."""
    with told_if_full(target), _part(target) as part:
        part.touch()  # the system says better than libsndfile why it cannot be written
        with _writer(part, target, container, encodings, rate) as out:
            yield out


def _writer(
    part: Path, target: Path, container: str, encodings: list[str], rate: int
) -> soundfile.SoundFile:
    """Open a file for writing with the first encoding that libsndfile writes."""
    for encoding in encodings:
        try:
            return soundfile.SoundFile(
                encoded(part), "w", rate, channels=1, format=container, subtype=encoding
            )
        except (soundfile.LibsndfileError, ValueError) as error:  # ValueError: not in this format
            failed = error
    if shutil.disk_usage(part.parent).free < 2**16:
        raise failed
    reason = str(failed).rpartition(": ")[2].rstrip(".")
    raise VoxError(
        f"{target}: {container} with {encodings[-1]} cannot hold {rate} Hz ({reason}); "
        "try .wav or .flac"
    ) from failed


@contextmanager
def _part(target: Path) -> Iterator[Path]:
    """Give a file to write, which becomes the target, or goes into the pipe, when it is whole."""
    if target != PIPE:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part_of(target, hidden=True) as part:
            yield part
        return
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "standard output"
        yield part
        with open(part, "rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()


@contextmanager
def told_if_full(target: Path) -> Iterator[None]:
    """Say what libsndfile and the system mean when a file cannot be written."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, soundfile.LibsndfileError) as error:
        reason = getattr(error, "strerror", None) or str(error).rstrip(".")
        if isinstance(error, soundfile.LibsndfileError) and error.code == SYSTEM:
            reason = "the system refuses to write on, as beyond a quota or a limit on files"
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        there = next(path for path in target.absolute().parents if os.path.isdir(path))
        if full or shutil.disk_usage(there).free < 2**16:
            reason = "the disk is full"
        raise VoxError(f"{target}: cannot be written: {reason}; nothing was left there") from error
