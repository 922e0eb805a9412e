"""What every representation does: windows in, images out, sound back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from vox.audio import Pcm
from vox.errors import VoxError
from vox.fields import Part
from vox.representation.adjustment import AS_TRAINED, Adjustment

if TYPE_CHECKING:
    import torch

    from vox.corpus import Corpus
    from vox.corpus.recording import Split
    from vox.corpus.windows import Windows


@dataclass(frozen=True)
class Analysis:
    """A piece of sound as images, with what must travel beside them on the way back.

    Attributes
    ----------
    image
        Shape ``(batch, 1, time, frequency)``.
    beside
        By name, what the image does not hold: a window's level, a voice's pitch. Each
        representation says what is in it, and an objective may change it like the image.
    """

    image: torch.Tensor
    beside: dict[str, Any]

    def __len__(self) -> int:
        return len(self.image)

    def __getitem__(self, part: slice) -> Analysis:
        """Return some of the images, with what stands beside them."""
        return Analysis(self.image[part], {name: x[part] for name, x in self.beside.items()})

    def to(self, device: torch.device | str) -> Analysis:
        """Return the same on a device, as far as it is tensors."""
        return self._mapped(lambda x: x.to(device))

    def clone(self) -> Analysis:
        """Return a copy, as far as it is tensors."""
        return self._mapped(lambda x: x.clone())

    def _mapped(self, work: Callable[[torch.Tensor], torch.Tensor]) -> Analysis:
        import torch

        beside = {n: work(x) if isinstance(x, torch.Tensor) else x for n, x in self.beside.items()}
        return Analysis(work(self.image), beside)

    def with_image(self, image: torch.Tensor, **beside: Any) -> Analysis:
        """Return the same with another image, and what else is given beside it."""
        return Analysis(image, self.beside | beside)


@dataclass(frozen=True)
class Look:
    """How images are drawn: the ends of their frequency axis, of their range, and both labels."""

    axis: tuple[float, float]
    axis_label: str
    least: float
    most: float
    pixel_label: str


Change = Callable[[Analysis], Analysis]
"""What converts: a piece in, the same piece in another voice out."""


def unchanged(analysis: Analysis) -> Analysis:
    """Return a piece as it is: what a network that only copies its input would make of it."""
    return analysis


class Representation(Part, ABC):
    """What turns sound into the networks' images and images into sound; a frozen dataclass.

    Images have the shape ``(batch, 1, time, frequency)``.
    """

    sample_rate: int
    title: ClassVar[str] = "Image"
    """What a diagram calls an image."""
    values: str = ""
    """What a diagram says of a pixel's range."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """Time frames and frequency bins of a training window's image."""

    @property
    @abstractmethod
    def seconds(self) -> float:
        """Length of a training window in seconds."""

    def windows(
        self,
        corpus: Corpus,
        *,
        split: Split = "train",
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> Windows:
        """Return the random windows of a corpus that `windowed` makes images of.

        Raises
        ------
        VoxError
            The corpus has another sample rate, or no recording gives a window.
        """
        if self.sample_rate != corpus.sample_rate:
            raise VoxError(
                f"the experiment wants {self.sample_rate} Hz, and the corpus has "
                f"{corpus.sample_rate} Hz"
            )
        return self._windows(corpus, split=split, seed=seed, device=device)

    @abstractmethod
    def _windows(self, corpus: Corpus, **how: Any) -> Windows:
        """Return the windows of a corpus at the right sample rate; `how` as for `windows`."""

    @abstractmethod
    def windowed(self, windows: torch.Tensor) -> Analysis:
        """Return the images of windows as `Windows.cut` returns them, and what is beside them."""

    @abstractmethod
    def blank(self, batch_size: int) -> Analysis:
        """Return windows of the right shapes, with made-up numbers."""

    def images(self, windows: torch.Tensor) -> torch.Tensor:
        """Return the images of windows alone, shape ``(batch, 1, time, frequency)``."""
        return self.windowed(windows).image

    @abstractmethod
    def analyse(self, pieces: Iterable[Pcm], *, batch_size: int = 8) -> Iterator[Analysis]:
        """Turn sound that comes in pieces into images, in memory that stays flat.

        Parameters
        ----------
        pieces
            PCM of the shapes ``(time,)``, float32 at `sample_rate`, one after the other.
        batch_size
            Images in an analysis, where one holds several.
        """

    @abstractmethod
    def synthesise(self, analyses: Iterable[Analysis], *, iterations: int = 60) -> Iterator[Pcm]:
        """Turn what `analyse` returned, changed or not, into sound; no seam is left.

        Parameters
        ----------
        analyses
            All of a sound, in order.
        iterations
            Of whatever is iterated to find a phase.

        Yields
        ------
        numpy.ndarray
            Shape ``(time,)``, float32; the first sample is the sound's first, and what is longer
            than the sound is for the caller to cut off.
        """

    def convert(
        self,
        pieces: Iterable[Pcm],
        change: Change,
        *,
        batch_size: int = 8,
        iterations: int = 60,
    ) -> Iterator[Pcm]:
        """Convert sound that comes in pieces: analyse, change, synthesise, same length.

        Parameters
        ----------
        pieces, batch_size
            As for `analyse`.
        change
            Is given every analysis in turn.
        iterations
            As for `synthesise`.

        Yields
        ------
        numpy.ndarray
            Shape ``(time,)``, float32; all together as long as what came in.
        """
        length = given = 0

        def counted() -> Iterator[Pcm]:
            nonlocal length
            for piece in pieces:
                length += len(piece)
                yield piece

        changed = map(change, self.analyse(counted(), batch_size=batch_size))
        for pcm in self.synthesise(changed, iterations=iterations):
            inside = pcm[: length - given]
            given += len(inside)
            if len(inside):
                yield inside

    def adjusted(self, change: Change, wanted: Adjustment) -> Change:
        """Return a change with a user's wishes for strength, pitch and formants.

        Raises
        ------
        VoxError
            There are such, and the representation has no pitch and envelope to fulfil them.
        """
        if wanted != AS_TRAINED:
            raise VoxError(
                "strength, pitch and formant are for experiments that see pitch and envelope apart "
                f"(such as 3cd41fe0), and this one's representation is {self.kind!r}"
            )
        return change

    def copy(self, pcm: Pcm) -> Pcm:
        """Return a recording analysed and synthesised as in a conversion, with no network between.

        Shape ``(time,)`` in and out. It is what a network that copies its input would give.
        """
        return np.concatenate(list(self.convert([pcm], unchanged)))

    def copy_synthesis(self, pcm: Pcm) -> Pcm:
        """Return the best that the representation makes of a recording; same length.

        It is the ceiling of whatever passes through.
        """
        return self.copy(pcm)

    @abstractmethod
    def picture(self, pcm: Pcm) -> torch.Tensor:
        """Return one image of a whole recording, shape ``(1, frames, bins)``, to look at."""

    @property
    @abstractmethod
    def look(self) -> Look:
        """How images are drawn."""

    def replace(self, **changes: Any) -> Self:
        """Return a copy with other fields, as `dataclasses.replace`."""
        return replace(self, **changes)
