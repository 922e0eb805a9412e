"""The autoencoder: an image in, the same image out through latent variables."""

from __future__ import annotations

from typing import NamedTuple

import torch

from vox.models.layers import stack
from vox.models.network import Network
from vox.models.specs import AutoencoderLayers, LayerDefaults


class Reconstruction(NamedTuple):
    """What an autoencoder makes of a batch of images.

    Attributes
    ----------
    latent
        Shape ``(batch, channels, time, frequency)``.
    image
        Shape ``(batch, 1, time, frequency)``.
    """

    latent: torch.Tensor
    image: torch.Tensor


class Autoencoder(Network):
    """An encoder and a decoder.

    Parameters
    ----------
    layers
        What it is made of.
    defaults
        What the layers' notation leaves open.

    Examples
    --------
    >>> import vox
    >>> e = vox.experiment("c9335bce")
    >>> [layer.shape for layer in e.trace("autoencoder") if layer.name == "latent"]
    [(1024, 16, 9)]
    """

    returns = Reconstruction._fields
    free = ("latent",)

    def __init__(self, layers: AutoencoderLayers, defaults: LayerDefaults) -> None:
        super().__init__()
        self.encoder, latent = stack(1, layers.encoder, defaults)
        self.decoder, _ = stack(latent, layers.decoder, defaults)

    def forward(self, image: torch.Tensor) -> Reconstruction:
        """Encode and decode images of shape ``(batch, 1, time, frequency)``."""
        latent = self.encoder(image)
        return Reconstruction(latent, self.decoder(latent))
