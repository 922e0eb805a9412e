"""The layers that the networks are made of; `vox.models.specs` has the notation that names them.

Shapes are ``(batch, channels, time, frequency)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import torch
from torch import nn

from vox.errors import VoxError
from vox.models.specs import Conv, LayerDefaults


class FilterBank(nn.Conv2d):
    """A convolution which is computed as a matrix product where its kernel covers its whole input.

    So it is in the class heads of the discriminators, whose weights are most of the network: a
    library for convolutions packs them anew at every call.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """As `torch.nn.Conv2d`."""
        if x.shape[2:] != self.kernel_size or any(self.padding):
            return super().forward(x)
        product = nn.functional.linear(x.flatten(1), self.weight.flatten(1), self.bias)
        return product[:, :, None, None]


class UnitStrideDeconv(nn.ConvTranspose2d):
    """A transposed convolution of stride 1, computed row by row of its kernel.

    With the single output channel of the generators there is too little to do at each position
    for a library to be quick on a CPU. So every row of the kernel becomes an output channel of a
    plain convolution along the frequencies, and `fold` adds the rows up, each at its place.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        """As `torch.nn.ConvTranspose2d`."""
        _, _, time, frequency = self.weight.shape
        above, beside = map(int, self.padding)
        rows = self.weight.flip(3).permute(1, 2, 0, 3).flatten(0, 1)[:, :, None]
        maps = nn.functional.conv2d(x, rows, padding=(0, frequency - 1 - beside))
        plane = (maps.shape[2] + time - 1 - 2 * above, maps.shape[3])
        y = nn.functional.fold(maps.flatten(2), plane, (time, 1), padding=(above, 0))
        return y if self.bias is None else y + self.bias[:, None, None]


class ConvBlock(nn.Module):
    """Convolution, normalisation where asked for, activation.

    Input ``(batch, in_channels, time, frequency)``; output as the convolution gives.
    """

    def __init__(
        self, in_channels: int, spec: Conv, defaults: LayerDefaults, classes: int = 0
    ) -> None:
        super().__init__()
        kind: type[nn.Conv2d | nn.ConvTranspose2d] = FilterBank
        if spec.transposed:
            kind = UnitStrideDeconv if spec.stride == (1, 1) else nn.ConvTranspose2d
        out_channels = classes if spec.channels is None else spec.channels
        self.conv = kind(in_channels, out_channels, spec.kernel, spec.stride, spec.padding)
        norm = defaults.norm(out_channels, spec.normalisation) if spec.norm else nn.Identity()
        self.norm = norm
        self.activation = defaults.activation(spec.activation)
        self.norm_last = spec.norm_last
        defaults.initialise(self.conv)

    @property
    def out_channels(self) -> int:
        """Channels of the output."""
        return self.conv.out_channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply the three in turn."""
        return self.behind(self.conv(x))

    def behind(self, y: torch.Tensor) -> torch.Tensor:
        """Apply what comes behind the convolution."""
        first, last = self.norm, self.activation
        if self.norm_last:
            first, last = last, first
        applied: torch.Tensor = last(first(y))
        return applied


class LabelBlock(ConvBlock):
    """A `ConvBlock` on an image with labels beside it, repeated over its plane.

    The repeated labels are never made. They are the same all over the plane, so what a tap of
    the kernel adds to an output depends on the labels alone, and where it is added only on
    whether the tap falls inside the plane or on the padding.
    """

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        """Apply the three to ``x`` and labels of shape ``(batch, n)``.

        ``x`` has as many channels as are left of the convolution's.
        """
        c = self.conv
        of_image, of_labels = c.weight.split([x.shape[1], labels.shape[1]], dim=1)
        taps = (labels.to(x.dtype) @ of_labels.flatten(2)).transpose(0, 1)  # (batch, out, taps)
        time, frequency = (
            taps_inside(*sizes, x.dtype, x.device)  # type: ignore[arg-type]
            for sizes in zip(x.shape[2:], c.kernel_size, c.stride, c.padding, strict=True)
        )
        added = time @ taps.unflatten(2, c.kernel_size) @ frequency.T  # type: ignore[arg-type]
        convolved = nn.functional.conv2d(x, of_image, c.bias, c.stride, c.padding)  # type: ignore[arg-type]
        return self.behind(convolved + added)


@lru_cache(maxsize=64)
def taps_inside(
    size: int,
    kernel: int,
    stride: int,
    padding: int,
    dtype: torch.dtype = torch.float32,
    device: torch.device | None = None,
) -> torch.Tensor:
    """Say which taps of a convolution fall inside its input, along one axis.

    Parameters
    ----------
    size, kernel, stride, padding
        Of the input and of the convolution.
    dtype, device
        Of the result, which is kept: nobody may change it.

    Returns
    -------
    torch.Tensor
        Shape ``(outputs, kernel)`` in {0, 1}.

    Examples
    --------
    >>> taps_inside(4, 3, 1, 1)
    tensor([[0., 1., 1.],
            [1., 1., 1.],
            [1., 1., 1.],
            [1., 1., 0.]])
    """
    first = torch.arange(0, size + 2 * padding - kernel + 1, stride, device=device)
    place = first[:, None] + torch.arange(kernel, device=device) - padding
    return ((place >= 0) & (place < size)).to(dtype)


class ResBlock(nn.Module):
    """conv, norm, activation, conv, norm, added to the input: StarGAN's residual block.

    Input and output ``(batch, channels, time, frequency)``.
    """

    def __init__(self, channels: int, spec: Conv, defaults: LayerDefaults) -> None:
        super().__init__()
        if spec.channels != channels:
            raise VoxError(f"a ResBlock keeps its channels: {channels} in, {spec.channels} out")
        self.first = ConvBlock(channels, spec, defaults)
        self.second = ConvBlock(channels, replace(spec, activation="none"), defaults)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add what the block computes to its input."""
        y: torch.Tensor = x + self.second(self.first(x))
        return y


class Pool(nn.Module):
    """The mean over time and frequency, ``(batch, channels, 1, 1)``: global average pooling."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Average."""
        return x.mean(dim=(2, 3), keepdim=True)


class Concat(nn.Module):
    """Tensors side by side along the channels."""

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        """Concatenate along axis 1."""
        return torch.cat(tensors, dim=1)


def stack(
    in_channels: int, specs: Sequence[Conv], defaults: LayerDefaults
) -> tuple[nn.Sequential, int]:
    """Chain convolutions and return them with the channels that come out."""
    blocks = []
    for spec in specs:
        blocks.append(ConvBlock(in_channels, spec, defaults))
        in_channels = blocks[-1].out_channels
    return nn.Sequential(*blocks), in_channels
