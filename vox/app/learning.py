"""Teaching voices in a process beside the page: begun, watched, stopped, gone on with."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from vox.audio import AudioError, opened
from vox.corpus.recording import Problem, known
from vox.errors import VoxError
from vox.names import nfc
from vox.runs.writing import told_if_full

RECORDINGS = "recordings"
"""Folder beside the runs that keeps what was dropped, so that learning can be gone on with."""
BAR = re.compile(r"\d%\|.*\[.*\]")
LONGEST = 60  # characters of a voice's name
STEPS = re.compile(r"\b(\d+)/(\d+) \[.*(?:it/s|s/it)\b")  # of training's bar, and no other


def gathered(
    files: Sequence[str], name: str, directory: str | Path = "runs"
) -> tuple[Path, list[Problem]]:
    """Keep recordings of one voice as a corpus, replacing what was kept under its name.

    Parameters
    ----------
    files
        Sound files; those that cannot be read are left out.
    name
        Of the voice.
    directory
        Where runs are kept.

    Returns
    -------
    folder : pathlib.Path
        Of the corpus. The same recordings make the same corpus, with which a run goes on.
    problems : list of vox.corpus.recording.Problem
        What was left out.

    Raises
    ------
    VoxError
        A name that no folder can have, no file, or none that can be read.
    """
    name = nfc(name.strip())
    if not name or len(name) > LONGEST or not name.isprintable() or name[0] == ".":
        raise VoxError("Give the voice a name, of at most 60 letters, that begins with no dot.")
    if set(name) & set('/\\:*?"<>|'):
        raise VoxError(f"The voice's name {name!r} has signs that no folder's name may have.")
    if not known(name):
        raise VoxError(f"{name!r} says that the voice is not known; give it another name.")
    problems, good = [], []
    for path in map(Path, files):
        try:
            with opened(path):
                good.append(path)
        except AudioError as error:
            problems.append(Problem(path.name, error.reason))
    if not good:
        listed = "; ".join(map(str, problems)) or "none was given"
        raise VoxError(f"There is no recording to learn from: {listed}.")
    folder = Path(directory) / RECORDINGS / name
    made, before = (folder.with_name(f".{name}.{what}") for what in ("new", "old"))
    with told_if_full(folder):
        for left in (made, before):  # by one that was killed
            shutil.rmtree(left, ignore_errors=True)
        made.mkdir(parents=True)
        try:
            rows = [("file_name", "speaker", "split")]  # few as they are, none is held out
            for i, path in enumerate(sorted(good, key=lambda path: path.name)):
                kept = f"{i:04}{path.suffix.lower()}"
                shutil.copyfile(path, made / kept)
                rows.append((kept, name, "train"))
            with open(made / "metadata.csv", "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(rows)
            if folder.exists():
                os.replace(folder, before)
            os.replace(made, folder)
        finally:
            for left in (made, before):
                shutil.rmtree(left, ignore_errors=True)
    return folder, problems


class Learning:
    """The one training or adaptation that the page runs, in a process of its own.

    It is the command line's: so it stops after the step that it is in, with a checkpoint, and the
    same call goes on from there.

    Parameters
    ----------
    directory
        Where runs are kept.
    """

    def __init__(self, directory: str | Path = "runs") -> None:
        self.directory = str(directory)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._said: list[str] = []  # lines of standard error but those of the bar
        self._steps = (0, 0)
        self._made = ""
        self._stopped = False

    def adapt(self, run: str, corpus: str | Path, *, iterations: int = 400) -> None:
        """Teach a run the speakers of a corpus; errors as for `begin`."""
        self.begin(
            "adapt", run, "--corpus", str(corpus), "--iterations", str(iterations)
        )  # fmt: skip

    def train(self, corpus: str | Path, *, experiment: str = "3cd41fe0") -> None:
        """Train a converter of a corpus's speakers from the start; errors as for `begin`."""
        self.begin("train", experiment, "--corpus", str(corpus))

    def check_free(self) -> None:
        """Raise a `VoxError` where a voice is being learned."""
        if self.running:
            raise VoxError("A voice is being learned already: stop that first, or wait.")

    def begin(self, *words: str) -> None:
        """Run a command of ``vox`` that trains.

        Raises
        ------
        VoxError
            Another is running.
        """
        with self._lock:
            self.check_free()
            self._said, self._steps, self._made, self._stopped = [], (0, 0), "", False
            self._process = subprocess.Popen(
                [sys.executable, "-m", "vox", *words, "--directory", self.directory],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
                errors="replace", stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            )  # fmt: skip
            for read in (self._read_bar, self._read_result):
                threading.Thread(target=read, args=(self._process,), daemon=True).start()

    def _read_bar(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr
        for line in process.stderr:  # universal newlines: a redrawn bar is a line too
            found = STEPS.search(line)
            if found:
                self._steps = (int(found[1]), int(found[2]))
            elif line.strip() and not BAR.search(line):
                self._said = [*self._said[-20:], line.strip()]

    def _read_result(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            folder, _, rest = line.strip().rpartition(": ")
            if rest.endswith("iterations"):
                self._made = folder

    @property
    def running(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def made(self) -> str:
        """Folder of the run that came of it; empty before its end."""
        return "" if self.running else self._made

    def stop(self) -> None:
        """Ask it to stop with a checkpoint; a process that does not is not waited for."""
        if self._process is not None and self._process.poll() is None:
            self._stopped = True
            self._process.terminate()

    def end(self, seconds: float = 20.0) -> None:
        """Stop it when the page ends, and wait for its checkpoint."""
        self.stop()
        if self._process is not None:
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    @property
    def share(self) -> float | None:
        """How much of it is done, from 0 to 1; None where that is not known."""
        done, total = self._steps
        return done / total if total else None

    @property
    def told(self) -> str:
        """How it stands, in a sentence or two."""
        if self._process is None:
            return "Nothing is being learned."
        done, total = self._steps
        if self.running:
            if self._stopped:
                return "Stopping, with a checkpoint ..."
            if not total:
                return "Getting ready: reading and analysing the recordings ..."
            return f"Learning: {done} of {total} steps ({done / total:.0%})."
        if self._made:
            told = "; ".join(line.removeprefix("vox: ") for line in self._warnings)
            return f"Learned: {Path(self._made).name}." + (f" Mind: {told}." if told else "")
        if self._stopped:
            return (
                "Stopped. The same recordings and settings go on from the last checkpoint: "
                "press the button again."
            )
        return f"It could not be learned: {self._error}"

    @property
    def _error(self) -> str:
        """All lines of what the command said at last; of a traceback the last one."""
        said = self._said
        begun = [i for i, line in enumerate(said) if line.startswith("vox: ")]
        if begun and not any(line.startswith("Traceback") for line in said):
            said = said[begun[-1] :]
        else:
            said = said[-1:]
        return " ".join(said).removeprefix("vox: ") or "the process ended without a word"

    @property
    def _warnings(self) -> list[str]:
        return [line for line in self._said if line.startswith("vox: ")]
