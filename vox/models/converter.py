"""The converter: an encoder that normalises the speaker away, a decoder that is told the target."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from vox.models.autoencoder import Reconstruction
from vox.models.layers import Concat
from vox.models.network import Network, TimeLayer

SLOPE = 0.1  # of LeakyReLU


class SpeakerStatistics(Network):
    """What is known of each speaker by counting: no weight is trained.

    Attributes
    ----------
    mean, deviation
        Of the envelope, shape ``(speakers, points)``.
    pitch
        Mean and deviation of log pitch, shape ``(speakers, 2)``.
    """

    returns = ("image",)
    mean: torch.Tensor
    deviation: torch.Tensor
    pitch: torch.Tensor

    def __init__(self, speakers: int, points: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(speakers, points))
        self.register_buffer("deviation", torch.ones(speakers, points))
        self.register_buffer("pitch", torch.zeros(speakers, 2))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return the image: what is normalised stays as it is."""
        return image

    def nearest(self, mean: torch.Tensor) -> list[int]:
        """Return the speakers by how near their mean is to one of the shape ``(points,)``."""
        order: list[int] = (self.mean - mean).square().mean(dim=1).argsort().tolist()
        return order


class SpeakerGaussians(SpeakerStatistics):
    """The same, and how frames are spread about their mean, voiceless and voiced.

    Attributes
    ----------
    centre
        Mean of the envelope of voiceless and of voiced speech, shape ``(speakers, 2, points)``.
    covariance
        Shape ``(speakers, 2, points, points)``.
    """

    centre: torch.Tensor
    covariance: torch.Tensor

    def __init__(self, speakers: int, points: int) -> None:
        super().__init__(speakers, points)
        self.register_buffer("centre", torch.zeros(speakers, 2, points))
        self.register_buffer("covariance", torch.eye(points).repeat(speakers, 2, 1, 1))


class Pairs(TimeLayer):
    """Two frames side by side as one: ``(batch, n, time)`` to ``(batch, 2 n, time / 2)``."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Join frames."""
        return torch.cat([x[..., ::2], x[..., 1::2]], dim=1)

    def describe(self) -> tuple[str, ...]:
        """In the words of a diagram."""
        return ("two frames as one",)


class Unpairs(TimeLayer):
    """What `Pairs` joined: ``(batch, 2 n, time)`` to ``(batch, 1, 2 time, n)``, an image again."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Separate frames."""
        return torch.stack(x.chunk(2, dim=1), dim=-1).flatten(2).mT[:, None]

    def describe(self) -> tuple[str, ...]:
        """In the words of a diagram."""
        return ("one frame as two",)


class Points(TimeLayer):
    """An image with its points as channels: ``(batch, 1, time, n)`` to ``(batch, n, time)``."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Take the points for channels."""
        return image[:, 0].mT

    def describe(self) -> tuple[str, ...]:
        """In the words of a diagram."""
        return ("points as channels",)


