"""A voice's spectral envelope as the image, its pitch and breathiness beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from vox.audio import Pcm
from vox.fields import number
from vox.representation.adjustment import AS_TRAINED, Adjustment
from vox.representation.base import Analysis, Change, Look, Representation
from vox.representation.moments import Moments, SpeechMoments, speech
from vox.representation.transform import PitchStatistics, pitch_statistics, shift_pitch, warp
from vox.representation.vocoder import Features, Vocoder

if TYPE_CHECKING:
    import torch

    from vox.corpus import Corpus
    from vox.corpus.windows import Windows

HEAD = 2
"""Rows before a recording's frames: mean and deviation of its envelope."""


@dataclass(frozen=True)
class World(Representation):
    """WORLD's envelope (Morise 2016), normalised by the utterance's own statistics.

    The image is the natural logarithm of the envelope's power at mel points, less its mean over
    the utterance's speech and divided by its deviation, point by point: what says whose voice it
    is, is mostly in those two. Beside an image stand ``mean`` and ``deviation``, shape
    ``(batch, points)``; ``pitch`` in Hz, 0 without a voice, shape ``(batch, time)``;
    ``pitch_mean`` and ``pitch_deviation`` of its logarithm, shape ``(batch,)``; and
    ``aperiodicity``, shape ``(batch, time, bands)``. In sound that comes in sections the
    statistics are of all that was heard so far, and ``sounding`` says which frames are not silent.

    Attributes
    ----------
    length
        Frames in a training window.
    vocoder
        The settings of analysis and synthesis.

    Examples
    --------
    >>> world = World()
    >>> world.shape, world.seconds
    ((128, 80), 1.024)
    """

    kind: ClassVar[str] = "world"
    title: ClassVar[str] = "Envelope"
    values: str = "normalised"

    length: int = number(128, above=0)
    vocoder: Vocoder = Vocoder()

    @property
    def sample_rate(self) -> int:  # type: ignore[override]
        """In Hz."""
        return self.vocoder.sample_rate

    @property
    def shape(self) -> tuple[int, int]:
        """Frames and mel points of a training window's image."""
        return self.length, self.vocoder.points

    @property
    def seconds(self) -> float:
        """Length of a training window."""
        return self.length * self.vocoder.hop / self.sample_rate

    @property
    def look(self) -> Look:
        """Mel points, and deviations from the mean."""
        return Look((0, self.vocoder.points), "mel point (0 to 8 kHz)", -2.5, 2.5,
                    "pixel: deviations from the mean")  # fmt: skip

    def rows(self, pcm: Pcm) -> npt.NDArray[np.float32]:
        """Return all that training needs of a recording.

        Returns
        -------
        numpy.ndarray
            Shape ``(2 + frames, points + 2)``: mean and deviation of the envelope, with the number
            of frames they are of and the mean and deviation of log pitch behind them; then, frame
            by frame, the normalised envelope, pitch, and the mean aperiodicity.
        """
        found = self.vocoder.analyse(pcm)
        moments = Moments().add(speech(found.envelope))
        pitch = pitch_statistics(found.pitch)
        mean, deviation = moments.mean, moments.deviation
        head = np.stack(
            [
                [*mean, moments.count, pitch.mean],
                [*deviation, pitch.count, pitch.deviation],
            ]
        )
        frames = np.concatenate(
            [
                (found.envelope - mean) / deviation,
                found.pitch[:, None],
                found.aperiodicity.mean(axis=1, keepdims=True),
            ],
            axis=1,
        )
        return np.concatenate([head, frames]).astype(np.float32)

    def _windows(self, corpus: Corpus, **how: Any) -> Windows:
        """Return random windows of a corpus's analysed recordings, analysed once and kept."""
        from vox.corpus.features import FeatureWindows

        name = f"world {version('pyworld-prebuilt')} {self.vocoder!r}"
        width = self.vocoder.points + 2
        return FeatureWindows(
            corpus, self.length, self.rows, name=name, width=width, head=HEAD, **how
        )

    def windowed(self, windows: torch.Tensor) -> Analysis:
        """Return the images of windows, and what stands beside them."""
        points = self.vocoder.points
        head, frames = windows[:, :HEAD], windows[:, HEAD:]
        beside = {
            "mean": head[:, 0, :points],
            "deviation": head[:, 1, :points],
            "pitch_mean": head[:, 0, -1],
            "pitch_deviation": head[:, 1, -1],
            "pitch": frames[..., points],
            "aperiodicity": frames[..., points + 1 :],
        }
        return Analysis(frames[:, None, :, :points], beside)

    def blank(self, batch_size: int) -> Analysis:
        """Return windows of nothing, of the right shapes."""
        import torch

        return self.windowed(torch.ones(batch_size, HEAD + self.length, self.vocoder.points + 2))

    def analyse(self, pieces: Iterable[Pcm], *, batch_size: int = 8) -> Iterator[Analysis]:
        """Yield sections of 10 s, one image each."""
        import torch

        moments, melody = SpeechMoments(), PitchStatistics()
        for found in self.vocoder.analyse_pieces(pieces):
            mean, deviation = moments.add(found.envelope, found.gain)
            melody = melody + pitch_statistics(found.pitch)
            image = torch.from_numpy((found.envelope - mean) / deviation)
            beside = {
                "mean": torch.from_numpy(mean)[None],
                "deviation": torch.from_numpy(deviation)[None],
                "pitch": torch.from_numpy(found.pitch)[None],
                "pitch_mean": torch.tensor([melody.mean], dtype=torch.float32),
                "pitch_deviation": torch.tensor([melody.deviation], dtype=torch.float32),
                "aperiodicity": torch.from_numpy(found.aperiodicity)[None],
                "sounding": found.envelope.max(axis=1, keepdims=True) > self.vocoder.floor,
                "samples": found.samples,
                "gain": found.gain,
            }
            yield Analysis(image[None, None].float(), beside)

    def synthesise(self, analyses: Iterable[Analysis], *, iterations: int = 60) -> Iterator[Pcm]:
        """Yield the sound of sections; there is no phase to be found."""
        return self.vocoder.synthesise_pieces(map(self.features, analyses))

    def adjusted(self, change: Change, wanted: Adjustment) -> Change:
        """Return a change with a user's wishes, all in the logarithm of envelope and pitch."""
        if wanted == AS_TRAINED:
            return change
        import torch

        def adjusted(analysis: Analysis) -> Analysis:
            mixed = _mixed(analysis, change, wanted.strength)
            beside = dict(mixed.beside)
            if wanted.semitones is not None:
                own = analysis.beside["pitch"].numpy()
                moved = shift_pitch(own, wanted.semitones, self.vocoder.limits)
                beside["pitch"] = torch.from_numpy(moved)
            if not wanted.formant:
                return Analysis(mixed.image, beside)
            envelope = _envelope(mixed)[0, 0].numpy()
            warped = warp(envelope, wanted.formant, sample_rate=self.sample_rate)
            return _with_envelope(mixed, torch.from_numpy(warped)[None, None], beside["pitch"])

        return adjusted

    def features(self, analysis: Analysis) -> Features:
        """Return what the vocoder synthesises, of one image."""
        beside = analysis.beside
        envelope = _envelope(analysis)[0, 0]
        floor = self.vocoder.floor
        # what is silent stays so, whatever the target's mean would make of it
        heard = np.where(beside["sounding"], np.maximum(envelope.numpy(), floor), floor)
        return Features(
            heard.astype(np.float32),
            beside["pitch"][0].numpy(),
            beside["aperiodicity"][0].numpy(),
            beside["samples"],
            beside["gain"],
        )

    def picture(self, pcm: Pcm) -> torch.Tensor:
        """Return the image of a whole recording, shape ``(1, frames, points)``."""
        import torch

        return torch.from_numpy(self.rows(pcm)[None, HEAD:, : self.vocoder.points].copy())


def _envelope(analysis: Analysis) -> torch.Tensor:
    """Return the logarithm of power, shape ``(batch, 1, time, points)``."""
    mean, deviation = (analysis.beside[n][:, None, None] for n in ("mean", "deviation"))
    envelope: torch.Tensor = analysis.image.cpu() * deviation + mean
    return envelope


def _with_envelope(analysis: Analysis, envelope: torch.Tensor, pitch: torch.Tensor) -> Analysis:
    """Return an analysis with an envelope that is not normalised, and a pitch."""
    import torch

    mean = analysis.beside["mean"]
    beside = {"mean": torch.zeros_like(mean), "deviation": torch.ones_like(mean), "pitch": pitch}
    return analysis.with_image(envelope, **beside)


def _mixed(source: Analysis, change: Change, strength: float) -> Analysis:
    """Return what lies between a source and its conversion."""
    if strength == 0:
        return source
    converted = change(source)
    if strength == 1:
        return converted
    here, there = source.beside["pitch"], converted.beside["pitch"]
    between = here ** (1 - strength) * there**strength  # 0 without a voice, in both
    envelope = _envelope(source).lerp(_envelope(converted), strength)
    return _with_envelope(source, envelope, between)
