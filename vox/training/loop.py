"""Training from its first iteration, or from where it was interrupted, to its last."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout

from vox import threads
from vox.corpus import Corpus
from vox.corpus.windows import Windows
from vox.definition import Experiment, Profile, RunSettings
from vox.device import PeakMemory, pick_device
from vox.errors import VoxError
from vox.files import sweep
from vox.names import listed
from vox.progress import bar
from vox.runs import Run, Spec, checkpoint
from vox.runs.description import describe
from vox.training import further
from vox.training.interruption import interruption
from vox.training.processes import Processes, joined
from vox.training.recorder import Recorder, told_of
from vox.training.state import Training

FLUSH_SECONDS = 2.0  # how often losses leave the device, are checked and written
CHECKPOINT_SHARE = 0.05  # checkpoints take at most this share of the time
SHOWN = {
    "rec": "reconstruction", "cls": "classification", "w": "critic_wasserstein",
    "acc": "accuracy_speaker",
}  # fmt: skip
"""Losses in the progress bar."""


class Interrupted(KeyboardInterrupt):
    """Training was interrupted and left a checkpoint; its message says how to go on."""


def train(
    e: Experiment,
    corpus: Corpus,
    device: str = "auto",
    profile: Profile = "auto",
    seed: int = 0,
    directory: str | Path = "runs",
    *,
    checkpoint_seconds: float = 60.0,
    **own: Any,
) -> Run:
    """Train an experiment, or go on where it was interrupted, or return what is there already.

    A run's folder is named by everything that would change its result, so the same call after an
    interruption resumes, and after the end returns at once. The number of processes is not in the
    name, though batch normalisation sees each one's share alone, and where labels are missing each
    share weighs its own (`vox.training.processes`): any number of them can go on with a run, and
    its provenance tells the largest.

    Parameters
    ----------
    e
        The experiment; fields of it that you changed win over the profile.
    corpus
        What to train on.
    device
        ``"auto"``, or a name that torch knows.
    profile
        ``"page"``, ``"hours"``, ``"demo"`` or ``"auto"``, as for `vox.Experiment.at`.
    seed
        Of every draw, 0 or more.
    directory
        Where runs are kept.
    checkpoint_seconds
        Time between checkpoints; longer where writing one takes over a twentieth of it.
    own
        Fields of the experiment to set, such as ``epochs=5``; None means as the profile says.

    Returns
    -------
    Run

    Raises
    ------
    VoxError
        No recording gives a window, another process trains the same run, a loss is not finite,
        or the folder cannot be written.
    KeyboardInterrupt
        Ctrl-C (or SIGTERM); a checkpoint was written first.
    """
    RunSettings(profile=profile, device=device, seed=seed, directory=str(directory))  # checks them
    where = pick_device(device)
    e = e.at(profile, cuda=where.type == "cuda", **own)
    if not e.networks:
        raise VoxError(f"{e.id} trains nothing; its notebook computes what there is")
    e.check()
    threads.share()
    windows = e.representation.windows(corpus, seed=seed, device=where)
    _check_classes(e, windows)
    spec = Spec(e, corpus.labels, corpus.fingerprint, seed, where.type)
    return run_to_its_end(
        lambda: Training(e, windows, corpus.labels, where), spec, corpus, where, directory,
        checkpoint_seconds,
    )  # fmt: skip


def run_to_its_end(
    begin: Callable[[], Training],
    spec: Spec,
    corpus: Corpus,
    device: torch.device,
    directory: str | Path,
    checkpoint_seconds: float,
) -> Run:
    """Take the iterations of a run that are left; errors and interruptions as for `train`.

    Parameters
    ----------
    begin
        Returns the training before its first iteration.
    spec, corpus
        What is trained, and on what.
    device
        Where: of several of a kind, one.
    directory, checkpoint_seconds
        As for `train`.
    """
    e, folder = spec.experiment, spec.folder(directory)
    memory = PeakMemory(device)  # of this run alone, not of what ran before it
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with joined(device) as processes, _locked(folder, processes):
            training = begin()
            processes.share(e.scale.batch_size)  # says so where it cannot be shared
            if processes.writes:
                sweep(folder)
                further.begin(spec, folder, training.windows, _say)
            _iterate(training, spec, corpus, folder, memory, checkpoint_seconds)
            processes.any(False)  # nobody leaves before everything is written
    except OSError as error:
        raise VoxError(f"{folder}: cannot be written: {error.strerror or error}") from error
    return Run(folder)


def _check_classes(e: Experiment, windows: Windows) -> None:
    """Say of which classes there is nothing to learn, and refuse where there are not even two."""
    untrained, groups = windows.untrained(), windows.corpus.labels.groups
    trained = [len(g.classes) - len(untrained.get(g.name, ())) for g in groups]
    if max(trained) < 2 and (e.objective.converts or e.objective.classifies):
        had = ", ".join(f"{n} {g.name}" for n, g in zip(trained, groups, strict=True))
        raise VoxError(
            f"{windows.corpus.name}: {e.id} needs recordings of two speakers or more to train on, "
            f"or two classes of another group, and there is {had}"
        )
    if os.environ.get("RANK", "0") == "0":
        for group, names in untrained.items():
            _say(f"nothing to train on of {len(names)} {group}: {listed(names)}")


@contextmanager
def _locked(folder: Path, processes: Processes) -> Iterator[None]:
    """Keep other runs out of the folder; the others wait for the one that holds the lock."""
    lock = FileLock(folder / "lock")
    free = True
    if processes.writes:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            free = False
    if not processes.from_writer(free):
        raise VoxError(f"{folder}: another process is training this run")
    try:
        yield
    finally:
        lock.release()


def _iterate(
    training: Training, spec: Spec, corpus: Corpus, folder: Path, memory: PeakMemory,
    checkpoint_seconds: float,
) -> None:  # fmt: skip
    """Take the iterations that are left, unless a signal comes between."""
    processes = training.processes
    recorder: Recorder | None = None
    # on the CPU: what the writer sends must not land on its own device in every process
    cpu = torch.device("cpu")
    state = processes.from_writer(
        checkpoint.latest(folder, cpu, _say) if processes.writes else None
    )
    if state is not None:
        with checkpoint.fitting(folder):
            training.load(state)
    else:
        if processes.writes and folder.joinpath("losses.csv").exists():
            _say(f"{folder} has losses and no whole checkpoint; training starts from the beginning")
        training.prepare()
    if not training.total and processes.writes and state is None:  # counted, and nothing trained
        recorder = Recorder(training, spec, corpus, folder, memory)
        recorder.save()
        recorder.writer.wait()
        return
    if processes.writes:
        checkpoint.prune(folder)
    del state
    if training.iteration >= training.total:
        if not processes.writes:
            return
        try:
            Run(folder)
        except VoxError:  # killed between its last checkpoint and its description, or damaged
            told = told_of(training, corpus, memory)
            describe(folder, spec, corpus, told, training.implied, training.untrained)
        return
    if processes.writes:
        if not training.iteration:
            for sentence in training.too_little():
                _say(sentence)
        recorder = Recorder(training, spec, corpus, folder, memory)
    title = f"{training.e.id} on {training.device.type}"
    with (
        interruption() as interrupted,
        bar(
            training.total, unit="it", title=title, done=training.iteration, shown=processes.writes
        ) as progress,
    ):
        flushed = saved = began = time.monotonic()
        pause, before = checkpoint_seconds, training.seconds
        while training.iteration < training.total and not processes.any(bool(interrupted)):
            epoch = training.epoch
            terms = training.advance()
            if recorder is None:
                continue
            recorder.note(epoch, terms)
            now = time.monotonic()
            training.seconds = before + now - began
            if now - flushed > FLUSH_SECONDS:
                latest, flushed = recorder.flush(), now
                shown = {s: f"{latest[name]:.3g}" for s, name in SHOWN.items() if name in latest}
                progress.set_postfix(shown, refresh=False)
            if now - saved > pause:
                recorder.save()
                saved = time.monotonic()
                pause = max(checkpoint_seconds, (saved - now) / CHECKPOINT_SHARE)
            progress.update()
        if recorder is not None:
            recorder.save()
            recorder.writer.wait()
    if training.iteration < training.total:
        raise Interrupted(
            f"stopped at iteration {training.iteration} of {training.total} with a checkpoint in "
            f"{folder}; the same call goes on from there"
        )


def _say(message: str) -> None:
    print(f"vox: {message}", file=sys.stderr)
