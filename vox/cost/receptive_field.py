"""Which output pixels one cell inside a network can change, found by differentiation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
import torch.autograd.forward_ad as forward_ad
from torch import nn

from vox.definition import Experiment
from vox.labels import LabelSpace
from vox.models.network import Network


@dataclass(frozen=True)
class ReceptiveField:
    """Pixels of the output that depend on one cell inside a network.

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


def receptive_field(e: Experiment) -> ReceptiveField:
    """Measure the receptive field behind the point where the labels join a generator.

    The generator is built with every weight positive, so that no path cancels another and every
    ReLU passes; one cell of the merge layer's input is then perturbed (forward-mode derivative),
    and the output pixels whose derivative is not 0 are counted. Width changes nothing in it.

    Examples
    --------
    >>> import vox
    >>> print(receptive_field(vox.experiment("47c97768")))
    72 x 72 px (36 x 36 px to each side) of an image of 256 x 256 (time x frequency)
    """
    generator = e.replace(width=1 / 64).generator(LabelSpace.sized(speaker=1))
    side = 576  # pixels: larger than any patch of the series, and a multiple of every stride
    inputs = {**generator.inputs((side, side)), "labels": torch.ones(2, generator.label_size)}
    changed = _changed(generator, generator.merge, inputs)
    return ReceptiveField(*_spans(changed), e.representation.shape)


def _changed(network: Network, inside: nn.Module, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """Which output pixels depend on the middle cell of a module's input, (time, frequency)."""
    _make_positive(network.double().eval())

    def perturb(module: nn.Module, args: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        image, *more = args
        tangent = torch.zeros_like(image)
        tangent[..., image.shape[-2] // 2, image.shape[-1] // 2] = 1
        return forward_ad.make_dual(image, tangent), *more

    with torch.no_grad(), forward_ad.dual_level():
        handle = inside.register_forward_pre_hook(perturb)
        output = network(**{name: x[:1].double() for name, x in inputs.items()})
        handle.remove()
        image = output if isinstance(output, torch.Tensor) else output.image
        changed: torch.Tensor = forward_ad.unpack_dual(image).tangent[0, 0] != 0
    return changed


def _make_positive(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.constant_(module.weight, 1 / module.weight[0].numel())


def _spans(changed: torch.Tensor) -> tuple[int, int]:
    time, frequency = (int(changed.any(dim=axis).sum()) for axis in (1, 0))
    return time, frequency


@dataclass(frozen=True)
class LatentField:
    """Input pixels that one latent variable depends on, and how many there are of each.

    Attributes
    ----------
    time, frequency
        Size of the patch, in pixels, of the latent variable in the middle.
    image
        Size of the image, (time, frequency).
    latent
        Size of the latent variables, (channels, time, frequency).
    """

    time: int
    frequency: int
    image: tuple[int, int]
    latent: tuple[int, int, int]

    @property
    def connects_all_frequencies(self) -> bool:
        """Whether one latent variable sees every frequency of the image."""
        return self.frequency >= self.image[1]

    def __str__(self) -> str:
        return (
            f"{self.time} x {self.frequency} px of {self.image[0]} x {self.image[1]} "
            f"(time x frequency), latent {' x '.join(map(str, self.latent))}"
        )


def latent_field(e: Experiment) -> LatentField:
    """Measure what one latent variable of an autoencoder depends on, by differentiation.

    Every weight of the encoder is positive and tanh's slope is never 0, so no path cancels
    another; the pixels with a gradient are counted. Width changes nothing in it.

    Examples
    --------
    >>> import vox
    >>> latent_field(vox.experiment("bc7db4a2")).connects_all_frequencies
    True
    """
    network = e.replace(width=1 / 64).network("autoencoder", LabelSpace.sized(speaker=1))
    encoder = cast(nn.Module, network.encoder).double().eval()
    _make_positive(encoder)
    image = torch.full(
        (1, 1, *e.representation.shape), 0.01, dtype=torch.float64, requires_grad=True
    )
    latent = encoder(image)
    (gradient,) = torch.autograd.grad(
        latent[..., latent.shape[2] // 2, latent.shape[3] // 2].sum(), image
    )
    shape = next(layer.shape for layer in e.trace("autoencoder") if layer.name == "latent")
    time, frequency = _spans(gradient[0, 0] != 0)
    return LatentField(time, frequency, e.representation.shape, (shape[0], shape[1], shape[2]))
