"""Everything that wants a CUDA device, in one call: tests, benchmarks, records at the page's scale.

``python tools/gpu.py --hours 8`` (``make gpu HOURS=8``) runs what is left of it. Records that are
at the page's scale already are left alone, and a training that did not end in time goes on from its
checkpoint at the next call.
"""

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
FIRST = ("cfcefd21", "9ada9179", "47c97768")
ENDING = 120  # seconds that a training has to write its checkpoint


def order(ids):
    """The three that matter most, then the rest as they come."""
    return [*FIRST, *(id for id in ids if id not in FIRST)]


def run(*words, deadline=None):
    """Run a module of Python; interrupt it at the deadline. Return whether it ended well."""
    print("+ python -m", *words, flush=True)
    left = None if deadline is None else max(1.0, deadline - time.monotonic())
    process = subprocess.Popen([sys.executable, "-m", *map(str, words)], cwd=ROOT)
    try:
        return process.wait(left) == 0
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(ENDING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return False
    except KeyboardInterrupt:
        process.wait()
        raise


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0, help="for all of it (%(default)s)")
    given = parser.parse_args()
    began = time.monotonic()
    deadline = began + 3600 * given.hours - ENDING
    import torch

    if not torch.cuda.is_available():
        sys.exit(
            "no CUDA device here: nothing to do (make test, make bench and make run need none)"
        )
    import vox
    from vox import records

    results = ROOT / "benchmarks" / "results"
    # what is quick first; figures that are there already are not taken again
    done = run("pytest", "tests/test_cuda.py", "-q", deadline=deadline)
    if not (results / "cuda.json").exists():
        done &= run("benchmarks", "--device", "cuda", deadline=deadline)
        done &= run("benchmarks.cuda", "--out", results / "cuda-precisions.json", deadline=deadline)
    trained = [e.id for e in vox.experiments() if e.objective.slots]
    where = {"notebooks": ROOT / "notebooks", "records": ROOT / "docs" / "experiments"}
    for id in order(trained):
        path = records.place(id, **where)[1]
        if path.is_file() and records.told(path).get("page_scale"):
            continue
        if time.monotonic() > deadline:
            break
        scale = ("--profile", "page", "--device", "cuda")
        # trained by the command first: the notebook finds the run, and the command can be stopped
        whole = run("vox", "train", id, *scale, deadline=deadline)
        done &= whole and run("vox", "record", id, *scale)
    sys.exit(0 if done else "not all is done: the same call goes on")


if __name__ == "__main__":
    main()
