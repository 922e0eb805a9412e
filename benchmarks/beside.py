"""An iteration of the demo beside other programs, which keep a processor each busy.

Each figure is taken in a process of its own: ``python -m benchmarks.beside COMPETITORS``, with
``AS_IT_COMES`` if torch is loaded before `vox` can choose how its threads wait.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

if "AS_IT_COMES" in sys.argv:
    pass

import vox
from vox import threads

COMPETITORS = (0, 2, 10)
SETTLING = 3.0  # seconds: by then our threads have noticed
LONGEST = 20.0  # seconds a figure, and one iteration at least
CHOSEN = ("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
SETTINGS: dict[str, tuple[dict[str, str], list[str]]] = {
    "torch's own": ({}, ["AS_IT_COMES"]),
    "vox's": ({}, []),
    "one thread": ({"OMP_NUM_THREADS": "1"}, []),
    "never spinning": ({"OMP_WAIT_POLICY": "PASSIVE"}, []),
}
"""Variables and arguments of the process, by name."""


@contextmanager
def competitors(count: int) -> Iterator[None]:
    """Let so many programs compute nothing, each as fast as it can."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def iterations(count: int, turns: int = 10) -> list[float]:
    """Return the seconds of iterations of cfcefd21's demo beside so many competitors."""
    import torch

    from vox.training.state import Training

    if "AS_IT_COMES" not in sys.argv:
        threads.share()
    e, corpus = vox.experiment("cfcefd21").at("demo", cuda=False), vox.load_corpus("demo")
    training = Training(e, e.representation.windows(corpus), corpus.labels, torch.device("cpu"))
    for _ in range(3):
        training.advance()
    taken: list[float] = []
    with competitors(count):
        settled = time.monotonic() + SETTLING
        while time.monotonic() < settled:
            training.advance()
        end = time.monotonic() + LONGEST
        while not taken or (len(taken) < turns and time.monotonic() < end):
            began = time.perf_counter()
            training.advance()
            taken.append(time.perf_counter() - began)
    return taken


def measure(counts: Sequence[int] = COMPETITORS) -> list[dict[str, float | str | list[float]]]:
    """Return a row for each setting, with the median seconds beside each number of competitors."""
    rows: list[dict[str, float | str | list[float]]] = []
    for name, (variables, arguments) in SETTINGS.items():
        kept = {key: value for key, value in os.environ.items() if key not in CHOSEN}
        seconds = []
        for count in counts:
            command = [sys.executable, "-m", "benchmarks.beside", str(count), *arguments]
            done = subprocess.run(
                command, check=True, stdout=subprocess.PIPE, text=True, env=kept | variables
            )
            seconds.append(statistics.median(map(float, done.stdout.split())))
        rows.append({"setting": name, "seconds": seconds})
    return rows


if __name__ == "__main__":
    print(*iterations(int(sys.argv[1])))
