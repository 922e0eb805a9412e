"""Images as magnitudes of a short-time Fourier transform in two dimensions, and back (ae244bb7)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from vox.errors import VoxError
from vox.fields import Part, number

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Retrieval:
    """An image that was found from magnitudes.

    Attributes
    ----------
    image
        Shape ``(rows, columns)``: that of the last iteration.
    convergence
        Shape ``(iterations,)``: the spectral convergence in dB of each iteration's image,
        ``20 log10(|M - M'| / |M|)`` with M the magnitudes wanted and M' the image's (lower is
        better).
    watched
        Images of earlier iterations, by their number.
    """

    image: torch.Tensor
    convergence: torch.Tensor
    watched: dict[int, torch.Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class PlaneTransform(Part):
    """The two-dimensional short-time Fourier transform of an image, and its inverses.

    The window is the outer product of two periodic Hamming windows, the window of the series' own
    spectrograms. It nowhere falls to 0, as a Hann window does: a pixel that lies at the edge of
    its only window, as those of an unpadded image's corners do, can still be had back.

    Attributes
    ----------
    window
        Pixels on each side of a window.
    hop
        Pixels between two windows, on both axes; it divides the window.
    padded
        Whether the image is first surrounded with ``window - hop`` black pixels, so that those at
        its border lie in as many windows as those in its middle. In 2019 it was not.

    Examples
    --------
    >>> import torch
    >>> plane = PlaneTransform()
    >>> image = torch.rand(256, 256)
    >>> spectrum = plane.forward(image)
    >>> spectrum.shape
    torch.Size([29, 29, 32, 17])
    >>> torch.allclose(plane.inverse(spectrum), image, atol=1e-3)
    True
    """

    kind: ClassVar[str] = "plane"

    window: int = number(32, above=0)
    hop: int = number(8, above=0)
    padded: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.window % 2 or self.window % self.hop:
            raise VoxError(
                f"the window must be even and a multiple of the hop, not {self.window} with a hop "
                f"of {self.hop} pixels"
            )

    @property
    def margin(self) -> int:
        """Pixels from the border on that lie in fewer windows than the others without padding."""
        return self.window - self.hop

    def windows(self, size: int) -> int:
        """Windows along a side of so many pixels.

        Raises
        ------
        VoxError
            They would not cover it to its last pixel.
        """
        whole = size + 2 * self.margin * self.padded
        if size <= 0 or whole < self.window or (whole - self.window) % self.hop:
            least = self.hop if self.padded else self.window
            raise VoxError(
                f"a side of {size} pixels cannot be covered with windows of {self.window} every "
                f"{self.hop}: it must be {least} or more, by steps of {self.hop}"
            )
        return (whole - self.window) // self.hop + 1

    def size(self, windows: int) -> int:
        """Pixels of a side that so many windows cover, without the padding."""
        return (windows - 1) * self.hop + self.window - 2 * self.margin * self.padded

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return the spectra of an image's windows.

        Parameters
        ----------
        image
            Shape ``(rows, columns)``, real.

        Returns
        -------
        torch.Tensor
            Complex, shape ``(down, across, window, window // 2 + 1)``: windows by their place, and
            the half of each spectrum that tells all of a real image's.
        """
        if image.ndim != 2 or image.is_complex() or not image.is_floating_point():
            raise VoxError(
                f"an image must be real and of the shape (rows, columns), "
                f"not {image.dtype} of {tuple(image.shape)}"
            )
        for size in image.shape:
            self.windows(size)
        import torch

        if self.padded:
            image = torch.nn.functional.pad(image, (self.margin,) * 4)
        windows = image.unfold(0, self.window, self.hop).unfold(1, self.window, self.hop)
        return torch.fft.rfft2(windows * self._window(image))

    def magnitude(self, image: torch.Tensor) -> torch.Tensor:
        """Return the magnitudes of `forward`: all that is left when the phase is thrown away."""
        return self.forward(image).abs()

    def inverse(self, spectrum: torch.Tensor) -> torch.Tensor:
        """Return the image whose spectra are nearest, by least squares, to those given.

        Every window is weighted with the window once more, and the sum divided by the sum of the
        squared windows: equation 6 of Griffin and Lim (1984), in two dimensions.

        Parameters
        ----------
        spectrum
            As `forward` returns it. It need not be the spectrum of any image.

        Returns
        -------
        torch.Tensor
            Shape ``(rows, columns)``.
        """
        bins = (self.window, self.window // 2 + 1)
        if spectrum.ndim != 4 or spectrum.shape[2:] != bins:
            raise VoxError(
                f"spectra must have the shape (down, across, {bins[0]}, {bins[1]}), "
                f"not {tuple(spectrum.shape)}"
            )
        if min(map(self.size, spectrum.shape[:2])) <= 0:
            raise VoxError(
                f"{' x '.join(map(str, spectrum.shape[:2]))} windows of {self.window} pixels "
                f"every {self.hop} lie in the padding alone"
            )
        import torch

        windows = torch.fft.irfft2(spectrum, s=(self.window, self.window))
        down, across = (self._weight(n, windows) for n in windows.shape[:2])
        plane = self._add(windows * self._window(windows)) / (down[:, None] * across)
        return self._crop(plane)

    def griffin_lim(
        self,
        magnitude: torch.Tensor,
        iterations: int,
        *,
        momentum: float = 0.0,
        positive: bool = True,
        seed: int = 0,
        watch: Collection[int] = (),
    ) -> Retrieval:
        """Find an image by its magnitudes, from random phases.

        An image and its negative (every pixel times -1) have the same magnitudes, and so have any
        of its windows: from phases that are random throughout, parts of an image come out positive
        and others negative, and the seams between them never heal. Of pixels that are nowhere
        negative the sums under the window, bin (0, 0) of each spectrum, are known to be positive;
        starting from that settles the sign everywhere. Mirror images matter less: a window
        by itself has the same magnitudes as its mirror image, but the one does not overlap with
        its neighbours as the other does.

        Parameters
        ----------
        magnitude
            As `magnitude` returns it, on any device.
        iterations
            Of inverse and forward transform.
        momentum
            0 for the method of Griffin and Lim (1984), whose convergence never gets worse; 0.99
            for the fast one of Perraudin, Balazs and Søndergaard (2013), whose may.
        positive
            Whether the first phases of the bins (0, 0) are 0, because the image is nowhere
            negative, or random as well. Either way it is the image, of the two that differ in sign
            alone, whose mean is positive that is returned.
        seed
            Of the phases that it starts from.
        watch
            Iterations, counted from 1, whose images are kept.
        """
        if iterations < 1:
            raise VoxError(f"Griffin-Lim needs 1 iteration or more, not {iterations}")
        if momentum < 0:
            raise VoxError(f"momentum must be 0 or more, not {momentum}")
        import torch

        draw = torch.Generator().manual_seed(seed)
        angle = 2 * torch.pi * torch.rand(magnitude.shape, generator=draw, dtype=magnitude.dtype)
        if positive:
            angle[..., 0, 0] = 0
        spectrum = torch.polar(magnitude, angle.to(magnitude))
        rebuilt = torch.zeros_like(spectrum)
        watched, errors = {}, magnitude.new_zeros(iterations)
        for iteration in range(1, iterations + 1):
            image = self.inverse(spectrum)
            last, rebuilt = rebuilt, self.forward(image)
            errors[iteration - 1] = self._norm(rebuilt.abs() - magnitude)
            if iteration in watch:
                watched[iteration] = _positive(image)
            phase = rebuilt - momentum / (1 + momentum) * last if momentum else rebuilt
            spectrum = phase * (magnitude / phase.abs().clamp_min(1e-16))
        convergence = 20 * (errors / self._norm(magnitude)).log10()
        return Retrieval(_positive(image), convergence.cpu(), watched)

    def _line(self, like: torch.Tensor) -> torch.Tensor:
        import torch

        return torch.hamming_window(self.window, dtype=like.dtype, device=like.device)

    def _window(self, like: torch.Tensor) -> torch.Tensor:
        line = self._line(like)
        return line[:, None] * line

    def _weight(self, windows: int, like: torch.Tensor) -> torch.Tensor:
        """Sum of squared windows along one side; that of the plane is a product of two."""
        squared = self._line(like).square().view(-1, self.hop)
        total = squared.new_zeros(windows + len(squared) - 1, self.hop)
        for k, part in enumerate(squared):
            total[k : k + windows] += part
        return total.flatten()

    def _add(self, windows: torch.Tensor) -> torch.Tensor:
        """Overlap and add: ``(down, across, window, window)`` to the plane with its padding.

        Rows first, then columns, and hop by hop: the k-th hops of all windows touch without
        overlapping, so each axis needs ``window / hop`` sums of large blocks and no more.
        """
        down, across = windows.shape[:2]
        overlaps = self.window // self.hop
        rows = windows.new_zeros(down + overlaps - 1, across, self.hop, self.window)
        for k in range(overlaps):
            rows[k : k + down] += windows[:, :, k * self.hop : (k + 1) * self.hop]
        plane = windows.new_zeros(len(rows), self.hop, across + overlaps - 1, self.hop)
        for k in range(overlaps):
            part = rows[..., k * self.hop : (k + 1) * self.hop]
            plane[:, :, k : k + across] += part.transpose(1, 2)
        return plane.flatten(2, 3).flatten(0, 1)

    def _crop(self, plane: torch.Tensor) -> torch.Tensor:
        inside = slice(self.margin, -self.margin or None) if self.padded else slice(None)
        return plane[inside, inside]

    def _norm(self, half: torch.Tensor) -> torch.Tensor:
        """Norm of whole spectra of which one half is given: the other has the same magnitudes."""
        whole = half.square()
        return (2 * whole.sum() - whole[..., 0].sum() - whole[..., -1].sum()).sqrt()


def _positive(image: torch.Tensor) -> torch.Tensor:
    return image if image.mean() >= 0 else -image
