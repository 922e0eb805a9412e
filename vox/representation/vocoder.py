"""WORLD: sound as pitch, spectral envelope and aperiodicity, and back, for sound of any length.

Pitch is DIO's, refined by StoneMask; the envelope is CheapTrick's (Morise 2015), the aperiodicity
D4C's (Morise 2016), all by pyworld. The sound is made again by `vox.representation.synthesis`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from vox.audio import Pcm
from vox.errors import VoxError
from vox.representation.axes import from_bands, from_mel, to_mel
from vox.representation.sections import Loudness, sections
from vox.representation.synthesis import Synthesis, noise

Array = npt.NDArray[np.float32]
SECTION = 1250  # frames analysed together: 10 s at 8 ms
CONTEXT = 1.0  # s heard on both sides of a section: where pitch is the same as in the whole
BATCH = 128  # frames synthesised together; more is no quicker
DITHER = 1e-5  # noise under the levelled sound: digital silence has a floor
SEED = 1  # of the dither


@dataclass
class Features:
    """What `Vocoder.analyse` finds in a sound, frame by frame; frame 0 lies on the first sample.

    Attributes
    ----------
    envelope
        Natural logarithm of power at mel points, shape ``(frames, points)``, float32, at least the
        vocoder's floor. A frame that is wholly at the floor is silent.
    pitch
        In Hz, 0 without a voice, shape ``(frames,)``, float32.
    aperiodicity
        In dB at multiples of 3 kHz, shape ``(frames, bands)``, float32; 0 is noise. At 16 kHz there
        is one band.
    samples
        How many samples the frames stand for.
    gain
        What the sound was multiplied by before it was analysed.
    """

    envelope: Array
    pitch: Array
    aperiodicity: Array
    samples: int
    gain: float

    def __len__(self) -> int:
        return len(self.pitch)


@dataclass(frozen=True)
class Vocoder:
    """The settings of analysis and synthesis.

    Attributes
    ----------
    sample_rate
        In Hz; at least 12 000, below which D4C has no band to look at.
    frame_ms
        From frame to frame, a whole number of samples.
    fft
        In samples, a power of two.
    points
        On the mel axis from 0 Hz to half the sample rate.
    floor
        Natural logarithm of power that lower values are raised to: else silence, a third of the
        frames, takes the loss of a network.
    search
        Lowest and highest pitch that is looked for, in Hz.
    limits
        Lowest and highest pitch that is synthesised, in Hz.
    level
        RMS of the sound that is analysed, without DC; undone in synthesis.

    Examples
    --------
    >>> vocoder = Vocoder()
    >>> features = vocoder.analyse(np.zeros(1000, np.float32))
    >>> features.envelope.shape, vocoder.synthesise(features).shape
    ((8, 80), (1000,))
    """

    sample_rate: int = 16_000
    frame_ms: float = 8.0
    fft: int = 1024
    points: int = 80
    floor: float = -18.0
    search: tuple[float, float] = (60.0, 500.0)
    limits: tuple[float, float] = (50.0, 600.0)
    level: float = 0.05

    def __post_init__(self) -> None:
        if self.sample_rate < 12_000:
            raise VoxError(f"sample_rate must be 12000 Hz or more, not {self.sample_rate}")
        hop = self.sample_rate * self.frame_ms / 1000
        if not (hop >= 1 and math.isclose(hop, round(hop), rel_tol=1e-9)):
            raise VoxError(
                f"frame_ms must be a whole number of samples, not {self.frame_ms} ms: that is "
                f"{hop:g} samples at {self.sample_rate} Hz"
            )
        for name, pair in (("search", self.search), ("limits", self.limits)):
            if not 0 < pair[0] < pair[1] < self.sample_rate / 2:
                raise VoxError(f"{name} must be a lower and a higher pitch in Hz, not {pair}")
        least = 3 * self.sample_rate / self.search[0] + 3  # three periods: CheapTrick's window
        if self.fft & (self.fft - 1) or self.fft < max(least, 8 * self.hop):
            raise VoxError(
                f"fft must be a power of two of at least {max(least, 8 * self.hop):.0f} samples "
                f"(3 periods of {self.search[0]:g} Hz, 8 frames), not {self.fft}"
            )
        if self.points < 2:
            raise VoxError(f"points must be 2 or more, not {self.points}")
        if not math.isfinite(self.floor):
            raise VoxError(f"floor must be a finite number, not {self.floor}")
        if not 0 < self.level < 1:
            raise VoxError(f"level must be an RMS between 0 and 1, not {self.level}")

    @property
    def hop(self) -> int:
        """Samples from frame to frame."""
        return round(self.sample_rate * self.frame_ms / 1000)

    def frames(self, samples: int) -> int:
        """Return how many frames a sound has."""
        return -(-samples // self.hop)

    def gain(self, pieces: Iterable[Pcm]) -> float:
        """Return what brings a sound to the level, from all of its pieces, shape ``(time,)``.

        Near silence and what is nothing but DC stay as they are.
        """
        loudness = Loudness()
        for piece in pieces:
            loudness.add(piece)
        return loudness.gain(self.level)

    def analyse(self, pcm: Pcm) -> Features:
        """Return the features of a whole sound of the shape ``(time,)``."""
        found = list(self.analyse_pieces([pcm], gain=self.gain([pcm])))
        if not found:
            bands = _pyworld().get_num_aperiodicities(self.sample_rate)
            empty = (np.zeros((0, n), np.float32) for n in (self.points, bands))
            return Features(next(empty), np.zeros(0, np.float32), next(empty), 0, 1.0)
        return Features(
            np.concatenate([f.envelope for f in found]),
            np.concatenate([f.pitch for f in found]),
            np.concatenate([f.aperiodicity for f in found]),
            len(pcm),
            found[0].gain,
        )

    def analyse_pieces(
        self,
        pieces: Iterable[Pcm],
        *,
        gain: float | None = None,
        frames: int = SECTION,
        after: float = CONTEXT,
    ) -> Iterator[Features]:
        """Find the features of sound that comes in pieces, in memory that stays flat.

        Parameters
        ----------
        pieces
            Shape ``(time,)``, float32, one after the other, of any sizes: they do not change what
            comes out.
        gain
            What `gain` says of the whole: then the features are those of `analyse`. Without it,
            the gain of a section brings what was heard up to its end to the level.
        frames
            In a section.
        after
            What is heard behind a section before it is analysed, in s.

        Yields
        ------
        Features
            A section, the last one of what is left.

        Raises
        ------
        VoxError
            A piece is not mono, or holds NaN or infinite samples.
        """
        start, loudness = 0, Loudness()
        behind = round(after * self.sample_rate / self.hop) * self.hop
        cut = sections(pieces, length=frames * self.hop, context=self._context, after=behind)
        for heard, samples in cut:
            loudness.add(heard[self._context :][:samples])
            chosen = loudness.gain(self.level) if gain is None else gain
            yield self._section(heard, start, samples, chosen)
            start += samples

    @property
    def _context(self) -> int:
        return round(CONTEXT * self.sample_rate / self.hop) * self.hop

    def _section(self, heard: Pcm, start: int, samples: int, gain: float) -> Features:
        """Analyse a section that has context on both sides and begins at the sample `start`."""
        world = _pyworld()
        rate, times = self.sample_rate, self.frame_ms / 1000
        begin = self._context // self.hop
        inner = slice(begin, begin + self.frames(samples))
        sound = heard.astype(np.float64) * gain
        sound += DITHER * noise(SEED, start - self._context, len(sound))
        low, high = self.search
        pitch, at = world.dio(sound, rate, low, high, frame_period=self.frame_ms)
        at = np.arange(len(pitch)) * times
        pitch, at = pitch[inner].copy(), at[inner].copy()
        pitch = world.stonemask(sound, pitch, at, rate)
        power = world.cheaptrick(sound, pitch, at, rate, fft_size=self.fft)
        aperiodic = world.d4c(sound, pitch, at, rate, fft_size=self.fft)
        points = to_mel(rate, self.fft, self.points)
        envelope = np.maximum(np.log(power) @ points.T, self.floor)
        coded = world.code_aperiodicity(aperiodic, rate)
        envelope, pitch, coded = (x.astype(np.float32) for x in (envelope, pitch, coded))
        return Features(envelope, pitch, coded, samples, gain)

    def synthesise(self, features: Features) -> Pcm:
        """Return the sound of features, shape ``(samples,)``."""
        made = list(self.synthesise_pieces([features]))
        return np.concatenate(made) if made else np.zeros(0, np.float32)

    def synthesise_pieces(
        self, features: Iterable[Features], *, batch: int = BATCH
    ) -> Iterator[Pcm]:
        """Make the sound of features that come one after the other, in memory that stays flat.

        Parameters
        ----------
        features
            As `analyse_pieces` gives them, changed or not.
        batch
            Frames that are made into sound together.

        Yields
        ------
        numpy.ndarray
            Shape ``(time,)``, float32; together as long as the features say. Where the features
            were cut does not change it.

        Raises
        ------
        VoxError
            Features that do not stand for as many samples as they have frames.
        """
        synthesis = Synthesis(self.sample_rate, self.hop, self.fft)
        held: list[tuple[Array, ...]] = []
        count = length = given = 0
        for part in features:
            if length % self.hop:
                raise VoxError(
                    f"features for {length} samples end within a frame of {self.hop}; "
                    "only the last ones may"
                )
            if not self._fits(part):
                raise VoxError(
                    f"{len(part)} frames with {part.envelope.shape} values cannot stand for "
                    f"{part.samples} samples at a hop of {self.hop} and {self.points} points"
                )
            length, count = length + part.samples, count + len(part)
            gain = np.full(len(part), part.gain, np.float32)
            held.append((part.envelope, part.pitch, part.aperiodicity, gain))
            while count > batch:  # a frame more is needed: a batch ends in the next one's first
                frames = tuple(np.concatenate(rows) for rows in zip(*held, strict=True))
                pcm = synthesis(*self._decoded(*(rows[: batch + 1] for rows in frames)))
                held, count = [tuple(rows[batch:] for rows in frames)], count - batch
                given += len(pcm)
                if len(pcm):
                    yield pcm
        if count:
            rows = (np.concatenate(rows) for rows in zip(*held, strict=True))
            rest = (np.concatenate([x, x[-1:]]) for x in rows)  # the last frame is held
            yield synthesis(*self._decoded(*rest), last=True)[: length - given]

    def _fits(self, part: Features) -> bool:
        frames, same = len(part), {len(part.envelope), len(part.aperiodicity), len(part)}
        return (
            len(same) == 1
            and part.envelope.shape == (frames, self.points)
            and self.frames(part.samples) == frames
        )

    def _decoded(
        self, envelope: Array, pitch: Array, aperiodicity: Array, gain: Array
    ) -> tuple[Array, Array, Array, Array]:
        """Return what `Synthesis` takes: power, pitch, share of noise, and what sounds at all."""
        bins = from_mel(self.sample_rate, self.fft, self.points)
        power = np.exp(envelope @ bins.T - 2 * np.log(gain)[:, None])
        # what lies at the floor was raised to it, and would hiss
        sounding = np.clip(envelope.max(axis=1) - self.floor, 0, 1)
        voiced = np.where(pitch > 0, np.clip(pitch, *self.limits), 0)
        bands, offset = from_bands(self.sample_rate, self.fft, aperiodicity.shape[1])
        decibels = aperiodicity @ bands.T + offset
        # with 0 dB D4C says that a frame has no voice, whatever DIO heard
        decibels[aperiodicity.mean(axis=1) > -0.5] = 0
        share = 10 ** (np.minimum(decibels, 0) / 20)
        return power, voiced, share.astype(np.float32), sounding


def _pyworld() -> ModuleType:
    try:
        import pyworld
    except ImportError as error:
        raise VoxError("the vocoder needs pyworld: pip install pyworld-prebuilt") from error
    module: ModuleType = pyworld
    return module
