"""The layers of networks in the short notation of the pages, without torch: what is built of them
stands in the modules beside this one.

Kernel, stride and padding pairs are ``(time, frequency)``, which cfcefd21's 1 x 64 x 256 images and
3x4 / 1x2 layers fix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from vox.fields import Part, number

if TYPE_CHECKING:
    from torch import nn

Pair = tuple[int, int]
Activation = Literal["relu", "leaky_relu", "sigmoid", "tanh", "softplus", "none"]
Normalisation = Literal["batch", "instance"]


@dataclass(frozen=True)
class LayerDefaults(Part):
    """What the pages do not say of their layers: the defaults of Chainer, whose terms they use.

    Attributes
    ----------
    leaky_relu_slope
        For negative values.
    batch_norm_eps
        Added to the variance, of instance normalisation too.
    batch_norm_decay
        Share of the old running average that is kept a step (torch's momentum is 1 minus it).
    initialisation
        Of weights: ``"lecun_normal"``, N(0, 1 / fan_in); biases are 0.
    """

    leaky_relu_slope: float = 0.2
    batch_norm_eps: float = number(2e-5, least=0)
    batch_norm_decay: float = number(0.9, least=0, most=1)
    initialisation: Literal["lecun_normal"] = "lecun_normal"

    def activation(self, name: Activation) -> nn.Module:
        """Return the module of an activation; what it writes over, no layer needs again."""
        from torch import nn

        if name == "leaky_relu":
            return nn.LeakyReLU(self.leaky_relu_slope, inplace=True)
        if name == "relu":
            return nn.ReLU(inplace=True)
        return {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "softplus": nn.Softplus}.get(
            name, nn.Identity
        )()

    def norm(self, channels: int, kind: Normalisation = "batch") -> nn.Module:
        """Return a normalisation with a factor and an offset a channel.

        That of an instance takes each image's own mean and variance, in training and afterwards.
        """
        from torch import nn

        if kind == "instance":
            return nn.InstanceNorm2d(channels, eps=self.batch_norm_eps, affine=True)
        return nn.BatchNorm2d(channels, eps=self.batch_norm_eps, momentum=1 - self.batch_norm_decay)

    def initialise(self, module: nn.Conv2d | nn.ConvTranspose2d) -> None:
        """Draw the weights of a convolution.

        For a transposed convolution fan_in counts its output channels, as Chainer did from the
        weights' shape ``(in, out, time, frequency)``.
        """
        from torch import nn

        nn.init.kaiming_normal_(module.weight, nonlinearity="linear")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


@dataclass(frozen=True)
class Conv(Part):
    """One convolution as the pages write it: ``conv 32 k4 s2 p1 BN LeakyReLU``.

    Attributes
    ----------
    channels
        Output channels; None in a class head, which has one a class.
    kernel, stride, padding
        On (time, frequency).
    norm
        Whether there is a normalisation.
    activation
        What comes behind it.
    transposed
        A "deconvolution".
    norm_last
        Whether the activation comes first and the normalisation behind it (c9335bce).
    normalisation
        Which, where there is one: over the minibatch, or of each image by itself.
    """

    channels: int | None
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    norm: bool = False
    activation: Activation = "none"
    transposed: bool = False
    norm_last: bool = False
    normalisation: Normalisation = "batch"

    def __str__(self) -> str:
        words = [
            "deconv" if self.transposed else "conv",
            "classes" if self.channels is None else str(self.channels),
            f"k{by(self.kernel)}",
            f"s{by(self.stride)}",
            f"p{by(self.padding)}",
        ]
        behind = [NORMALISATION_NAMES[self.normalisation]] if self.norm else []
        if self.activation != "none":
            behind.insert(0 if self.norm_last else 1, ACTIVATION_NAMES[self.activation])
        return " ".join(words + behind)

    def scaled(self, width: float) -> Conv:
        """Return the layer with `width` times the channels, at least one."""
        if self.channels is None:
            return self
        return replace(self, channels=max(1, round(self.channels * width)))

    def turned(self) -> Conv:
        """Return the layer with time and frequency exchanged.

        Examples
        --------
        >>> print(conv(256, (3, 5), p=(1, 2)).turned())
        conv 256 k5x3 s1 p2x1
        """
        pairs = (pair[::-1] for pair in (self.kernel, self.stride, self.padding))
        kernel, stride, padding = pairs
        return replace(self, kernel=kernel, stride=stride, padding=padding)


NORMALISATION_NAMES = {"batch": "BN", "instance": "IN"}
ACTIVATION_NAMES = {
    "relu": "ReLU", "leaky_relu": "LeakyReLU", "sigmoid": "sigmoid", "tanh": "tanh",
    "softplus": "softplus",
}  # fmt: skip


def by(pair: Sequence[int]) -> str:
    """Write a pair as the pages do: ``4`` when both are equal, else ``3x4``.

    Examples
    --------
    >>> by((4, 4)), by((3, 4))
    ('4', '3x4')
    """
    return str(pair[0]) if len(set(pair)) == 1 else "x".join(map(str, pair))


def conv(
    channels: int | None,
    k: int | Pair,
    s: int | Pair = 1,
    p: int | Pair = 0,
    *,
    norm: bool = False,
    activation: Activation = "none",
    transposed: bool = False,
    norm_last: bool = False,
) -> Conv:
    """Shorthand for `Conv` in which a single number stands for both axes.

    Examples
    --------
    >>> print(conv(512, (3, 4), (1, 2), 1, activation="leaky_relu"))
    conv 512 k3x4 s1x2 p1 LeakyReLU
    """
    kernel, stride, padding = (v if isinstance(v, tuple) else (v, v) for v in (k, s, p))
    return Conv(channels, kernel, stride, padding, norm, activation, transposed, norm_last)


@dataclass(frozen=True)
class GeneratorLayers:
    """The layers of a generator, from its input to its output.

    Attributes
    ----------
    downsampling
        From the image to the bottleneck's resolution.
    merge
        Takes the downsampled image and the repeated labels together.
    block, blocks
        The residual block of the bottleneck, and how many follow each other.
    upsampling
        Back to the image's resolution.
    output
        The last layer, with the image's single channel.
    skip
        Whether the downsampled image joins again behind the bottleneck (54314b33).
    """

    downsampling: tuple[Conv, ...]
    merge: Conv
    block: Conv
    blocks: int
    upsampling: tuple[Conv, ...]
    output: Conv
    skip: bool = False

    def scaled(self, width: float) -> GeneratorLayers:
        """Return the same layers with `width` times the channels inside."""
        return replace(
            self,
            downsampling=tuple(layer.scaled(width) for layer in self.downsampling),
            merge=self.merge.scaled(width),
            block=self.block.scaled(width),
            upsampling=tuple(layer.scaled(width) for layer in self.upsampling),
        )

    def turned(self) -> GeneratorLayers:
        """Return the same layers with time and frequency exchanged in the bottleneck's filters."""
        return replace(self, merge=self.merge.turned(), block=self.block.turned())


@dataclass(frozen=True)
class DiscriminatorLayers:
    """The layers of a discriminator, or of a classifier.

    Attributes
    ----------
    body
        From the image to the feature.
    classes
        The class head; its channels are one a class (None).
    adversarial
        The adversarial head; None makes it a classifier.
    grouped
        Whether each label group has a class head of its own, or one head answers for all.
    pooled
        Whether the class heads' maps are averaged over time and frequency.
    """

    body: tuple[Conv, ...]
    classes: Conv
    adversarial: Conv | None
    grouped: bool = False
    pooled: bool = False

    def scaled(self, width: float) -> DiscriminatorLayers:
        """Return the same layers with `width` times the channels inside."""
        return replace(self, body=tuple(layer.scaled(width) for layer in self.body))


@dataclass(frozen=True)
class AutoencoderLayers:
    """The layers of an autoencoder.

    Attributes
    ----------
    encoder
        From the image to the latent variables.
    decoder
        From the latent variables to the image, the last layer with its single channel.
    """

    encoder: tuple[Conv, ...]
    decoder: tuple[Conv, ...]

    def scaled(self, width: float) -> AutoencoderLayers:
        """Return the same layers with `width` times the channels inside."""
        inside = (tuple(layer.scaled(width) for layer in x) for x in (self.encoder, self.decoder))
        encoder, decoder = inside
        return AutoencoderLayers(encoder, (*decoder[:-1], self.decoder[-1]))
