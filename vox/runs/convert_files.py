"""Converting sound files: one, a folder of them, or a pipe, without leaving half a file behind."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from vox.audio import FORMATS, AudioError, Pcm, Resampler, opened, pieces
from vox.corpus.recording import Problem
from vox.errors import VoxError
from vox.progress import bar
from vox.representation.adjustment import AS_TRAINED, Adjustment
from vox.representation.base import unchanged
from vox.runs.batch import How, converted, tell
from vox.runs.run import Run

PIPE = Path("-")
WAVS = ("WAV", "WAVEX", "RF64")


def convert_files(
    run: Run,
    source: Path,
    target: Path,
    labels: Mapping[str, str | None],
    *,
    force: bool = False,
    resume: bool = False,
    iterations: int = 60,
    wanted: Adjustment = AS_TRAINED,
    jobs: int = 1,
    table: Path | None = None,
) -> tuple[list[Path], list[Problem]]:
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
    labels
        Class names by group, as for `vox.runs.Run.index`.
    force
        Overwrite what exists.
    resume
        Leave what exists, and convert the rest.
    iterations
        Of Griffin-Lim.
    wanted
        Strength, pitch and formant.
    jobs
        Processes that convert the files of a folder.
    table
        A CSV file that gets a line for each sound when it is done: of whatever call, so that it is
        whole after an interruption and ``resume``.

    Returns
    -------
    written : list of pathlib.Path
    problems : list of vox.corpus.Problem
        Files of a folder that could not be converted, each with its reason.

    Raises
    ------
    VoxError
        Nothing to convert, no such label, a file that exists, a suffix that cannot be written, a
        full disk. Whatever happens, no half file is left.
    """
    run.target(**labels)  # says so before anything is read
    run.experiment.representation.adjusted(unchanged, wanted)  # and this too
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
        if other.suffix.lower() not in FORMATS:
            known = ", ".join(sorted(FORMATS))
            raise VoxError(f"{other}: no sound format has that suffix; known are {known}")
    if jobs < 1:
        raise VoxError(f"jobs must be 1 or more, not {jobs}")
    written: list[Path] = []
    problems: list[Problem] = []
    how = How(labels, iterations, wanted)
    for (one, other), done in zip(
        pairs, converted(_convert_file, run, pairs, how, jobs), strict=True
    ):
        if table:
            tell(table, one, other, labels, done)
        if done.problem is None:
            written.append(other)
        elif source.is_dir():
            problems.append(Problem(str(one), done.problem.removeprefix(f"{one}: ")))
        else:
            raise VoxError(done.problem)
    return written, problems


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
        if file.suffix.lower() in FORMATS and target.resolve() not in file.resolve().parents
    ]
    if not found:
        raise VoxError(f"{source}: no sound files in it")
    return [(source / file, target / file) for file in found]


def _convert_file(run: Run, source: Path, target: Path, how: How, title: str | None) -> float:
    """Convert a file, under a progress bar if it has a title, and return its seconds."""
    rate = run.experiment.representation.sample_rate
    with _seekable(source) as path:
        with opened(path) as file:
            frames, native = file.frames, file.samplerate
            held, subtype = "WAV" if file.format in WAVS else file.format, file.subtype
        container, encoding = FORMATS.get(target.suffix.lower(), ("WAV", None))
        if encoding is None and container == held:
            encoding = subtype  # what was 24 bits or floating point stays so
        if encoding is None or not soundfile.check_format(container, encoding):
            encoding = soundfile.default_subtype(container)
        sound = run.convert_pieces(
            pieces(path, rate), iterations=how.iterations, wanted=how.wanted, **how.labels
        )
        with (
            _whole(target, container, encoding, native) as out,
            bar(
                round(frames / native), unit="s", title=title or "", shown=title is not None
            ) as progress,
        ):
            for pcm in _at_rate(sound, rate, native, frames):
                _write(out, pcm)
                progress.update(out.frames // native - progress.n)
            return out.frames / native


def _write(out: soundfile.SoundFile, pcm: Pcm) -> None:
    try:
        out.write(pcm)
    except AssertionError as error:  # soundfile's way of saying so
        raise OSError("not all samples were written") from error


def _at_rate(sound: Iterator[Pcm], from_rate: int, to_rate: int, samples: int) -> Iterator[Pcm]:
    """Change the rate of a sound and give it exactly so many samples."""
    change, left = Resampler(from_rate, to_rate), samples
    for pcm in sound:
        part = change(pcm)[:left]
        left -= len(part)
        yield part
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
def _whole(target: Path, container: str, encoding: str, rate: int) -> Iterator[soundfile.SoundFile]:
    """Write a whole sound file or none: it takes its name when it is complete."""
    with (
        _told_if_full(target),
        tempfile.TemporaryDirectory() if target == PIPE else _beside(target) as folder,
    ):
        part = Path(folder) / f".{target.name}.{os.getpid()}.part"
        try:
            part.touch()  # the system says better than libsndfile why it cannot be written
            try:
                out = soundfile.SoundFile(
                    part, "w", rate, channels=1, format=container, subtype=encoding
                )
            except soundfile.LibsndfileError as error:
                if shutil.disk_usage(folder).free < 2**16:
                    raise
                raise VoxError(
                    f"{target}: {container} with {encoding} cannot hold {rate} Hz "
                    f"({str(error).rpartition(': ')[2].rstrip('.')}); try .wav or .flac"
                ) from error
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
