"""Sound as an image: what turns a window of samples into the networks' input, and back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from vox.audio import Level, Pcm, normalise
from vox.errors import VoxError
from vox.fields import number
from vox.representation import pixels
from vox.representation.base import Analysis, Look, Representation
from vox.representation.overlapping import cross_faded, half_overlapping
from vox.representation.pixels import PixelScale

if TYPE_CHECKING:
    import torch

    from vox.corpus import Corpus
    from vox.corpus.windows import Windows

GAIN = 4.0
"""What a window may be raised by to have the level of its input: 12 dB. More would lift what a
network leaves of near silence."""


@dataclass(frozen=True)
class Spectrogram(Representation):
    """The input of 47c97768: log magnitude from a floor to 1, scaled to [0, 1].

    Attributes
    ----------
    length
        Samples in a training window: 66304 in the series, 17152 in cfcefd21.
    sample_rate
        In Hz.
    frame, hop
        Samples in a frame and between two frames. The window is a periodic Hamming window.
    bins
        Frequency bins kept, from bin 1 on: DC is dropped.
    floor
        Magnitudes (over `frame`) below it are raised to it.
    pixel_scale
        ``"unit_log"``: ``1 - ln(m) / ln(floor)``, so 0 is the floor and 1 full scale (47c97768);
        ``"negative_log"``: ``-ln(m)``, so 0 is full scale and the floor is highest (c9335bce);
        ``"silent_zero"``: ``-ln(1 - m (1 - floor))``, so 0 is silence and full scale as high as
        ``"negative_log"`` puts its floor (the note of 2019-05-13). Here the floor raises nothing:
        it keeps full scale finite. Small magnitudes are scaled almost linearly.

    Examples
    --------
    >>> import torch
    >>> spec = Spectrogram(length=17152)
    >>> spec.shape
    (64, 256)
    >>> spec.forward(torch.zeros(2, 17152)).shape
    torch.Size([2, 1, 64, 256])
    """

    kind: ClassVar[str] = "spectrogram"
    title: ClassVar[str] = "Spectrogram"

    length: int = number(66304, above=0)
    sample_rate: int = number(16_000, above=0)
    frame: int = number(1024, above=0)
    hop: int = number(256, above=0)
    bins: int = number(256, above=0)
    floor: float = number(1e-3, above=0, below=1)
    pixel_scale: PixelScale = "unit_log"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.hop <= self.frame <= self.length:
            raise VoxError(
                f"a spectrogram needs 0 < hop <= frame <= length, not hop {self.hop}, "
                f"frame {self.frame}, length {self.length} (all in samples)"
            )
        if not 0 < self.bins <= self.frame // 2:
            raise VoxError(f"bins must be 1 to frame / 2 = {self.frame // 2}, not {self.bins}")

    @property
    def values(self) -> str:  # type: ignore[override]
        """Range of a pixel, as a diagram shows it."""
        return "[0, 1]" if self.pixel_scale == "unit_log" else "[0, inf)"

    @property
    def shape(self) -> tuple[int, int]:
        """Time frames and frequency bins of a training window's image."""
        return self.frames(self.length), self.bins

    @property
    def seconds(self) -> float:
        """Length of a training window in seconds."""
        return self.length / self.sample_rate

    @property
    def margin(self) -> int:
        """Samples that a recording needs around it, so that all of it lies in full overlap.

        Where frames overlap less, at the ends, errors of a found phase are divided by next to 0.
        """
        return self.frame - self.hop

    def frames(self, samples: int) -> int:
        """Whole frames in so many samples."""
        return (samples - self.frame) // self.hop + 1

    def samples(self, frames: int) -> int:
        """Samples that so many frames span."""
        return (frames - 1) * self.hop + self.frame

    def magnitude(self, pcm: torch.Tensor) -> torch.Tensor:
        """Return the kept bins' magnitudes divided by `frame`, so in [0, 1] for PCM in [-1, 1].

        Parameters
        ----------
        pcm
            Shape ``(batch, time)``, on any device.

        Returns
        -------
        torch.Tensor
            Shape ``(batch, frames, bins)``.
        """
        if pcm.ndim != 2 or pcm.shape[-1] < self.frame:
            raise VoxError(
                f"PCM must have the shape (batch, time) with at least {self.frame} samples, "
                f"not {tuple(pcm.shape)}"
            )
        import torch

        window = torch.hamming_window(self.frame, dtype=pcm.dtype, device=pcm.device)
        transform = torch.stft(
            pcm,
            self.frame,
            hop_length=self.hop,
            window=window,
            center=False,
            return_complex=True,
        )
        return transform[:, 1 : self.bins + 1].abs().mT / self.frame

    def encode(self, magnitude: torch.Tensor) -> torch.Tensor:
        """Scale magnitudes to pixels; but for ``"silent_zero"`` they are raised to the floor."""
        return pixels.encode(magnitude, self.pixel_scale, self.floor)

    def decode(self, image: torch.Tensor, *, silence: bool = True) -> torch.Tensor:
        """Scale pixels to magnitudes; a pixel at the floor (or beyond) is silence, magnitude 0.

        Without `silence` it stays at the floor, as in the pages of 2019. ``"silent_zero"`` has no
        such pixels, and beyond its ends are silence and full scale.
        """
        return pixels.decode(image, self.pixel_scale, self.floor, silence)

    def forward(self, pcm: torch.Tensor) -> torch.Tensor:
        """Return the images of a batch of windows that are normalised to [-1, 1].

        Parameters
        ----------
        pcm
            Shape ``(batch, time)``, on any device; `time` is usually `length` but need not be.

        Returns
        -------
        torch.Tensor
            Shape ``(batch, 1, frames, bins)``, in [0, 1] for ``"unit_log"``.
        """
        return self.encode(self.magnitude(pcm)).unsqueeze(1)

    def inverse(
        self, image: torch.Tensor, *, level: Level | None = None, iterations: int = 60
    ) -> Pcm:
        """Return a sound whose spectrogram is `image`, by Griffin-Lim.

        The image has the shape ``(1, frames, bins)`` or ``(frames, bins)``, the sound
        ``(samples(frames),)``. Without the level that `vox.audio.normalise` returned it stays at
        that of the normalised window, free of DC.
        """
        if image.ndim == 3:
            image = image[0]
        pcm = self.from_magnitude(self.decode(image.detach().cpu()).numpy(), iterations)
        return level.restore(pcm) if level else pcm

    def from_magnitude(self, magnitude: npt.NDArray[np.floating], iterations: int = 60) -> Pcm:
        """Griffin-Lim on magnitudes over `frame`, shape ``(frames, bins)``; other bins are 0.

        The initial phase is drawn from a fixed seed, so the same image gives the same sound.
        """
        return np.concatenate(list(self.from_magnitudes([magnitude], iterations)))

    def from_magnitudes(
        self, pieces: Iterable[npt.NDArray[np.floating]], iterations: int = 60
    ) -> Iterator[Pcm]:
        """Do as `from_magnitude` with magnitudes that come in pieces, in memory that stays flat.

        Yields
        ------
        numpy.ndarray
            Shape ``(time,)``, float32; all together ``samples(frames)`` long.
        """
        from vox.representation.griffin_lim import synthesise

        rest = self.frame // 2 - self.bins
        whole = (np.pad(piece * self.frame, ((0, 0), (1, rest))) for piece in pieces)
        return synthesise(whole, frame=self.frame, hop=self.hop, iterations=iterations)

    def image(self, pcm: Pcm) -> tuple[torch.Tensor, Level]:
        """Normalise one recording of any length as one window and return image and level.

        The recording is padded at its end with its mean to a whole number of frames.

        Returns
        -------
        image : torch.Tensor
            Shape ``(1, frames, bins)``.
        level : vox.audio.Level
        """
        frames = 1 + max(0, math.ceil((len(pcm) - self.frame) / self.hop))
        missing = self.samples(frames) - len(pcm)
        padded = np.pad(pcm, (0, missing), constant_values=float(pcm.mean()))
        normalised, level = normalise(padded)
        import torch

        return self.forward(torch.from_numpy(normalised)[None])[0], level

    def copy_synthesis(self, pcm: Pcm, *, iterations: int = 60, silence: bool = True) -> Pcm:
        """Analyse a recording and synthesise it again with no network between, same length.

        It is the ceiling of whatever passes through this representation. `silence` as for
        `decode`.
        """
        image, level = self.image(np.pad(pcm, self.margin, constant_values=float(pcm.mean())))
        magnitude = self.decode(image[0], silence=silence).numpy()
        copy = level.restore(self.from_magnitude(magnitude, iterations))
        return copy[self.margin :][: len(pcm)]

    def picture(self, pcm: Pcm) -> torch.Tensor:
        """Return the image of a recording taken as one window, shape ``(1, frames, bins)``."""
        return self.image(pcm)[0]

    @property
    def look(self) -> Look:
        """Frequencies in kHz; speech hardly fills the top of the range."""
        low, high = (edge * self.sample_rate / self.frame / 1000 for edge in (0.5, self.bins + 0.5))
        return Look((low, high), "frequency (kHz)", *pixels.shown(self.pixel_scale, self.floor))

    def _windows(self, corpus: Corpus, **how: Any) -> Windows:
        """Return random windows of PCM that are not silent."""
        from vox.corpus.windows import Windows

        return Windows(corpus, self.length, **how)

    def windowed(self, windows: torch.Tensor) -> Analysis:
        """Return the images of windows that are normalised to [-1, 1], as `forward`."""
        return Analysis(self.forward(windows), {})

    def blank(self, batch_size: int) -> Analysis:
        """Return images of noise."""
        import torch

        return Analysis(torch.rand(batch_size, 1, *self.shape), {})

    def analyse(self, pieces: Iterable[Pcm], *, batch_size: int = 8) -> Iterator[Analysis]:
        """Yield half-overlapping windows, normalised each as in training.

        Beside each image: ``input``, the image itself; ``level``, half the range of the window;
        ``sounding``, which of its frames are not all the same sample, shape ``(batch, time)``.
        """
        import torch

        step = self.shape[0] // 2 * self.hop
        windows = half_overlapping(pieces, self.length, self.margin, step)
        while batch := list(islice(windows, batch_size)):
            normalised, levels = zip(*map(normalise, batch), strict=True)
            pcm = torch.from_numpy(np.stack(normalised))
            frames = pcm.unfold(1, self.frame, self.hop)
            image = self.forward(pcm)
            beside = {
                "input": image,
                "level": torch.tensor([level.half_range for level in levels]),
                "sounding": frames.amax(dim=2) > frames.amin(dim=2),
            }
            yield Analysis(image, beside)

    def synthesise(self, analyses: Iterable[Analysis], *, iterations: int = 60) -> Iterator[Pcm]:
        """Yield the sound of windows: as magnitudes cross-faded, their phase found by Griffin-Lim.

        Each window is brought back to its own level. The phase is found for many windows together
        and goes on from section to section. A frame whose samples were all the same is silence,
        and stays so.
        """
        left = self.margin  # before the sound's first sample
        windows = (window for analysis in analyses for window in self._magnitudes(analysis))
        for pcm in self.from_magnitudes(cross_faded(windows), iterations):
            yield pcm[left:]
            left = max(0, left - len(pcm))

    def _magnitudes(self, analysis: Analysis) -> npt.NDArray[np.float32]:
        """Magnitudes of windows at their levels, shape ``(batch, frames, bins)``."""
        import torch

        beside, image = analysis.beside, analysis.image.cpu()
        before, after = (self.decode(x[:, 0]) for x in (beside["input"], image))
        wanted, had = (x.square().sum(dim=(1, 2)).sqrt() for x in (before, after))
        gain = torch.where(had > 0, wanted / had, 0.0).clamp_max(GAIN)
        level = (gain * beside["level"])[:, None, None]
        made: npt.NDArray[np.float32] = (after * level * beside["sounding"][:, :, None]).numpy()
        return made
