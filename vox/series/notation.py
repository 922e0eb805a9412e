"""Short names for the layers that the pages of 2019 write again and again."""

from __future__ import annotations

from typing import Any

from vox.models.specs import Conv, conv


def down(channels: int, k: Any, s: Any = 1, p: Any = 1, activation: Any = "relu") -> Conv:
    """A generator's layer on the way down, or in the bottleneck: BN, ReLU."""
    return conv(channels, k, s, p, norm=True, activation=activation)


def up(channels: int, k: Any, s: Any = 2, p: Any = 1, activation: Any = "relu") -> Conv:
    """A generator's layer on the way up: transposed, BN, ReLU."""
    return conv(channels, k, s, p, norm=True, activation=activation, transposed=True)


def leaky(channels: int | None, k: Any = 4, s: Any = 2, p: Any = 1, norm: bool = False) -> Conv:
    """A layer of a discriminator or classifier: LeakyReLU, and BN where asked for."""
    return conv(channels, k, s, p, norm=norm, activation="leaky_relu")


def halving(*channels: int, norm: bool = False) -> tuple[Conv, ...]:
    """The bodies of discriminators: `leaky` with k4 s2 p1, one after the other."""
    return tuple(leaky(n, norm=norm) for n in channels)


def coded(channels: int, k: Any, s: Any = 1, p: Any = 0) -> Conv:
    """A layer of an autoencoder: LeakyReLU, and BN behind it (c9335bce)."""
    return conv(channels, k, s, p, norm=True, activation="leaky_relu", norm_last=True)


def decoded(channels: int, k: Any, s: Any = 1, p: Any = 0) -> Conv:
    """As `coded`, transposed."""
    return conv(
        channels, k, s, p, norm=True, activation="leaky_relu", norm_last=True, transposed=True
    )
