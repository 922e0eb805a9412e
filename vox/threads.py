"""How many threads compute, and how they wait for each other: chosen once, before torch is loaded.

The threads of one operation wait for its slowest, and GNU's OpenMP, which torch's wheels for Linux
bring along, lets them spin meanwhile: for milliseconds, as it comes. Beside other programs that is
ruin, since a thread spins for one which the system has put aside so that it can spin. So they spin
a thirtieth as long (`SPINS`), which a quiet machine does not feel. And where the system lets our
threads wait for a processor, they give theirs up all but at once until it is quiet again.

The number of threads stays what it was: sums are added up in an order that depends on it, so
losses would differ in their last digits. Spinning changes no digit.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

SPINS = "10000"
"""Spins of a waiting thread before it sleeps (`GOMP_SPINCOUNT`): some tenths of a millisecond."""
CPUS = Path("/sys/devices/system/cpu")
TASKS = Path("/proc/self/task")
PERIOD = 0.5  # seconds between two looks
BUSY, QUIET = 0.2, 0.05  # seconds that our threads waited for a processor, all together, a second
CALM = 6  # looks in a row at a quiet machine, before threads spin again
MOST_SPARE = 4  # pools; more are needed only where few threads use a large machine

_in_time = False
_watched = threading.Lock()
_watcher: threading.Thread | None = None


def choose() -> None:
    """Choose threads and spinning for torch, unless it is loaded; what a user set stays.

    Physical cores, since hyperthreads share what a convolution is bound by. `torchrun` sets one
    thread a process before this is called, and processes started from here inherit the choice.
    """
    global _in_time
    if "torch" in sys.modules:
        return
    _in_time = True
    if cores := physical_cores():
        os.environ.setdefault("OMP_NUM_THREADS", str(cores))
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)


def physical_cores(cpus: Path = CPUS) -> int | None:
    """Return how many cores this process may use, hyperthreads of one counted once.

    None where the system does not say (macOS and Windows, where torch's own choice is good).
    """
    if not hasattr(os, "sched_getaffinity"):
        return None
    cores = set()
    for cpu in os.sched_getaffinity(0):
        try:
            cores.add((cpus / f"cpu{cpu}/topology/thread_siblings_list").read_text())
        except OSError:
            cores.add(str(cpu))
    return len(cores)


def share() -> None:
    """Begin to look whether other programs compete; where training or conversion begins.

    Costs a thread that sleeps. Where torch was loaded too early to be told, it says so, once.
    """
    global _watcher
    with _watched:
        if _watcher is not None:
            return
        if not _in_time and "GOMP_SPINCOUNT" not in os.environ:
            print(
                "vox: torch was loaded before vox, so its threads wait for each other as it came; "
                "import vox first if other programs run beside it",
                file=sys.stderr,
            )
        _watcher = threading.Thread(target=_watch, name="vox-share", daemon=True)
        if os.environ.get("GOMP_SPINCOUNT") == SPINS and TASKS.is_dir():
            _watcher.start()


def _watch() -> None:
    held, before, then = Restraint(), waited(), time.monotonic()
    while True:
        time.sleep(PERIOD)
        after, now = waited(), time.monotonic()
        held.note((after - before) / (now - then))
        before, then = after, now


def waited() -> float:
    """Return the seconds that the threads alive have been ready to run and were not let."""
    total = 0
    for task in TASKS.iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[1])
        except (OSError, IndexError):  # it ended, or the kernel does not count
            continue
    return total / 1e9


class Restraint:
    """Keeps threads from spinning while the machine is busy.

    GNU's OpenMP spins a hundred times at most while it has more threads than there are processors
    (libgomp's manual, GOMP_SPINCOUNT). So threads are kept that do nothing but be there.

    Parameters
    ----------
    hold
        Keeps them, until what it returns is called.
    """

    def __init__(self, hold: Callable[[], Callable[[], None]] | None = None) -> None:
        self._hold = hold or spare_threads
        self._release: Callable[[], None] | None = None
        self._calm = 0

    @property
    def on(self) -> bool:
        """Whether threads are kept from spinning."""
        return self._release is not None

    def note(self, share: float) -> None:
        """Take note of the seconds that our threads waited for a processor in a second."""
        if share > BUSY and self._release is None:
            self._release = self._hold()
        self._calm = self._calm + 1 if share < QUIET else 0
        if self._calm >= CALM and self._release is not None:
            self._release()
            self._release = None


def spare_threads() -> Callable[[], None]:
    """Keep threads of OpenMP beside those that compute, until what is returned is called."""
    import torch

    own = torch.get_num_threads()
    there = len(os.sched_getaffinity(0))
    pools = (there - own) // (own - 1) + 1 if own > 1 else 0
    if not 0 < pools <= MOST_SPARE:
        return lambda: None
    end = threading.Event()

    def pool() -> None:
        # an operation large enough for all of them, whose pool then stays
        torch.zeros(own * 2**16).add_(1)
        end.wait()

    threads = [threading.Thread(target=pool, daemon=True) for _ in range(pools)]
    for thread in threads:
        thread.start()

    def release() -> None:
        end.set()
        for thread in threads:
            thread.join()

    return release