class TimeConv(TimeLayer):
    """A convolution along time, behind a LeakyReLU and before instance normalisation if asked for.

    Input ``(batch, inside, time)``, output ``(batch, outside, time)``.
    """

    def __init__(
        self, inside: int, outside: int, kernel: int, *, activated: bool = False, normed: bool
    ) -> None:
        super().__init__()
        self.activated = activated
        self.conv = nn.Conv1d(inside, outside, kernel, padding=kernel // 2)
        self.norm = nn.InstanceNorm1d(outside) if normed else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply them."""
        y: torch.Tensor = self.norm(self.conv(F.leaky_relu(x, SLOPE) if self.activated else x))
        return y

    def describe(self) -> tuple[str, ...]:
        """In the words of a diagram."""
        c = self.conv
        words = [f"Convolution in time, n: {c.out_channels}, k: {c.kernel_size[0]}"]
        if self.activated:
            words.insert(0, "LeakyReLU")
        if isinstance(self.norm, nn.InstanceNorm1d):
            words.append("InstanceNormalization")
        return tuple(words)


class TimeBlock(TimeLayer):
    """Two convolutions along time around a shortcut, shape ``(batch, width, time)``.

    Both are normalised by the instance; with speakers the first alone, and then scaled and shifted
    as the speaker has it (arXiv 1703.06868).
    """

    def __init__(self, width: int, speakers: int = 0) -> None:
        super().__init__()
        self.first = nn.Conv1d(width, width, 3, padding=1)
        self.second = nn.Conv1d(width, width, 3, padding=1)
        self.norm = nn.InstanceNorm1d(width)
        self.style = nn.Embedding(speakers, 2 * width) if speakers else None
        if self.style is not None:
            nn.init.normal_(self.style.weight, std=0.1)

    def forward(self, x: torch.Tensor, speaker: torch.Tensor | None = None) -> torch.Tensor:
        """Add what the block computes to its input; speakers have the shape ``(batch,)``."""
        h = self.norm(self.first(F.leaky_relu(x, SLOPE)))
        if self.style is None:
            y: torch.Tensor = x + self.norm(self.second(F.leaky_relu(h, SLOPE)))
            return y
        scale, shift = self.style(speaker)[..., None].chunk(2, dim=1)
        styled: torch.Tensor = x + self.second(F.leaky_relu(h * (1 + scale) + shift, SLOPE))
        return styled

    def describe(self) -> tuple[str, ...]:
        """In the words of a diagram."""
        told = "InstanceNormalization" if self.style is None else "scaled and shifted by speaker"
        return ("ResBlock in time", f"n: {self.first.out_channels}, k: 3", told)


class SpeakerShift(TimeLayer):
    """Adds a vector a speaker to every frame, shape ``(batch, width, time)``."""

    def __init__(self, width: int, speakers: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(speakers, width)
        nn.init.normal_(self.vectors.weight, std=0.1)

    def forward(self, x: torch.Tensor, speaker: torch.Tensor) -> torch.Tensor:
        """Add them; speakers have the shape ``(batch,)``."""
        shifted: torch.Tensor = x + self.vectors(speaker)[..., None]
        return shifted

    def describe(self) -> tuple[str, ...]:
        """In the words of a diagram."""
        return ("shifted by speaker",)


class Converter(Network):
    """An autoencoder of normalised envelopes, two frames at a time; their number must be even.

    Parameters
    ----------
    speakers, points
        How many there are.
    width, latent
        Channels inside, and of the latent variables.
    blocks
        Residual blocks of encoder and decoder.

    Attributes
    ----------
    speakers
        Their statistics.
    probe
        The adversary, which tells speakers from latent variables; conversion has no use for it.
    """

    returns = Reconstruction._fields
    free = ("latent",)

    def __init__(
        self, speakers: int, points: int, width: int, latent: int, blocks: tuple[int, int]
    ) -> None:
        super().__init__()
        self.points = points
        self.encoder = nn.Sequential(
            Points(), Pairs(), TimeConv(2 * points, width, 3, normed=True),
            *(TimeBlock(width) for _ in range(blocks[0])),
            TimeConv(width, latent, 1, activated=True, normed=True),
        )  # fmt: skip
        self.beside = Pairs()
        self.concat = Concat()
        self.merge = TimeConv(latent + 4, width, 3, normed=False)
        self.shift = SpeakerShift(width, speakers)
        self.blocks = nn.ModuleList([TimeBlock(width, speakers) for _ in range(blocks[1])])
        self.output = nn.Sequential(
            TimeConv(width, 2 * points, 3, activated=True, normed=False), Unpairs()
        )
        self.speakers = SpeakerStatistics(speakers, points)
        self.probe = nn.Sequential(
            nn.Conv1d(latent, 96, 5, padding=2), nn.LeakyReLU(SLOPE),
            nn.Conv1d(96, speakers, 5, padding=2),
        )  # fmt: skip

    def inputs(self, shape: tuple[int, int]) -> dict[str, torch.Tensor]:
        """Return inputs of the right shapes."""
        speaker = torch.zeros(2, dtype=torch.int64)
        return {**super().inputs(shape), "told": torch.zeros(2, 2, shape[0]), "speaker": speaker}

    def forward(
        self, image: torch.Tensor, told: torch.Tensor, speaker: torch.Tensor
    ) -> Reconstruction:
        """Encode images and decode them as a speaker's.

        Parameters
        ----------
        image
            Normalised by the utterance, shape ``(batch, 1, time, points)``.
        told
            Voicing and level of each frame, shape ``(batch, 2, time)``: no secret of a speaker, so
            the latent variables need not carry them.
        speaker
            Shape ``(batch,)``, int64.

        Returns
        -------
        Reconstruction
            The image is normalised by the speaker's statistics.
        """
        latent = self.encoder(image)
        return Reconstruction(latent, self.decode(latent, told, speaker))

    def decode(
        self, latent: torch.Tensor, told: torch.Tensor, speaker: torch.Tensor
    ) -> torch.Tensor:
        """Decode latent variables of the shape ``(batch, latent, time / 2)`` to images."""
        h = self.shift(self.merge(self.concat(latent, self.beside(told))), speaker)
        for block in self.blocks:
            h = block(h, speaker)
        image: torch.Tensor = self.output(h)
        return image


class Reversal(torch.autograd.Function):
    """The identity, whose gradient is turned round and weighted (arXiv 1409.7495)."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: float) -> torch.Tensor:
        """Return ``x``."""
        ctx.weight = weight
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> Any:  # type: ignore[override]
        """Turn the gradient round."""
        return -ctx.weight * gradient, None
