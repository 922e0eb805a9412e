"""Converting sound files: one, a folder of them, or a pipe, without leaving half a file behind."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from vox.audio import WRITABLE, AudioError, Pcm, Resampler, opened
from vox.audio.sound import Sound
from vox.corpus.recording import Problem
from vox.corpus.walk import sounds_in
from vox.errors import VoxError
from vox.files import sweep, write_atomically
from vox.names import printable
from vox.progress import bar
from vox.representation.adjustment import AS_TRAINED, Adjustment
from vox.representation.base import unchanged
from vox.runs.batch import How, begin, converted, tell
from vox.runs.run import Run
from vox.runs.writing import (
    PIPE,
    UNCLIPPED,
    check_target,
    encodings_of,
    other_encoding,
    told_if_full,
    whole,
    write,
)

LONGEST = 255  # bytes of a file's name
TOLD = ".vox-conversion.json"  # in a folder of conversions: what they were converted to


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
    say: Callable[[str], None] = warnings.warn,
) -> tuple[list[Path], list[Problem]]:
    """Convert a sound file, or each in a folder into a file of the same name in another folder.

    Parameters
    ----------
    run
        Trained, of an experiment that converts.
    source
        A file, a folder, or ``-`` for a sound on standard input. What is a sound in a folder is
        decided as for a corpus (`vox.corpus.walk`).
    target
        A file, a folder if `source` is one, or ``-`` for WAV on standard output. The sound has
        the rate and the length of its source, and one channel; a file's suffix names its format.
        In a folder, what has a suffix that cannot be written becomes ``name.suffix.wav``.
    labels
        Class names by group, as for `vox.runs.Run.index`.
    force
        Overwrite what exists.
    resume
        Leave what exists, and convert the rest; only to what the folder was converted to before.
    iterations
        Of Griffin-Lim.
    wanted
        Strength, pitch and formant.
    jobs
        Processes that convert the files of a folder.
    table
        A CSV file that gets a line for each sound when it is done: of whatever call. With
        ``resume``, also for what an interrupted call converted and could not tell of, so that it
        is whole.
    say
        Is told what was passed over in a folder.

    Returns
    -------
    written : list of pathlib.Path
    problems : list of vox.corpus.Problem
        What of a folder could not be read or converted, each with its reason.

    Raises
    ------
    VoxError
        Nothing to convert, no such label, a file that exists, a suffix that cannot be written,
        a full disk, or a folder to go on with that was converted to something else. Whatever
        happens, no half file is left; those of a killed process are swept away.
    """
    index = run.target(**labels)  # says so before anything is read
    run.experiment.representation.adjusted(unchanged, wanted)  # and this too
    into = {"run": run.folder.name, "target": run.labels.names(index)}
    if wanted != AS_TRAINED:
        into["adjustment"] = asdict(wanted)
    pairs, problems = _pairs(source, target, say)
    if source.is_dir() and resume:
        _check_same(target, into)
    done = []
    if resume:
        done = [pair for pair in pairs if pair[1].exists()]
        pairs = [pair for pair in pairs if not pair[1].exists()]
    existing = [other for _, other in pairs if other != PIPE and other.exists()]
    if existing and not force:
        more = f" (and {len(existing) - 1} more)" if len(existing) > 1 else ""
        raise VoxError(f"{existing[0]}{more}: exists already; --force overwrites it")
    for one, other in pairs:
        check_target(other, one, force=True)
    if jobs < 1:
        raise VoxError(f"jobs must be 1 or more, not {jobs}")
    if table:
        begin(table, done, labels)
    written: list[Path] = []
    for folder in {other.parent for _, other in pairs if other != PIPE}:
        sweep(folder, lambda name: name[0] == "." and Path(name).suffix.lower() in WRITABLE)
    if source.is_dir():
        with told_if_full(target):
            target.mkdir(parents=True, exist_ok=True)
            if _held(target) != into:  # killed later, it must not leave others beside its own
                for _, other in pairs:
                    other.unlink(missing_ok=True)
                write_atomically(target / TOLD, json.dumps(into).encode())
    how = How(labels, iterations, wanted)
    for (one, other), made in zip(
        pairs, converted(_convert_file, run, pairs, how, jobs), strict=True
    ):
        if table:
            tell(table, one, other, labels, made)
        if made.problem is None:
            written.append(other)
            for note in made.notes:
                say(f"note: {Problem(str(one), note)}")
        elif source.is_dir():
            problems.append(Problem(str(one), made.problem.removeprefix(f"{one}: ")))
        else:
            raise VoxError(made.problem)
    return written, problems


def _check_same(folder: Path, into: dict[str, Any]) -> None:
    """Refuse to mix conversions to one target with those to another."""
    before = _held(folder)
    if before and before != into:
        targets = before.get("target")
        named = targets.values() if isinstance(targets, dict) else ["something else"]
        adjusted = before.get("adjustment")
        how = (
            [f"{name} {adjusted[name]}" for name in adjusted] if isinstance(adjusted, dict) else []
        )
        raise VoxError(
            f"{folder}: holds conversions to {printable(', '.join(map(str, named)), 120)} by "
            f"{printable(before.get('run'), 80)}, "
            f"{printable(', '.join(how), 120) or 'as trained'}, "
            "which is not what is asked for now; name another folder, or --force instead of "
            "--resume converts all anew"
        )


def _held(folder: Path) -> dict[str, Any]:
    """Return what a folder's conversions are to, as far as that is known."""
    try:
        told = json.loads((folder / TOLD).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _pairs(
    source: Path, target: Path, say: Callable[[str], None]
) -> tuple[list[tuple[Path, Path]], list[Problem]]:
    """Each sound to read with the file to write, and what cannot be read."""
    if not source.is_dir():
        if target.is_dir():
            raise VoxError(f"{target}: is a folder; name a file, such as {target / 'out.wav'}")
        return [(source, target)], []
    if target == PIPE or target.is_file():
        raise VoxError(f"{target}: a folder goes into a folder, not into a file or a pipe")
    if target.is_dir() and target.samefile(source):
        raise VoxError(f"{target}: is the input itself; name another folder")
    found = sounds_in(source, but=target)
    for note in found.notes:
        say(f"{source}: {note}")
    if not found.files:
        told = "".join(f"\n  {problem}" for problem in found.problems)
        raise VoxError(f"{source}: no sound files in it{':' if told else ''}{told}")
    pairs, taken, problems = [], dict[Path, Path](), list(found.problems)
    for file in map(Path, found.files.values()):
        other = _writable(file)
        if len(os.fsencode(other.name)) > LONGEST:
            why = f"its conversion would be called {other.name}, which is too long for a file"
        elif taken.setdefault(other, file) != file:
            why = f"its conversion would be called {other.name}, as that of {taken[other].name}"
        else:
            pairs.append((source / file, target / other))
            continue
        problems.append(Problem(str(source / file), why))
    return pairs, problems


def _writable(file: Path) -> Path:
    """Name a file of a format that is read and not written as a WAV, beside others of its name."""
    return file if file.suffix.lower() in WRITABLE else file.with_name(f"{file.name}.wav")


def _convert_file(
    run: Run, source: Path, target: Path, how: How, title: str | None
) -> tuple[float, list[str]]:
    """Convert a file, under a progress bar if it has a title; return its seconds, and notes."""
    rate = run.experiment.representation.sample_rate
    with _seekable(source) as path, opened(path) as sound:
        container, encodings = encodings_of(sound, target)
        seconds = None if sound.seconds is None else round(sound.seconds)
        made = run.convert_pieces(
            sound.pieces(rate), iterations=how.iterations, wanted=how.wanted, **how.labels
        )
        with (
            whole(target, container, encodings, sound.sample_rate) as out,
            bar(seconds, unit="s", title=title or "", shown=title is not None) as progress,
        ):
            notes = other_encoding(encodings[0], out)
            clipped, peak = 0, 1.0
            for pcm in _at_rate(made, rate, sound):
                write(out, pcm)
                if pcm.size:
                    clipped += int((np.abs(pcm) > 1).sum())
                    peak = max(peak, float(np.abs(pcm).max()))
                progress.update(out.frames // sound.sample_rate - progress.n)
        if clipped and out.subtype not in UNCLIPPED:
            notes.append(
                f"{clipped} of {sound.samples} samples of its conversion are clipped: they reach "
                f"{20 * math.log10(peak):.1f} dB above full scale; make the sound so much quieter"
            )
        return out.frames / sound.sample_rate, sound.notes + notes


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
        with told_if_full(path), open(path, "wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        try:
            yield path
        except AudioError as error:
            raise AudioError(path.name, error.reason) from error
