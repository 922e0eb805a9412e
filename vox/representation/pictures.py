"""A picture made by code, to try representations on."""

from __future__ import annotations

import math

import torch


def picture(size: int = 256) -> torch.Tensor:
    """Draw what is easy and what is hard to get back without phases, four fields of it.

    Rings that narrow outwards, from smooth to as fine as pixels hold; a lit ball on a sky that
    brightens towards its edge; stripes of three directions with hard edges between them; and a
    little house with a sun. Every field reaches the border, which windows treat in their own way.

    Parameters
    ----------
    size
        Pixels of a side.

    Returns
    -------
    torch.Tensor
        Shape ``(size, size)``, float32, in [0, 1]. The same on each call.

    Examples
    --------
    >>> picture(64).shape
    torch.Size([64, 64])
    """
    half = size // 2
    top = torch.cat([_rings(half, half), _ball(half, size - half)], dim=1)
    bottom = torch.cat([_stripes(size - half, half), _house(size - half, size - half)], dim=1)
    return torch.cat([top, bottom]).clamp(0, 1)


def _grid(rows: int, columns: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Coordinates from -1 to 1, downwards and to the right."""
    y, x = torch.linspace(-1, 1, rows), torch.linspace(-1, 1, columns)
    return tuple(torch.meshgrid(y, x, indexing="ij"))  # type: ignore[return-value]


def _rings(rows: int, columns: int) -> torch.Tensor:
    y, x = _grid(rows, columns)
    return 0.5 + 0.5 * torch.cos(math.pi / 5 * max(rows, columns) * (x**2 + y**2))


def _ball(rows: int, columns: int) -> torch.Tensor:
    y, x = _grid(rows, columns)
    sky = 0.15 + 0.35 * (x + 1) / 2
    height = (0.5 - x**2 - y**2).clamp_min(0).sqrt() / 0.5**0.5
    light = 0.2 + 0.8 * (0.6 * height - 0.5 * x - 0.5 * y).clamp_min(0)
    return torch.where(x**2 + y**2 < 0.5, light, sky)


def _stripes(rows: int, columns: int) -> torch.Tensor:
    y, x = _grid(rows, columns)
    across = 0.5 + 0.5 * torch.sin(14 * math.pi * x)
    down = 0.5 + 0.4 * torch.sin(9 * math.pi * y)
    slanted = ((x + y) * 6 % 1 < 0.5).float() * 0.8 + 0.1
    return torch.where(y < -1 / 3, across, torch.where(y < 1 / 3, slanted, down))


def _house(rows: int, columns: int) -> torch.Tensor:
    y, x = _grid(rows, columns)
    house = 0.75 - 0.15 * y
    for inside, grey in (
        (y > 0.55 + 0.05 * torch.sin(5 * x), 0.3),  # the ground
        ((x.abs() < 0.5) & (y > -0.1) & (y < 0.7), 0.55),
        ((y < -0.1) & (y > -0.1 - 0.6 * (1 - x.abs() / 0.65)), 0.1),  # the roof
        (((x + 0.2).abs() < 0.13) & ((y - 0.15).abs() < 0.13), 0.95),  # a window
        (((x - 0.2).abs() < 0.12) & (y > 0.2) & (y < 0.7), 0.0),  # the door
        ((x - 0.7) ** 2 + (y + 0.7) ** 2 < 0.03, 1.0),  # the sun
    ):
        house = torch.where(inside, torch.tensor(grey), house)
    return house
