"""A corpus of many hours and 1421 speakers through store and windows.

Each figure is taken in a process of its own: ``python -m benchmarks.scale FOLDER``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

import vox
from vox.progress import bar

HOURS = (2, 10, 20)
SPEAKERS = 1421
SECONDS = 5.0
RATE = 16_000
WINDOWS = 5000  # drawn to find the throughput
LIMIT = 60.0  # seconds after which fewer have to do


def synthesise(folder: Path, hours: float, speakers: int = SPEAKERS) -> None:
    """Write recordings of five seconds in a folder a speaker: harmonics that swell, and noise."""
    count = round(hours * 3600 / SECONDS)
    t = np.arange(round(SECONDS * RATE)) / RATE
    draw = np.random.default_rng(0)
    noise = draw.normal(0, 0.02, len(t))
    shapes = [sum(np.sin(2 * np.pi * f * k * t) / k for k in range(1, 6)) for f in (90, 130, 190)]
    with bar(count, unit="file", title=f"making {hours} h") as progress:
        for i in range(count):
            swell = 0.5 + 0.5 * np.sin(2 * np.pi * (0.5 + i % 7 / 4) * t)
            pcm = 0.2 * swell * np.roll(shapes[i % 3], i) + np.roll(noise, 31 * i)
            path = folder / f"speaker-{i % speakers:04d}" / f"{i:06d}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, pcm.astype(np.float32), RATE, subtype="PCM_16")
            progress.update()


def link_first(source: Path, folder: Path, hours: float) -> None:
    """Make a folder of the first so many hours of another, of the same files."""
    for path in source.glob("*/*.wav"):
        if int(path.stem) < round(hours * 3600 / SECONDS):
            target = folder / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target)


def resident() -> dict[str, int]:
    """Return the resident memory of this process, its own and that of mapped files, in bytes."""
    lines = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    found = {
        line[0].rstrip(":"): int(line[1]) * 1024 for line in lines if line[0].startswith("Rss")
    }
    return {"own": found["RssAnon"], "mapped": found["RssFile"]}


def look(folder: Path) -> dict[str, float]:
    """Load a corpus and draw windows, as training does."""
    e = vox.experiment("cfcefd21")
    before = resident()
    began = time.perf_counter()
    corpus = vox.load_corpus(folder)
    windows = e.representation.windows(corpus)
    started = time.perf_counter() - began
    size, drawn = 5, 0
    began = time.perf_counter()
    while drawn < WINDOWS and time.perf_counter() - began < LIMIT:
        pcm, _ = windows.batch(0, drawn // size, size)
        e.representation.images(pcm)
        drawn += size
    spent = time.perf_counter() - began
    after = resident()
    return {
        "recordings": len(corpus.recordings),
        "speakers": len(corpus.labels.groups[0].classes),
        "start": started,
        "windows_per_second": drawn / spent,
        "own": after["own"] - before["own"],
        "mapped": after["mapped"] - before["mapped"],
    }


def measure(hours: tuple[float, ...] = HOURS, speakers: int = SPEAKERS) -> list[dict[str, float]]:
    """Return a row for each size: the first time, when it is decoded, and the second time."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        synthesise(base / "all", max(hours), speakers)
        for each in hours:
            folder = base / f"{each}"
            link_first(base / "all", folder, each)
            environment = {**os.environ, "VOX_CACHE": str(base / f"cache-{each}")}
            command = [sys.executable, "-m", "benchmarks.scale", str(folder)]
            first, second = (
                json.loads(
                    subprocess.run(
                        command, env=environment, check=True, stdout=subprocess.PIPE, text=True
                    ).stdout
                )
                for _ in range(2)
            )
            rows.append({**second, "hours": each, "first_start": first["start"]})
    return rows


if __name__ == "__main__":
    print(json.dumps(look(Path(sys.argv[1]))))
