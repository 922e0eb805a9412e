"""Kills: whatever a process was at, the same call ends as if nothing had been.

A process is killed before one of the things that it does to files, counted from its beginning
(``sys.addaudithook``), or after a while. It is killed a few times, then the call runs to its end,
and what it leaves must be what an uninterrupted one leaves, with no half file beside it.
"""

from __future__ import annotations

import base64
import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import nbformat
import numpy as np
import soundfile
from harness import FAULT, DamageError, Verdict, isolated, judged, leftovers
from workshop import (
    corpus_folder,
    difference,
    run_folder,
    tone,
    train,
)

import vox

EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree")
MOST = 3  # kills of a case
taken = {"kills": 0}
"""How often something was killed so far; a campaign reads the difference."""


def at_event(number: int, below: Path) -> Callable[[], None]:
    """Return what makes a process kill itself before its `number`-th event on files in a folder."""

    def install() -> None:
        left, place = [number], os.fspath(below)

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            if event not in EVENTS or not any(place in str(a) for a in arguments[:2]):
                return
            if event == "open" and arguments[1] in ("r", "rb"):
                return
            left[0] -= 1
            if left[0] <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)

    return install


def after(seconds: float) -> Callable[[], None]:
    """Return what makes a process kill itself after a while."""

    def install() -> None:
        timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL))
        timer.daemon = True
        timer.start()

    return install


def killed(
    draw: Random,
    folder: Path,
    work: Callable[[], int | None],
    again: Callable[[], int | None],
    differs: Callable[[], str],
    *,
    events: int,
    seconds: float,
    what: str,
) -> Verdict:
    """Kill `work` a few times, let `again` end, and ask `differs` of what it left."""
    done: list[str] = []
    for turn in range(draw.randint(1, MOST)):
        number = draw.randint(1, events)
        by_event = draw.random() < 0.7
        kill = at_event(number, folder) if by_event else after(draw.random() * seconds)
        outcome = isolated(again if turn else work, folder, kill=kill)
        if outcome.status == -signal.SIGKILL and not outcome.hung:
            taken["kills"] += 1
            done.append(f"event {number}" if by_event else "time")
        elif outcome.status:
            return judged(f"{what} after kills at {done}", outcome, folder, statuses=(0,))
        if outcome.left:
            return Verdict(FAULT, f"{what}, kills at {done}", "processes outlive the killed one")
        if not outcome.status:
            break
    verdict = judged(f"{what}, kills at {done}", isolated(again, folder), folder, statuses=(0,))
    if verdict.kind == FAULT:
        return verdict
    why = differs()
    return Verdict(FAULT, verdict.what, why) if why else verdict


def training(draw: Random, folder: Path) -> Verdict:
    """Training, with a checkpoint at every iteration."""
    directory = folder / "runs"

    def work() -> None:
        train(directory)

    def differs() -> str:
        (made,) = [path for path in directory.iterdir() if path.is_dir()]
        many = len(list(made.glob("checkpoint-*")))
        return difference(made, run_folder()) or (f"{many} checkpoints" if many != 2 else "")

    return killed(draw, folder, work, work, differs, events=90, seconds=1.5, what="training")


def store(draw: Random, folder: Path) -> Verdict:
    """The PCM store, the window table and the features of a corpus."""
    id = draw.choice(("cfcefd21", "3bd6b23a"))

    def work() -> None:
        corpus = vox.load_corpus(corpus_folder())
        windows = vox.experiment(id).representation.windows(corpus)
        np.save(folder / "made.npy", windows.batch(0, 0, 4)[0].numpy())

    def differs() -> str:
        made, whole = np.load(folder / "made.npy"), _features(id)
        return "" if np.array_equal(made, whole) else "other windows than without a kill"

    return killed(draw, folder, work, work, differs, events=25, seconds=0.4, what=f"store of {id}")


@cache
def _features(id: str) -> np.ndarray:
    windows = vox.experiment(id).representation.windows(vox.load_corpus(corpus_folder()))
    return windows.batch(0, 0, 4)[0].numpy()


