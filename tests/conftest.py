"""What tests share: a cache of their own, tiny corpora, a tiny experiment, the site."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from sites import break_a_copy, mkdocs

import vox

FIRST = (
    "test_browser", "test_site", "test_notebooks", "test_record", "test_scores", "test_train",
    "test_processes", "test_ceiling", "test_outputs", "test_judges", "test_benchmarks",
    "test_convert_files", "test_campaign", "test_iteration", "test_manifests",
)  # fmt: skip
"""Files that take longest: two processes end together if these come first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files come first."""
    ranks = {name: i for i, name in enumerate(FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(FIRST)))  # keeps the order otherwise


def group(nodeid: str) -> str:
    """What one process runs: a file, all of the site, all that is looked at in one notebook."""
    file, _, test = nodeid.partition("::")
    if file.startswith("tests/site/"):
        return "site"
    if file == "tests/test_notebooks.py":
        id = re.search(r"\[([0-9a-f]{8}|explore)\b", test)
        if "becomes_html" in test:
            return f"{file}::cfcefd21"
        return f"{file}::{id[1] if id and 'folder' not in test else test}"
    return file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share the tests out by `group`.

    xdist's own way, the mark ``xdist_group``, writes into a name that pytest 9.2 no longer reads.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    return ByGroup(config, log)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep PCM stores out of the user's cache; notebooks and processes beside inherit it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOX_CACHE", str(folder))
        yield folder


def tone(frequency: float, seconds: float, rate: int = 16_000, level: float = 0.3) -> np.ndarray:
    """A harmonic tone with a slow swell, float32 of shape ``(time,)``."""
    t = np.arange(round(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * k * frequency * t) / k for k in (1, 2, 3))
    return (level * wave * (0.6 + 0.4 * np.sin(2 * np.pi * 2 * t))).astype(np.float32)


def encode(
    path: Path | str, pcm: np.ndarray, rate: int, codec: str, *, format: str | None = None,
    container: dict[str, str] | None = None, bit_rate: int | None = None,
) -> Path:  # fmt: skip
    """Write mono PCM with an encoder of FFmpeg."""
    import av

    with av.open(str(path), "w", format=format, options=container or {}) as file:
        stream = file.add_stream(codec, rate=rate, layout="mono")
        if bit_rate:
            stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(pcm[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        context = stream.codec_context
        to = av.AudioResampler(
            format=context.format or "fltp", layout="mono", rate=rate,
            frame_size=context.frame_size or 1024,
        )  # fmt: skip
        for part in [*to.resample(frame), *to.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return Path(path)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write sounds below a folder: ``write("a/1.wav", pcm, rate)``."""

    def write(name: str, pcm: np.ndarray, rate: int = 16_000, **how: str) -> Path:
        path = tmp_path / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, pcm, rate, **how)
        return path

    return write


@pytest.fixture
def two_speakers(write: Callable[..., Path]) -> vox.Corpus:
    """Two speakers with four recordings each, of 1.5 s, all for training."""
    rows = ["file_name,speaker,sex,split"]
    for speaker, sex, frequency in (("ada", "female", 220), ("bob", "male", 110)):
        for i in range(4):
            name = f"{speaker}/{i}.wav"
            folder = write(name, tone(frequency * (1 + 0.1 * i), 1.5)).parent.parent
            rows.append(f"{name},{speaker},{sex},train")
    (folder / "metadata.csv").write_text("\n".join(rows))
    return vox.load_corpus(folder)


@pytest.fixture
def tiny() -> vox.Experiment:
    """cfcefd21, so narrow that an iteration takes a moment."""
    e = vox.experiment("cfcefd21")
    return e.replace(width=1 / 32, batch_size=2, epochs=2, learning_rate=1e-3)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly: a broken link or anchor fails it."""
    folder = tmp_path_factory.mktemp("site")
    done = mkdocs("build", "--strict", "--site-dir", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def broken_site(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A copy of the site with hostile records and two broken links, and what mkdocs said of it."""
    folder = tmp_path_factory.mktemp("broken")
    break_a_copy(folder)
    return folder / "site", mkdocs("build", "--strict", cwd=folder)
