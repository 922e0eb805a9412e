"""An image through latent variables and back: c9335bce, bc7db4a2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vox.models.specs import AutoencoderLayers, LayerDefaults
from vox.objectives.base import Draws, Objective
from vox.representation.base import Analysis, Change

if TYPE_CHECKING:
    import torch

    from vox.labels import LabelSpace
    from vox.models.network import Network
    from vox.objectives.base import Networks, Terms


@dataclass(frozen=True, kw_only=True)
class Autoencoder(Objective):
    """An encoder and a decoder that give back their input; there is no discriminator.

    Attributes
    ----------
    layers
        Of the network.
    layer_defaults
        What their notation leaves open.
    """

    kind: ClassVar[str] = "autoencoder"
    networks: ClassVar[tuple[str, ...]] = ("autoencoder",)

    layers: AutoencoderLayers
    layer_defaults: LayerDefaults = LayerDefaults()

    @property
    def ports(self) -> dict[tuple[str, str], tuple[str, str]]:
        """The latent variables."""
        return {("output", "latent"): ("Latent variables", "(-1, 1)")}

    def network(self, name: str, labels: LabelSpace, width: float) -> Network:
        """Build the autoencoder."""
        from vox.models.autoencoder import Autoencoder as Module

        return Module(self.layers.scaled(width), self.layer_defaults)

    def batch(self, draws: Draws) -> torch.Tensor:
        """Return images."""
        return draws.minibatch(0)[0]

    def losses(
        self, network: str, networks: Networks, labels: LabelSpace, batch: torch.Tensor
    ) -> Terms:
        """Return the mean squared error."""
        from vox.objectives import losses

        return {"reconstruction": losses.distance(networks["autoencoder"](batch).image, batch)}

    def reconstruction(self, networks: Networks) -> Change:
        """Return what puts each image through the latent variables and back."""
        import torch

        def change(analysis: Analysis) -> Analysis:
            with torch.no_grad():
                return analysis.with_image(networks["autoencoder"](analysis.image).image)

        return change

    def weights(self, network: str) -> dict[str, float]:
        """Return the one weight there is."""
        return {"reconstruction": 1.0}
