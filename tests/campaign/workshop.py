"""What the harnesses break: tiny corpora, a tiny experiment, and runs of a second."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import torch

import vox
from vox.runs import Run, checkpoint

HOME = Path(tempfile.mkdtemp(prefix="campaign-workshop-"))
OWNER = os.getpid()  # and not a fork of it
atexit.register(lambda: os.getpid() == OWNER and shutil.rmtree(HOME))
os.environ["VOX_CACHE"] = str(HOME / "cache")
os.environ.setdefault("MPLBACKEND", "agg")
torch.set_num_threads(1)  # a process that has threads cannot be forked safely

SPEAKERS = {"ada": 220, "bob": 110}
SECONDS = 1.2


def tone(frequency: float, seconds: float = SECONDS, rate: int = 16_000) -> np.ndarray:
    """A tone with a slow swell, float32 of shape ``(time,)``."""
    t = np.arange(round(seconds * rate)) / rate
    wave = 0.3 * np.sin(2 * np.pi * frequency * t) * (0.6 + 0.4 * np.sin(4 * np.pi * t))
    return wave.astype(np.float32)


def speak(folder: Path, each: int = 2, speakers: Sequence[str] = tuple(SPEAKERS)) -> Path:
    """Write some recordings of each speaker into a folder named so."""
    for speaker in speakers:
        (folder / speaker).mkdir(parents=True, exist_ok=True)
        for i in range(each):
            pcm = tone(SPEAKERS.get(speaker, 160) * (1 + 0.1 * i))
            soundfile.write(folder / speaker / f"{i}.wav", pcm, 16_000)
    return folder


@cache
def corpus_folder() -> Path:
    """A folder of two speakers with three recordings each, all for training."""
    folder = speak(HOME / "corpus", 3)
    rows = [f"{s}/{i}.wav,{s},train" for s in SPEAKERS for i in range(3)]
    (folder / "metadata.csv").write_text("\n".join(["file_name,speaker,split", *rows]))
    return folder


def experiment(epochs: float = 2) -> vox.Experiment:
    """cfcefd21, so narrow that an iteration takes a moment."""
    e = vox.experiment("cfcefd21")
    return e.replace(width=1 / 32, batch_size=2, epochs=epochs, learning_rate=1e-3)


def train(directory: Path, *, corpus: Path | None = None, often: bool = True) -> Run:
    """Train it, with a checkpoint at every iteration."""
    return vox.train(
        experiment(), vox.load_corpus(corpus or corpus_folder()), "cpu", "page",
        directory=directory, checkpoint_seconds=0.0 if often else 60.0,
    )  # fmt: skip


@cache
def run_folder() -> Path:
    """A finished run with its last two checkpoints."""
    return train(HOME / "runs").folder


@cache
def converter() -> Run:
    """A finished run of a converter that can be adapted."""
    e = vox.experiment("3cd41fe0").replace(width=1 / 16, batch_size=2, epochs=1)
    return vox.train(e, vox.load_corpus(corpus_folder()), "cpu", "page", directory=HOME / "runs")


def adapt(directory: Path) -> None:
    """Teach it two speakers, with a checkpoint at every iteration."""
    from vox.training import adapt

    corpus = vox.load_corpus(speak(HOME / "new", 2, ("cyd", "dot")))
    adapt(converter(), corpus, "cpu", directory=directory, iterations=4, checkpoint_seconds=0.0)


@cache
def adapted_run() -> Path:
    """What comes of that undisturbed."""
    adapt(HOME / "adapted")
    (made,) = (HOME / "adapted").iterdir()
    return made


def copied_run(folder: Path) -> Path:
    """Copy it into ``folder/runs``."""
    return Path(shutil.copytree(run_folder(), folder / "runs" / run_folder().name))


def difference(one: Path, other: Path) -> str:
    """Say in what two runs differ: weights or losses; empty where they are equal to the bit."""
    states = [checkpoint.latest(folder, torch.device("cpu")) for folder in (one, other)]
    if None in states:
        return "no checkpoint"
    a, b = (dict(_tensors("", state)) for state in states)
    if a.keys() != b.keys():
        return f"the states hold {sorted(a.keys() ^ b.keys())[:3]}"
    unequal = [name for name in a if not torch.equal(a[name], b[name])]
    if unequal:
        return f"unequal: {', '.join(unequal[:3])}"
    if (one / "losses.csv").read_bytes() != (other / "losses.csv").read_bytes():
        return "the losses differ"
    return ""


def _tensors(name: str, value: object) -> Iterator[tuple[str, torch.Tensor]]:
    if isinstance(value, torch.Tensor):
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _tensors(f"{name}.{key}", inner)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _tensors(f"{name}.{i}", inner)


def warm() -> None:
    """Import, by using it once, what cases use, so that they do not each import it anew."""
    import contextlib
    import io

    from vox.cli import main

    with contextlib.suppress(ImportError):
        import lhotse.cut  # noqa: F401
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        main(["corpus", str(corpus_folder())])
        target = ["-o", str(HOME / "out.wav"), "--run", str(run_folder()), "--speaker", "bob"]
        main(["convert", str(corpus_folder() / "ada" / "0.wav"), *target])
