"""How far the labels reach: which output pixels one cell of the bottleneck's input can change."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.autograd.forward_ad as forward_ad
from torch import nn

from vox.definition import Experiment
from vox.labels import LabelSpace


@dataclass(frozen=True)
class Reach:
    """Pixels of the output that depend on one cell where the labels join.

    Attributes
    ----------
    time, frequency
        Size of the patch, in pixels, on an image too large to cut it off.
    image
        Size of the experiment's own image, (time, frequency).
    """

    time: int
    frequency: int
    image: tuple[int, int]

    @property
    def each_side(self) -> tuple[float, float]:
        """Half of the patch, on (time, frequency)."""
        return self.time / 2, self.frequency / 2

    def __str__(self) -> str:
        sides = " x ".join(f"{side:g}" for side in self.each_side)
        return (
            f"{self.time} x {self.frequency} px ({sides} px to each side) "
            f"of an image of {self.image[0]} x {self.image[1]} (time x frequency)"
        )


def reach(e: Experiment) -> Reach:
    """Measure the receptive field behind the point where the labels join, by differentiation.

    The generator is built with every weight positive, so that no path cancels another and every
    ReLU passes; one cell of the merge layer's input is then perturbed (forward-mode derivative),
    and the output pixels whose derivative is not 0 are counted. Width changes nothing in it.

    Examples
    --------
    >>> import vox
    >>> print(reach(vox.experiment("47c97768")))
    72 x 72 px (36 x 36 px to each side) of an image of 256 x 256 (time x frequency)
    """
    labels = LabelSpace.sized(speaker=1)
    generator = replace(e, width=1 / 64).generator(labels).double().eval()
    for module in generator.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.constant_(module.weight, 1 / module.weight[0].numel())
    side = 576  # pixels: larger than any patch of the series, and a multiple of every stride
    joined = torch.Size([])

    def perturb(module: nn.Module, args: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        nonlocal joined
        image, *labels = args
        joined = image.shape[-2:]
        tangent = torch.zeros_like(image)
        tangent[..., joined[0] // 2, joined[1] // 2] = 1
        return forward_ad.make_dual(image, tangent), *labels

    with torch.no_grad(), forward_ad.dual_level():
        handle = generator.merge.register_forward_pre_hook(perturb)
        inputs = torch.ones(1, generator.label_size, dtype=torch.float64)
        output = generator(torch.ones(1, 1, side, side, dtype=torch.float64), inputs)
        handle.remove()
        changed = forward_ad.unpack_dual(output).tangent[0, 0] != 0
    spans = [int(changed.any(dim=axis).sum()) for axis in (1, 0)]
    return Reach(spans[0], spans[1], e.spectrogram.shape)
