"""Sound as samples: reading any file, changing its rate, levels.

PCM is mono float32 at the rate its function names; full scale is [-1, 1].
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from vox.errors import VoxError

Pcm = npt.NDArray[np.float32]
FORMATS: dict[str, tuple[str, str | None]] = {
    **{f".{name.lower()}": (name, None) for name in soundfile.available_formats() if name != "RAW"},
    ".aif": ("AIFF", None), ".aifc": ("AIFF", None), ".oga": ("OGG", None),
    ".opus": ("OGG", "OPUS"), ".snd": ("AU", None),
}  # fmt: skip
"""What libsndfile reads and writes, by suffix: container, and encoding if it is not the usual one.
Headerless .raw says neither its rate nor its format, and is left out."""


class AudioError(VoxError):
    """A file that is no usable sound; ``reason`` says why without naming the file."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason


def read(path: str | Path, sample_rate: int) -> Pcm:
    """Read a sound file as mono PCM at `sample_rate`.

    Parameters
    ----------
    path
        A file of any format, rate and channel count that libsndfile reads.
    sample_rate
        The rate wanted, in Hz; channels are averaged and the result is resampled with soxr.

    Returns
    -------
    numpy.ndarray
        Samples, shape ``(time,)``, float32. Files with floating-point samples may pass [-1, 1].

    Raises
    ------
    AudioError
        The file is missing, not audio, truncated, empty, or holds NaN or infinite samples.
    """
    with opened(path) as file:
        native = file.samplerate
        held = list(_blocks(path, file, native * 60))
    samples = np.concatenate(held) if held else np.zeros((0, 1), np.float32)
    return mono(path, samples, native, sample_rate)


def pieces(path: str | Path, sample_rate: int, *, seconds: float = 10.0) -> Iterator[Pcm]:
    """Read a sound file as `read` does, a piece at a time, in memory that stays flat.

    Parameters
    ----------
    path, sample_rate
        As for `read`.
    seconds
        In a piece.

    Yields
    ------
    numpy.ndarray
        Samples, shape ``(time,)``, float32.

    Raises
    ------
    AudioError
        As `read` does; damage deep in a file shows only when it is reached.
    """
    with opened(path) as file:
        native, at = file.samplerate, 0
        change = Resampler(native, sample_rate)
        for block in _blocks(path, file, int(seconds * native)):
            _check_finite(path, block, at, native)
            at += len(block)
            yield change(block.mean(axis=1))
        if not at:
            raise AudioError(path, "empty, no samples")
        yield change(np.zeros(0, np.float32), last=True)


TRUNCATED = "truncated, its header promises more samples than it holds"
UNKNOWN = 2**62  # frames: libsndfile's way of saying that a FLAC header does not tell
STREAMED = 0x7FFFF000  # bytes: what programs write as the length of a WAV they pipe, or more


def _blocks(
    path: str | Path, file: soundfile.SoundFile, frames: int
) -> Iterator[npt.NDArray[np.float32]]:
    """Yield all samples, shape ``(time, channels)``; fewer than the header promises is an error.

    Not `SoundFile.blocks`: where a decoder gives out early, that repeats what its buffer held.
    """
    read = 0
    while len(block := file.read(frames, dtype="float32", always_2d=True)):
        read += len(block)
        yield block
    if read < file.frames:
        raise AudioError(path, TRUNCATED)


@contextmanager
def opened(path: str | Path) -> Iterator[soundfile.SoundFile]:
    """Open a sound file for reading, and say what is wrong with one that is none.

    Raises
    ------
    AudioError
        The file is missing, empty, not audio, or truncated; also where reading it fails inside.
    """
    path = Path(path)
    if not path.is_file():
        raise AudioError(path, "not found")
    if path.stat().st_size == 0:
        raise AudioError(path, "empty file")
    file = None
    try:
        with soundfile.SoundFile(path) as file:
            if _is_truncated(path, file.extra_info):
                raise AudioError(path, TRUNCATED)
            if file.frames >= UNKNOWN:
                raise AudioError(
                    path,
                    "does not tell how long it is, as what is written into a pipe; "
                    "save it as a file, or pipe WAV",
                )
            yield file
    except (soundfile.LibsndfileError, RuntimeError, TypeError) as error:
        reason = str(error).rpartition(": ")[2].rstrip(".")
        if file is not None or "malformed" in reason:
            raise AudioError(path, f"truncated or damaged ({reason})") from error
        raise AudioError(path, f"not audio that libsndfile reads ({reason})") from error


