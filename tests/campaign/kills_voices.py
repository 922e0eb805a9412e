"""Kills of what trained voices do: conversion, by several processes too, and adaptation."""

from __future__ import annotations

import csv
import io
import os
import sys
from functools import cache, partial
from pathlib import Path
from random import Random

import numpy as np
import soundfile
from harness import Verdict
from kills import killed
from workshop import HOME, adapt, adapted_run, corpus_folder, difference, run_folder, speak

from vox.cli import main


def convert(draw: Random, folder: Path) -> Verdict:
    """Conversion of a file, or of a folder that goes on with ``--resume``."""
    words = ["--run", str(run_folder()), "--speaker", "bob", "-o"]
    if draw.random() < 0.5:
        suffix = draw.choice(("wav", "flac", "ogg"))
        target, source = folder / f"out.{suffix}", corpus_folder() / "ada" / "0.wav"
        first = partial(main, ["convert", str(source), *words, str(target)])
        again = partial(main, ["convert", str(source), *words, str(target), "--force"])
        pairs = {target: suffix}
    else:
        source = speak(HOME / "convert", 2)
        first = partial(main, ["convert", str(source), *words, str(folder / "out")])
        again = partial(main, ["convert", str(source), *words, str(folder / "out"), "--resume"])
        pairs = {
            folder / "out" / s / f"{i}.wav": f"{s}/{i}" for s in ("ada", "bob") for i in (0, 1)
        }
    other = isinstance(next(iter(pairs.values())), str) and len(pairs) > 1

    def finished() -> int:
        if not other or not all(path.exists() for path in pairs):
            return again()
        return 0  # a folder in which everything is there

    def differs() -> str:
        for target, name in pairs.items():
            if not target.is_file():
                return f"{target.name} is not there"
            if not np.array_equal(soundfile.read(target)[0], _whole_conversion(name)):
                return f"{target.name} is not what an uninterrupted conversion gives"
        return ""

    what = "conversion of a folder" if other else "conversion of a file"
    return killed(draw, folder, first, finished, differs, events=12 if other else 4, seconds=0.5,
                  what=what)  # fmt: skip


def jobs(draw: Random, folder: Path) -> Verdict:
    """Conversion of a folder by two processes, with a table, that goes on with ``--resume``."""
    source, target, table = speak(HOME / "convert", 2), folder / "out", folder / "t.csv"
    words = ["--run", str(run_folder()), "--speaker", "bob", "--jobs", "2", "--table", str(table)]
    work = partial(main, ["convert", str(source), "-o", str(target), *words, "--resume"])
    names = [f"{s}/{i}" for s in ("ada", "bob") for i in (0, 1)]

    def differs() -> str:
        with open(table, newline="", encoding="utf-8") as file:
            told = sorted(row["output"] for row in csv.DictReader(file))
        if told != [str(target / f"{name}.wav") for name in names]:
            return f"the table tells of {told}"
        for name in names:
            if not np.array_equal(soundfile.read(f"{target}/{name}.wav")[0],
                                  _whole_conversion(name)):  # fmt: skip
                return f"{name} is not what an uninterrupted conversion gives"
        return ""

    return killed(draw, folder, work, work, differs, events=8, seconds=8.0, what="two jobs")


def adaptation(draw: Random, folder: Path) -> Verdict:
    """New speakers for a trained converter, with a checkpoint at every iteration."""
    directory = folder / "runs"
    work = partial(adapt, directory)

    def differs() -> str:
        (made,) = [path for path in directory.iterdir() if path.is_dir()]
        return difference(made, adapted_run())

    return killed(draw, folder, work, work, differs, events=60, seconds=2.0, what="adaptation")


@cache
def _whole_conversion(name: str) -> np.ndarray:
    """Samples, since each Ogg file has a serial number of its own."""
    source = HOME / "convert" / f"{name}.wav" if "/" in name else corpus_folder() / "ada" / "0.wav"
    target = HOME / f"whole.{name}" if "/" not in name else HOME / f"whole-{name[:3]}{name[-1]}.wav"
    words = ["--run", str(run_folder()), "--speaker", "bob", "--force"]
    pid = os.fork()
    if not pid:
        sys.stdout = io.StringIO()
        os._exit(main(["convert", str(source), "-o", str(target), *words]))
    os.waitpid(pid, 0)
    return soundfile.read(target)[0]
