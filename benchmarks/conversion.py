"""Files converted from end to end: time against their length, and memory.

Each figure is taken in a process of its own: ``python -m benchmarks.conversion RUN IN OUT``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

import vox
from benchmarks.scale import resident
from vox.runs.convert_files import convert_files

IDS = ("cfcefd21", "9ada9179")
MINUTES = (2.0, 20.0, 120.0)


def speech(path: Path, minutes: float) -> None:
    """Write so many minutes of the embedded corpus, over and over."""
    corpus = vox.load_corpus("demo")
    once = np.concatenate([corpus.pcm(recording) for recording in corpus.select("test")])
    left = round(minutes * 60 * corpus.sample_rate)
    with soundfile.SoundFile(path, "w", corpus.sample_rate, 1) as file:
        while left > 0:
            file.write(once[:left])
            left -= len(once)


def convert(folder: Path, source: Path, target: Path) -> dict[str, float]:
    """Convert a file; the network is read before the time is taken."""
    run = vox.Run(folder)
    assert run.generator
    speaker = next(g.classes[0] for g in run.labels.groups if g.name == "speaker")
    began = time.perf_counter()
    convert_files(run, source, target, {"speaker": speaker})
    spent = time.perf_counter() - began
    return {"seconds": spent, "own": resident()["own"], "length": soundfile.info(target).duration}


def measure(
    ids: Sequence[str] = IDS, minutes: Sequence[float] = MINUTES
) -> list[dict[str, float | str]]:
    """Return a row for each experiment and length; the demo's width, trained for a moment."""
    rows: list[dict[str, float | str]] = []
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        for id in ids:
            e, corpus = vox.experiment(id), vox.load_corpus("demo")
            run = vox.train(e, corpus, "cpu", "demo", directory=base / "runs", epochs=0.02)
            for each in minutes if id == ids[0] else minutes[:1]:
                source = base / f"{each}.flac"
                if not source.exists():
                    speech(source, each)
                command = [sys.executable, "-m", "benchmarks.conversion", run.folder, source,
                           base / f"{id}-{each}.flac"]  # fmt: skip
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
                rows.append({"id": id, "minutes": each, **json.loads(done.stdout)})
    return rows


if __name__ == "__main__":
    print(json.dumps(convert(*map(Path, sys.argv[1:]))))
