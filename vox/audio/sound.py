"""Reading a sound file as mono PCM, whole or a piece at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from vox.audio.decoders import Block, Decoder, decoder
from vox.audio.errors import AudioError
from vox.audio.rates import Pcm, Resampler

LEAST_RATE, MOST_RATE = 1_000, 1_000_000  # Hz: what sound is recorded at lies well between
LOST = 9.0  # dB below its loudest channel: what averaging may take of a sound without a word
SILENCED = 40.0  # dB below it: as good as nothing is left


def read(path: str | Path, sample_rate: int) -> Pcm:
    """Read a sound file as mono PCM at `sample_rate`.

    Parameters
    ----------
    path
        A file of any format, rate and channel count that libsndfile or FFmpeg reads.
    sample_rate
        The rate wanted, in Hz; channels are averaged and the result is resampled with soxr.

    Returns
    -------
    numpy.ndarray
        Samples, shape ``(time,)``, float32. Files with floating-point samples may pass [-1, 1].

    Raises
    ------
    AudioError
        The file is missing, not audio, truncated, empty, holds NaN or infinite samples, or has a
        rate that no recording has.
    """
    return np.concatenate(list(pieces(path, sample_rate)))


def pieces(path: str | Path, sample_rate: int, *, notes: list[str] | None = None) -> Iterator[Pcm]:
    """Read a sound file as `read` does, a piece at a time, in memory that stays flat.

    Parameters
    ----------
    path, sample_rate
        As for `read`.
    notes
        Gets what is worth knowing of the sound, when all of it was read.

    Yields
    ------
    numpy.ndarray
        Samples, shape ``(time,)``, float32.

    Raises
    ------
    AudioError
        As `read` does; damage deep in a file shows only when it is reached.
    """
    with opened(path) as sound:
        yield from sound.pieces(sample_rate)
        if notes is not None:
            notes += sound.notes


class Sound:
    """A sound file that is open for reading, once.

    Attributes
    ----------
    path
        Of the file.
    sample_rate
        In Hz.
    container, encoding
        As libsndfile names them; empty for what it does not write.
    seconds
        How long it is as its header tells, or estimates, or None.
    samples
        Of each channel, that were read so far.
    notes
        What is worth knowing of it; complete when all was read.
    """

    def __init__(self, path: Path, source: Decoder) -> None:
        self.path, self._source = path, source
        self.sample_rate = source.sample_rate
        self.container, self.encoding = source.container, source.encoding
        self.seconds = None if source.frames is None else source.frames / self.sample_rate
        self.samples = 0
        self.notes = source.notes

    def pieces(self, sample_rate: int) -> Iterator[Pcm]:
        """Yield the mean of its channels at another rate, shapes ``(time,)``, float32.

        Raises
        ------
        AudioError
            It is truncated, empty, or holds NaN or infinite samples.
        """
        change, heard = Resampler(self.sample_rate, sample_rate), Channels()
        for block in self._source.blocks():
            check_finite(self.path, block, self.samples, self.sample_rate)
            self.samples += len(block)
            yield change(heard.mean(block))
        if not self.samples:
            raise AudioError(self.path, "empty, no samples")
        yield change(np.zeros(0, np.float32), last=True)
        self.notes += heard.notes()


@contextmanager
def opened(path: str | Path) -> Iterator[Sound]:
    """Open a sound file for reading, and say what is wrong with one that is none.

    Raises
    ------
    AudioError
        The file is missing, empty, not audio, or truncated, or has a rate that no recording has;
        also where reading it fails inside.
    """
    path = Path(path)
    if not path.is_file():
        raise AudioError(path, "not found")
    with ExitStack() as resources:
        try:
            with open(path, "rb") as file:
                if not file.read(1):
                    raise AudioError(path, "empty file")
            source = decoder(path, resources)
            if not LEAST_RATE <= source.sample_rate <= MOST_RATE:
                raise AudioError(
                    path,
                    f"its header tells {source.sample_rate} Hz, a sample rate that no recording "
                    f"has: those from {LEAST_RATE} to {MOST_RATE} Hz are read",
                )
            yield Sound(path, source)
        except soundfile.LibsndfileError as error:
            raise AudioError(path, f"truncated or damaged ({error.error_string})") from error
        except OSError as error:
            raise AudioError(path, f"cannot be read: {error.strerror or error}") from error


class Channels:
    """Averages channels, and finds out what that takes away.

    Examples
    --------
    >>> heard = Channels()
    >>> heard.mean(np.array([[0.5, -0.5], [0.25, -0.25]], np.float32)).tolist()
    [0.0, 0.0]
    >>> heard.notes()
    ['its 2 channels cancel each other out: their mean is silence']
    """

    def __init__(self) -> None:
        self._each: npt.NDArray[np.float64] | None = None
        self._mean = 0.0

    def mean(self, block: Block) -> Pcm:
        """Return the mean of channels, shape ``(time,)``, of a block ``(time, channels)``."""
        mean: Pcm = block.mean(axis=1)
        if block.shape[1] > 1:
            energies = np.einsum("tc,tc->c", block, block, dtype=np.float64)
            if self._each is None or len(self._each) != len(energies):
                self._each, self._mean = np.zeros(len(energies)), 0.0
            self._each += energies
            self._mean += float(np.einsum("t,t->", mean, mean, dtype=np.float64))
        return mean

    def notes(self) -> list[str]:
        """Say where the mean is much less than its loudest channel: how much less, and why."""
        if self._each is None or not self._each.max():
            return []
        count, loudest = len(self._each), float(self._each.max())
        lost = 10 * math.log10(loudest / self._mean) if self._mean else math.inf
        if lost < LOST:
            return []
        if lost > SILENCED:
            return [f"its {count} channels cancel each other out: their mean is silence"]
        left = f"their mean is {lost:.1f} dB below the loudest"
        # channels that have nothing to do with each other would leave a mean of that energy
        if self._mean < self._each.sum() / count**2 / 4:
            return [f"its {count} channels nearly cancel each other out: {left}"]
        place = int(self._each.argmax()) + 1
        return [f"most of its sound is in channel {place} of {count}: {left}"]


def check_finite(path: str | Path, samples: Block, begin: int, rate: int) -> None:
    """Raise an `AudioError` for NaN or infinite samples, shape ``(time, channels)``."""
    bad = ~np.isfinite(samples).all(axis=1)
    if bad.any():
        where = (begin + int(bad.argmax())) / rate
        raise AudioError(path, f"NaN or infinite sample, first at {where:.3f} s")


def mono(path: str | Path, samples: Block, from_rate: int, to_rate: int) -> Pcm:
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
    check_finite(path, samples, 0, from_rate)
    return Resampler(from_rate, to_rate)(samples.mean(axis=1), last=True)