def notebook(version: int) -> nbformat.NotebookNode:
    """An executed notebook with images and a sound, all told by their version."""
    out = io.BytesIO()
    soundfile.write(out, tone(100 * version, 0.1), 16_000, format="FLAC")
    sound = base64.b64encode(out.getvalue()).decode()
    html = f'<audio aria-label="x" src="data:audio/flac;base64,{sound}"></audio>'
    image = base64.b64encode(bytes([version]) * 100).decode()
    book = nbformat.v4.new_notebook(metadata={"vox": {"title": str(version), "record": {}}})
    for i, data in enumerate(({"text/html": html}, {"image/png": image}) * 2):
        output = nbformat.v4.new_output("display_data", data)
        cell = nbformat.v4.new_code_cell("x", id=f"c{i}", outputs=[output])
        book.cells.append(cell)
    return book


def record(draw: Random, folder: Path) -> Verdict:
    """Keeping a record in place of an older: the one or the other is there, with its own media."""
    from vox.records.record import _keep

    path = folder / "records" / "x.ipynb"
    path.parent.mkdir()
    _keep(notebook(1), path)

    def work() -> None:
        _keep(notebook(2), path)

    kill = at_event(number := draw.randint(1, 30), folder)
    outcome = isolated(work, folder, kill=kill)
    what = f"keeping a record, kill at event {number}"
    if outcome.status == -signal.SIGKILL:
        taken["kills"] += 1
    if why := _record_damage(path, (1, 2)):
        return Verdict(FAULT, what, f"after the kill: {why}")
    verdict = judged(what, isolated(work, folder), folder, statuses=(0,))
    why = _record_damage(path, (2,))
    return Verdict(FAULT, what, f"recorded again: {why}") if why else verdict


def _record_damage(path: Path, versions: tuple[int, ...]) -> str:
    """Say what of a record is missing, or of another version than the rest."""
    if not path.is_file():
        return "no record"
    book = nbformat.read(path, as_version=4)
    version = int(book.metadata["vox"]["title"])
    if version not in versions:
        return f"version {version}"
    for medium in book.metadata["vox"]["record"]["media"]:
        file = path.parent / medium["file"]
        if not file.is_file():
            return f"{medium['file']} is missing"
        if file.suffix == ".png" and file.read_bytes()[:1] != bytes([version]):
            return f"{medium['file']} is of another record"
    return ""


CELL = """import sys
sys.path.insert(0, {here!r})
from pathlib import Path
from workshop import train
train(Path({directory!r}), corpus=Path({corpus!r}))"""


def papermill(draw: Random, folder: Path) -> Verdict:
    """A notebook that trains, run by papermill: killed, and run again."""
    here, corpus = str(Path(__file__).parent), shutil.copytree(corpus_folder(), folder / "corpus")
    code = CELL.format(here=here, directory=str(folder / "runs"), corpus=str(corpus))
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "x", "language": "python"}
    nbformat.write(book, folder / "x.ipynb")
    root = str(Path(__file__).parent.parent.parent)
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "papermill", "x.ipynb", "out.ipynb", "--no-progress-bar"]
    done = []
    for _ in range(draw.randint(1, 2)):
        # once it trains: a kill before that is one of the start of Python
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": paths}, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 120
        seen = set(folder.glob("runs/*/checkpoint-*"))
        while process.poll() is None and set(folder.glob("runs/*/checkpoint-*")) == seen:
            if time.monotonic() > deadline:
                process.kill()
                return Verdict(FAULT, "papermill", "it does not begin to train in two minutes")
            time.sleep(0.01)
        time.sleep(draw.random())
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            taken["kills"] += 1
            done.append("time")
        process.wait()
    ended = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": paths}, capture_output=True,
        text=True, timeout=300,
    )  # fmt: skip
    what = f"papermill, kills at {done}"
    if ended.returncode:
        return Verdict(FAULT, what, f"exit status {ended.returncode}: {ended.stderr[-300:]}")
    (made,) = [path for path in (folder / "runs").iterdir() if path.is_dir()]
    left = [name for name in leftovers(folder) if not name.startswith("cache")]
    why = difference(made, run_folder()) or ", ".join(left)
    return Verdict(FAULT, what, why) if why else Verdict("worked", what)


def lost_record(folder: Path) -> None:
    """Raise where what a record names is not there."""
    if why := _record_damage(folder / "records" / "x.ipynb", (1, 2)):
        raise DamageError(why)
