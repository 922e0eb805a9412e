"""Cases in processes of their own, with limits, and what is said of how they ended.

A case is forked from a process that has imported vox already, so that it costs milliseconds. It
has a folder and a cache of its own, a limit on its time and its memory, and ends in one of three
ways: it *worked*, it was *refused* clearly, or there is a *fault*: a traceback, a hang, a limit
reached, a wrong exit status, damage that nobody tells, a file or a process left behind.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from vox.errors import VoxError

SECONDS, MEMORY = 20.0, 2 * 2**30  # of a case, beyond what the process has when it is forked
PATIENCE = 6.0  # by the clock, times the seconds of a core: other programs are busy too
DAMAGE = 70  # exit status of a child that found something wrong itself
LONGEST = 6_000  # characters that a user can be asked to read
WORKED, REFUSED, FAULT = "worked", "refused", "fault"
LIBRARIES = re.compile(r"\[src/lib|libmpg123|mpg123|\[\w+ @ 0x", re.I)  # their own words on stderr


@dataclass(frozen=True)
class Verdict:
    """How a case ended, what was done in it, and why it is a fault."""

    kind: str
    what: str
    why: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of one process."""

    status: int  # negative: the signal that ended it
    out: str
    err: str
    hung: bool = False
    left: bool = False  # processes that outlived it


class DamageError(Exception):
    """What a case finds wrong though nothing complained."""


def isolated(
    work: Callable[[], int | None],
    folder: Path,
    *,
    seconds: float = SECONDS,
    memory: int = MEMORY,
    file_size: int | None = None,
    kill: Callable[[], object] | None = None,
) -> Outcome:
    """Run something in a fork of this process, in `folder`, and wait for it.

    Parameters
    ----------
    work
        Returns an exit status, None for 0; a VoxError is told as the command line tells it.
    folder
        Working folder, with the cache in it.
    seconds, memory, file_size
        Limits: of a core's time (`PATIENCE` times that by the clock), and two in bytes.
    kill
        Called in the child before `work`: whatever shall end it in its midst.
    """
    pipes = [os.pipe(), os.pipe()]  # no files, which a limit on the size of files would cut
    pid = os.fork()
    if not pid:
        _child(work, folder, pipes, seconds, memory, file_size, kill)
    for _, end in pipes:
        os.close(end)
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)
    said = (bytearray(), bytearray())
    status, hung = _wait(pid, seconds * PATIENCE, [begin for begin, _ in pipes], said)
    left = _group_outlives(pid)
    for begin, _ in pipes:
        os.close(begin)
    hung = hung or status == -signal.SIGXCPU
    return Outcome(status, *(part.decode(errors="replace") for part in said), hung, left)


