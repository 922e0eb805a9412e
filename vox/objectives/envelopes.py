"""StarGAN on envelopes that are normalised by their utterance: the rest moves by statistics."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar

from vox.fields import number
from vox.objectives.base import Objective
from vox.objectives.stargan import StarGAN
from vox.objectives.statistics import Statistics
from vox.representation.base import Analysis

if TYPE_CHECKING:
    import torch

    from vox.corpus.windows import Windows
    from vox.labels import LabelSpace
    from vox.models.network import Network
    from vox.objectives.base import Networks


@dataclass(frozen=True, kw_only=True)
class EnvelopeStarGAN(StarGAN, Statistics):
    """StarGAN whose generator converts a normalised envelope, as its image.

    What says most of whose voice it is stands beside such an image and not in it: so a conversion
    moves pitch, mean and deviation as `Statistics` does, and the generator what is left. One that
    copies its input converts as `Statistics`.

    Attributes as those of `StarGAN` and `Statistics`.
    """

    kind: ClassVar[str] = "envelope_stargan"
    networks: ClassVar[tuple[str, ...]] = (*StarGAN.networks, *Statistics.networks)

    points: int = number(256, above=0)

    @property
    def ports(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Labels in, feature and adversarial map out; an image comes out as one goes in."""
        ports = super().ports
        return {port: told for port, told in ports.items() if port != ("output", "image")}

    def network(self, name: str, labels: LabelSpace, width: float) -> Network:
        """Build the generator, the discriminator, or the speakers' statistics, not yet known."""
        kind = Statistics if name in Statistics.networks else StarGAN
        return kind.network(self, name, labels, width)

    def adapt(
        self, networks: Networks, known: Networks, windows: Windows, labels: LabelSpace
    ) -> None:
        """Nothing of a generator that is told labels can stay for more of them."""
        Objective.adapt(self, networks, known, windows, labels)

    def converted(
        self, networks: Networks, labels: LabelSpace, analysis: Analysis, index: torch.Tensor
    ) -> Analysis:
        """Let the generator convert the image of a section, and give it the target's statistics."""
        import torch.nn.functional as F

        moved = Statistics.converted(self, networks, labels, analysis, index)
        frames = analysis.image.shape[2]
        # the last frame is repeated until the strides fit
        missing = -frames % prod(layer.stride[0] for layer in self.generator.downsampling)
        even = analysis.with_image(F.pad(analysis.image, (0, 0, 0, missing), mode="replicate"))
        made = StarGAN.converted(self, networks, labels, even, index)
        return moved.with_image(made.image[:, :, :frames])
