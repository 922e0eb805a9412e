"""The scales on which magnitudes become pixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

PixelScale = Literal["unit_log", "negative_log", "silent_zero"]
"""As `vox.representation.Spectrogram` explains them."""


def encode(magnitude: torch.Tensor, scale: PixelScale, floor: float) -> torch.Tensor:
    """Scale magnitudes to pixels, any shape."""
    import torch

    if scale == "silent_zero":
        # magnitudes of rounded samples may pass 1, where the logarithm would end
        return -torch.log1p(-magnitude.clamp_max(1) * (1 - floor))
    log = magnitude.clamp_min(floor).log()
    return -log if scale == "negative_log" else 1 - log / math.log(floor)


def decode(
    image: torch.Tensor, scale: PixelScale, floor: float, silence: bool = True
) -> torch.Tensor:
    """Scale pixels to magnitudes; those at the floor to 0, or to the floor without `silence`."""
    import torch

    if scale == "silent_zero":
        return (-torch.expm1(-image) / (1 - floor)).clamp(0, 1)
    log = -image if scale == "negative_log" else (1 - image) * math.log(floor)
    return torch.where(log <= math.log(floor), 0.0 if silence else floor, log.exp())


def shown(scale: PixelScale, floor: float) -> tuple[float, float, str]:
    """Return from where to where pixels are drawn, and what they are called."""
    if scale == "silent_zero":
        return 0.0, 0.05, "pixel: minus log of what full scale leaves"
    if scale == "negative_log":
        return 1.0, -math.log(floor), "pixel: minus log magnitude"
    return 0.0, 0.7, "pixel: log magnitude above the floor"