def _child(
    work: Callable[[], int | None],
    folder: Path,
    pipes: list[tuple[int, int]],
    seconds: float,
    memory: int,
    file_size: int | None,
    kill: Callable[[], object] | None,
) -> None:
    status = DAMAGE
    try:
        os.setpgid(0, 0)
        os.environ["VOX_CACHE"] = str(folder / "cache")
        os.chdir(folder)
        for number, (begin, end) in zip((1, 2), pipes, strict=True):
            os.dup2(end, number)
            os.close(begin)
            os.close(end)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdout = open(1, "w", errors="replace", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", errors="replace", closefd=False, buffering=1)  # noqa: SIM115
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_CPU, math.ceil(seconds))
        _limit(resource.RLIMIT_AS, _mapped() + memory)
        if file_size is not None:
            _limit(resource.RLIMIT_FSIZE, file_size)
        if kill:
            kill()
        status = work() or 0
    except VoxError as error:
        print(f"vox: {error}", file=sys.stderr)
        status = 1
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else DAMAGE
    except DamageError as damage:
        print(f"damage: {damage}", file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
        os._exit(status)


def _limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    resource.setrlimit(which, (value, hard))


def _mapped() -> int:
    """Bytes of address space that this process has by now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 4 * 2**30
    return pages * resource.getpagesize()


def _wait(
    pid: int, seconds: float, ends: list[int], said: tuple[bytearray, bytearray]
) -> tuple[int, bool]:
    """Read what a process says until it has ended; return its status, and whether it hung."""
    for end in ends:
        os.set_blocking(end, False)
    deadline, pause = time.monotonic() + seconds, 0.001
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        for end, part in zip(ends, said, strict=True):
            with contextlib.suppress(BlockingIOError):
                while read := os.read(end, 2**16):
                    part += read
        if done:
            return os.waitstatus_to_exitcode(status), False
        if time.monotonic() > deadline:
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
            os.kill(pid, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), True
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)


def _group_outlives(pid: int, seconds: float = 30.0) -> bool:
    """Whether processes of a group live on some seconds after its first ended; they are ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.killpg(pid, 0)
        except OSError:
            return False
        time.sleep(0.02)
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    return True


def judged(what: str, outcome: Outcome, folder: Path, *, statuses: tuple[int, ...] = ()) -> Verdict:
    """Say how a case ended; `statuses` are those it must have one of, if any."""
    why = _fault(outcome, folder)
    if not why and statuses and outcome.status not in statuses:
        why = f"exit status {outcome.status}, not {statuses}: {_last(outcome.err)}"
    if why:
        return Verdict(FAULT, what, why)
    return Verdict(WORKED if outcome.status == 0 else REFUSED, what, _last(outcome.err))


def _fault(outcome: Outcome, folder: Path) -> str:
    err = outcome.err
    if outcome.hung:
        return f"hangs: {_last(err)}"
    if "MemoryError" in err or "can't allocate memory" in err:
        return f"memory limit: {_last(err)}"
    if "Traceback (most recent call last)" in err:
        return f"traceback: {_last(err)}"
    if outcome.status < 0:
        return f"ended by {signal.Signals(-outcome.status).name}"
    if outcome.status == DAMAGE:
        return _last(err)
    if outcome.status not in (0, 1, 2, 130):
        return f"exit status {outcome.status}: {_last(err)}"
    if outcome.status in (1, 2) and not re.search(r"^vox( \w+)?: |^error: ", err, re.I | re.M):
        return f"exit status {outcome.status} without a reason: {_last(err)}"
    if len(err) > LONGEST or len(outcome.out) > LONGEST:
        return f"{len(err)} and {len(outcome.out)} characters are printed"
    if raw := _raw(err + outcome.out):
        return f"raw control characters are printed: {raw!r}"
    if LIBRARIES.search(err):
        return f"a library speaks: {LIBRARIES.search(err)}"
    if outcome.left:
        return "processes outlive the command"
    if left := leftovers(folder):
        return f"left behind: {', '.join(left[:3])}"
    return ""


def leftovers(folder: Path) -> list[str]:
    """Return the half files below a folder."""
    found = []
    for root, folders, files in os.walk(folder):
        found += [os.path.join(root, name) for name in [*files, *folders] if ".part" in name]
    return [os.path.relpath(path, folder) for path in sorted(found)]


def _raw(text: str) -> str:
    odd = {c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\r\t"}
    return "".join(sorted(odd))


def _last(text: str) -> str:
    lines = [line.strip() for line in text.replace("\r", "\n").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "(nothing said)"


@dataclass
class Tally:
    """What came of the cases of one harness."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    faults: list[tuple[int, Verdict]] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def tried(self) -> int:
        """How many cases were run."""
        return sum(self.counts.values())

    def add(self, number: int, verdict: Verdict) -> None:
        """Count a case in."""
        self.counts[verdict.kind] += 1
        if verdict.kind == FAULT:
            self.faults.append((number, verdict))
        elif verdict.kind == REFUSED:
            self.refusals[re.sub(r"[\d/].*", "", verdict.why)[:80]] += 1


Case = Callable[[Random, Path], Verdict]
"""Draws a case, runs it in the folder given, and judges it."""


def campaign(
    name: str, case: Case, count: int, seed: int, first: int = 0, until: float = float("inf")
) -> Tally:
    """Run cases `first` to `first + count` of a harness, or those there is time for.

    Each case is a function of the harness's name, the seed and its number, so that one can be run
    again alone.
    """
    tally, began = Tally(name), time.monotonic()
    for number in range(first, first + count):
        if time.monotonic() > until:
            break
        with tempfile.TemporaryDirectory(prefix=f"campaign-{name.replace(' ', '-')}-") as place:
            folder = Path(place) / "case"
            folder.mkdir()
            try:
                verdict = case(Random(f"{name} {seed} {number}"), folder)
            except DamageError as damage:
                verdict = Verdict(FAULT, "", f"damage: {damage}")
            tally.add(number, verdict)
            _make_removable(folder)
    tally.seconds = time.monotonic() - began
    return tally


def _make_removable(folder: Path) -> None:
    for root, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(root) / name
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
