"""Converting sound files: one, a folder of them, or a pipe, without leaving half a file behind."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from vox.audio import READABLE, WRITABLE, AudioError, Pcm, Resampler, opened
from vox.audio.sound import Sound
from vox.corpus.recording import Problem
from vox.errors import VoxError
from vox.progress import bar
from vox.runs.run import Run

PIPE = Path("-")
WAVS = ("WAV", "WAVEX", "RF64")
UNCLIPPED = ("FLOAT", "DOUBLE")
"""Encodings that hold samples beyond full scale."""


def convert_files(
    run: Run,
    source: Path,
    target: Path,
    labels: Mapping[str, str | None],
    *,
    force: bool = False,
    resume: bool = False,
    iterations: int = 60,
) -> tuple[list[Path], list[Problem], list[Problem]]:
    """Convert a sound file, or each in a folder into a file of the same name in another folder.

    Parameters
    ----------
    run
        Trained, of an experiment that converts.
    source
        A file, a folder, or ``-`` for a sound on standard input.
    target
        A file, a folder if `source` is one, or ``-`` for WAV on standard output. The sound has
        the rate and the length of its source, and one channel; a file's suffix names its format.
        In a folder, what has a suffix that cannot be written becomes ``name.suffix.wav``.
    labels
        Class names by group, as for `vox.runs.Run.index`.
    force
        Overwrite what exists.
    resume
        Leave what exists, and convert the rest.
    iterations
        Of Griffin-Lim.

    Returns
    -------
    written : list of pathlib.Path
    problems : list of vox.corpus.Problem
        Files of a folder that could not be converted, each with its reason.
    notes : list of vox.corpus.Problem
        What is worth knowing of files that were: channels that cancel each other out, samples that
        were clipped, an encoding that is another than the source's.

    Raises
    ------
    VoxError
        Nothing to convert, no such label, a file that exists, a suffix that cannot be written,
        a full disk. Whatever happens, no half file is left.
    """
    run.target(**labels)  # says so before anything is read
    pairs = _pairs(source, target)
    if resume:
        pairs = [(one, other) for one, other in pairs if not other.exists()]
    existing = [other for _, other in pairs if other != PIPE and other.exists()]
    if existing and not force:
        more = f" (and {len(existing) - 1} more)" if len(existing) > 1 else ""
        raise VoxError(f"{existing[0]}{more}: exists already; --force overwrites it")
    for one, other in pairs:
        if other == PIPE:
            continue
        if one == other or (other.exists() and one.exists() and one.samefile(other)):
            raise VoxError(f"{other}: is the input itself; name another output")
        if other.suffix.lower() not in WRITABLE:
            known = ", ".join(sorted(WRITABLE))
            raise VoxError(
                f"{other}: no sound format has that suffix that can be written; known are {known}"
            )
    written: list[Path] = []
    problems: list[Problem] = []
    notes: list[Problem] = []
    for i, (one, other) in enumerate(pairs):
        title = f"{one.name} ({i + 1} of {len(pairs)})" if len(pairs) > 1 else one.name
        try:
            told = _convert_file(run, one, other, labels, iterations, title)
        except VoxError as error:
            if not source.is_dir():
                raise
            problems.append(Problem(str(one), str(error).removeprefix(f"{one}: ")))
        else:
            written.append(other)
            notes += [Problem(str(one), note) for note in told]
    return written, problems, notes


def _pairs(source: Path, target: Path) -> list[tuple[Path, Path]]:
    """Each sound to read with the file to write."""
    if not source.is_dir():
        if target.is_dir():
            raise VoxError(f"{target}: is a folder; name a file, such as {target / 'out.wav'}")
        return [(source, target)]
    if target == PIPE or target.is_file():
        raise VoxError(f"{target}: a folder goes into a folder, not into a file or a pipe")
    found = [
        file.relative_to(source)
        for file in sorted(source.rglob("*"))
        if file.suffix.lower() in READABLE and target.resolve() not in file.resolve().parents
    ]
    if not found:
        raise VoxError(f"{source}: no sound files in it")
    return [(source / file, target / _writable(file)) for file in found]


def _writable(file: Path) -> Path:
    """Name a file of a format that is read and not written as a WAV, beside others of its name."""
    return file if file.suffix.lower() in WRITABLE else file.with_name(f"{file.name}.wav")


def _convert_file(
    run: Run,
    source: Path,
    target: Path,
    labels: Mapping[str, str | None],
    iterations: int,
    title: str,
) -> list[str]:
    """Convert one file, and return what is worth knowing of it."""
    rate = run.experiment.representation.sample_rate
    with _seekable(source) as path, opened(path) as sound:
        container, encodings = _encodings(sound, target)
        seconds = None if sound.seconds is None else round(sound.seconds)
        converted = run.convert_pieces(sound.pieces(rate), iterations=iterations, **labels)
        with (
            _whole(target, container, encodings, sound.sample_rate) as out,
            bar(seconds, unit="s", title=title) as progress,
        ):
            notes = _other_encoding(encodings[0], out)
            clipped, peak = 0, 1.0
            for pcm in _at_rate(converted, rate, sound):
                _write(out, pcm)
                if pcm.size:
                    clipped += int((np.abs(pcm) > 1).sum())
                    peak = max(peak, float(np.abs(pcm).max()))
                progress.update(out.frames // sound.sample_rate - progress.n)
        if clipped and out.subtype not in UNCLIPPED:
            notes.append(
                f"{clipped} of {sound.samples} samples of its conversion are clipped: they reach "
                f"{20 * math.log10(peak):.1f} dB above full scale; make the sound so much quieter"
            )
        return sound.notes + notes


def _encodings(sound: Sound, target: Path) -> tuple[str, list[str]]:
    """Name the container to write, and its encodings, the best first: what was 24 bits stays so."""
    container, encoding = WRITABLE.get(target.suffix.lower(), ("WAV", None))
    usual = encoding or soundfile.default_subtype(container)
    held = "WAV" if sound.container in WAVS else sound.container
    own = sound.encoding if encoding is None and held == container else ""
    return container, [own, usual] if own and own != usual else [usual]


def _other_encoding(wanted: str, out: soundfile.SoundFile) -> list[str]:
    if out.subtype == wanted:
        return []
    return [f"{wanted} in {out.format} is read and not written; written as {out.subtype}"]


def _write(out: soundfile.SoundFile, pcm: Pcm) -> None:
    try:
        out.write(pcm)
    except AssertionError as error:  # soundfile's way of saying so
        raise OSError("not all samples were written") from error


def _at_rate(converted: Iterator[Pcm], from_rate: int, sound: Sound) -> Iterator[Pcm]:
    """Bring what was converted to the rate of its source, and to exactly as many samples."""
    change, written = Resampler(from_rate, sound.sample_rate), 0
    for pcm in converted:
        part = change(pcm)
        written += len(part)
        yield part
    left = sound.samples - written
    rest = change(np.zeros(0, np.float32), last=True)[:left]
    yield np.pad(rest, (0, left - len(rest)))  # rounding of both rates: a sample or two


@contextmanager
def _seekable(source: Path) -> Iterator[Path]:
    """Give a file for a sound: libsndfile cannot read most formats from a pipe."""
    if source != PIPE:
        yield source
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "standard input"
        with _told_if_full(path), open(path, "wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        try:
            yield path
        except AudioError as error:
            raise AudioError(path.name, error.reason) from error


@contextmanager
def _whole(
    target: Path, container: str, encodings: list[str], rate: int
) -> Iterator[soundfile.SoundFile]:
    """Write a whole sound file or none: it takes its name when it is complete."""
    with (
        _told_if_full(target),
        tempfile.TemporaryDirectory() if target == PIPE else _beside(target) as folder,
    ):
        part = Path(folder) / f".{target.name}.{os.getpid()}.part"
        try:
            part.touch()  # the system says better than libsndfile why it cannot be written
            out = _writer(part, target, container, encodings, rate)
            with out:
                yield out
            if target == PIPE:
                with open(part, "rb") as file:
                    shutil.copyfileobj(file, sys.stdout.buffer)
                sys.stdout.buffer.flush()
            else:
                os.replace(part, target)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def _writer(
    part: Path, target: Path, container: str, encodings: list[str], rate: int
) -> soundfile.SoundFile:
    """Open a file for writing with the first encoding that libsndfile writes."""
    for encoding in encodings:
        try:
            return soundfile.SoundFile(
                part, "w", rate, channels=1, format=container, subtype=encoding
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
def _beside(target: Path) -> Iterator[str]:
    target.parent.mkdir(parents=True, exist_ok=True)
    yield str(target.parent)


@contextmanager
def _told_if_full(target: Path) -> Iterator[None]:
    """Say what libsndfile and the system mean when a file cannot be written."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, soundfile.LibsndfileError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        there = next(path for path in target.absolute().parents if path.is_dir())
        if full or shutil.disk_usage(there).free < 2**16:
            reason = "the disk is full"
        raise VoxError(f"{target}: cannot be written: {reason}; nothing was left there") from error