def mono(path: str | Path, samples: npt.NDArray[np.float32], from_rate: int, to_rate: int) -> Pcm:
    """Average the channels of what a decoder returned, and bring it to another rate.

    Parameters
    ----------
    path
        What was decoded, for the error.
    samples
        Shape ``(time, channels)``, float32.
    from_rate, to_rate
        The rate of the samples and the one wanted, in Hz.

    Returns
    -------
    numpy.ndarray
        Samples, shape ``(time,)``, float32.

    Raises
    ------
    AudioError
        There are no samples, or NaN or infinite ones.
    """
    if samples.size == 0:
        raise AudioError(path, "empty, no samples")
    _check_finite(path, samples, 0, from_rate)
    return resample(samples.mean(axis=1), from_rate, to_rate)


def _check_finite(path: str | Path, samples: Pcm, begin: int, rate: int) -> None:
    bad = ~np.isfinite(samples).all(axis=1)
    if bad.any():
        where = (begin + int(bad.argmax())) / rate
        raise AudioError(path, f"NaN or infinite sample, first at {where:.3f} s")


def _is_truncated(path: Path, log: str) -> bool:
    """Whether libsndfile silently shortened the file.

    It notes a chunk that outgrows the file as ``data : 64000 (should be 31956)``, in AIFF with
    the name SSND.
    An Ogg stream whose last page was cut off has no page with the end-of-stream flag (RFC 3533).
    """
    for line in log.splitlines():
        told = re.match(r"\s*(?:data|SSND)\s*:\s*(\d+).*should be", line)
        if told and int(told[1]) < STREAMED:
            return True
    with open(path, "rb") as file:
        if file.read(4) != b"OggS":
            return False
        file.seek(max(0, path.stat().st_size - 65536))  # a page is shorter than that
        tail = file.read()
    page = tail.rfind(b"OggS")
    if page < 0 or page + 27 > len(tail):
        return True
    segments = tail[page + 27 : page + 27 + tail[page + 26]]
    complete = page + 27 + tail[page + 26] + sum(segments) <= len(tail)
    return not (complete and tail[page + 5] & 4)


def resample(pcm: npt.NDArray[np.floating], from_rate: int, to_rate: int) -> Pcm:
    """Return `pcm` of shape ``(time,)`` at another rate (soxr, very high quality).

    Examples
    --------
    >>> resample(np.zeros(800, np.float32), 8000, 16000).shape
    (1600,)
    """
    if from_rate != to_rate:
        pcm = soxr.resample(pcm, from_rate, to_rate, quality="VHQ")
    return np.ascontiguousarray(pcm, dtype=np.float32)


class Resampler:
    """Changes the rate of sound that comes in pieces, as `resample` does of a whole.

    Examples
    --------
    >>> change = Resampler(8000, 16000)
    >>> len(change(np.zeros(800, np.float32))) + len(change(np.zeros(80, np.float32), last=True))
    1760
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        self._stream = None
        if from_rate != to_rate:
            self._stream = soxr.ResampleStream(from_rate, to_rate, 1, "float32", quality="VHQ")

    def __call__(self, pcm: Pcm, *, last: bool = False) -> Pcm:
        """Return what can be known of the resampled sound so far; `last` ends it."""
        pcm = np.ascontiguousarray(pcm, np.float32)
        return pcm if self._stream is None else self._stream.resample_chunk(pcm, last=last)


@dataclass(frozen=True)
class Level:
    """What normalising a window took away: ``half_range`` and ``mean`` of the original samples."""

    half_range: float
    mean: float

    def restore(self, pcm: Pcm) -> Pcm:
        """Give a normalised window without DC its level and offset back."""
        restored: Pcm = (pcm * self.half_range + self.mean).astype(np.float32)
        return restored


def normalise(pcm: Pcm) -> tuple[Pcm, Level]:
    """Stretch a window to [-1, 1] by its own extremes: ``2 (x - min) / (max - min) - 1``.

    Returns
    -------
    normalised : numpy.ndarray
        Shape ``(time,)``; a constant window becomes zeros, with a half range of 0.
    level : Level
        What `Level.restore` needs.

    Notes
    -----
    The pages say "normalised into [-1, 1]"; that the minimum takes part follows from c9335bce,
    which throws away windows whose maximum is their minimum.

    Examples
    --------
    >>> normalised, level = normalise(np.array([0, 1, 3], np.float32))
    >>> normalised.tolist(), level.half_range
    ([-1.0, -0.3333333432674408, 1.0], 1.5)
    """
    low, high = float(pcm.min()), float(pcm.max())
    level = Level((high - low) / 2, float(pcm.mean(dtype=np.float64)))
    if high == low:
        return np.zeros_like(pcm), level
    return ((pcm - (low + high) / 2) / level.half_range).astype(np.float32), level


def rms(pcm: Pcm) -> float:
    """Root mean square of the samples, taken in float64.

    Examples
    --------
    >>> rms(np.array([3, -3], np.float32))
    3.0
    """
    return float(np.sqrt(np.mean(np.square(pcm, dtype=np.float64))))
