"""Conversion by the statistics of speakers alone: the floor that any network must beat."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from vox.errors import VoxError
from vox.fields import number
from vox.objectives.base import Draws, Objective
from vox.representation.base import Analysis, Change
from vox.representation.moments import Moments
from vox.representation.transform import PitchStatistics, move_pitch

if TYPE_CHECKING:
    import torch

    from vox.corpus.windows import Windows
    from vox.labels import LabelSpace
    from vox.models.converter import SpeakerStatistics
    from vox.models.network import Network
    from vox.objectives.base import Networks, Terms

POINTS = 80
LOUDER = 12 * np.log(10) / 10  # 12 dB, in the natural logarithm of power


@dataclass(frozen=True, kw_only=True)
class Statistics(Objective):
    """Pitch, and mean and deviation of the envelope, are moved to the target's; nothing is trained.

    Attributes
    ----------
    points
        Of the representation's envelope.
    limits
        Lowest and highest pitch that comes out, in Hz.
    """

    kind: ClassVar[str] = "statistics"
    networks: ClassVar[tuple[str, ...]] = ("statistics",)
    converts: ClassVar[bool] = True

    points: int = number(POINTS, above=0)
    limits: tuple[float, float] = (50.0, 600.0)

    @property
    def slots(self) -> tuple[str, ...]:
        """No step: there is nothing to train."""
        return ()

    def network(self, name: str, labels: LabelSpace, width: float) -> Network:
        """Build the speakers' statistics, not yet known."""
        from vox.models.converter import SpeakerStatistics

        return SpeakerStatistics(speaker_count(labels), self.points)

    def prepare(self, networks: Networks, windows: Windows, labels: LabelSpace) -> None:
        """Count the speakers' statistics."""
        count_statistics(self.statistics(networks), windows, labels)

    def adapt(
        self, networks: Networks, known: Networks, windows: Windows, labels: LabelSpace
    ) -> None:
        """Take over what is known, and count the new speakers."""
        first = len(self.statistics(known).mean)
        for name in self.networks:
            extend(networks[name], known[name], first)
        count_statistics(self.statistics(networks), windows, labels, first)

    def statistics(self, networks: Networks) -> SpeakerStatistics:
        """Return the module that holds them."""
        return networks["statistics"]  # type: ignore[return-value]

    def batch(self, draws: Draws) -> Any:
        """There is no step."""
        raise VoxError("statistics have no step")

    def losses(self, network: str, networks: Networks, labels: LabelSpace, batch: Any) -> Terms:
        """There is no step."""
        raise VoxError("statistics have no step")

    def weights(self, network: str) -> dict[str, float]:
        """There is no loss."""
        return {}

    def converted(
        self, networks: Networks, labels: LabelSpace, analysis: Analysis, index: torch.Tensor
    ) -> Analysis:
        """Give a section the target's statistics; the normalised image stays as it is."""
        import torch

        speaker = int(index[speaker_group(labels)])
        if speaker < 0:
            raise VoxError("say which speaker to convert to: --speaker, or speaker=")
        known = self.statistics(networks)
        beside: dict[str, Any] = {
            "mean": known.mean[speaker].expand_as(analysis.beside["mean"]),
            "deviation": known.deviation[speaker].expand_as(analysis.beside["deviation"]),
        }
        to_mean, to_deviation = known.pitch[speaker].tolist()
        pitch = analysis.beside["pitch"].cpu()
        moved = [
            move_pitch(curve.numpy(), (float(m), float(d)), (to_mean, to_deviation), self.limits)
            for curve, m, d in zip(
                pitch, analysis.beside["pitch_mean"], analysis.beside["pitch_deviation"],
                strict=True,
            )
        ]  # fmt: skip
        beside["pitch"] = torch.stack([torch.from_numpy(curve) for curve in moved])
        return analysis.with_image(analysis.image, **beside)

    def change(self, networks: Networks, labels: LabelSpace, index: torch.Tensor) -> Change:
        """Return what converts the analyses of one sound, none of it much louder."""
        converted = super().change(networks, labels, index)

        def change(analysis: Analysis) -> Analysis:
            return no_louder(analysis, converted(analysis))

        return change


def no_louder(source: Analysis, converted: Analysis) -> Analysis:
    """Return a conversion whose frames are at most 12 dB louder than the source's loudest.

    Speech stays as it is. Sound that is unlike any speech, such as a pure tone, lies so far from a
    speaker's mean that what moves it there would make it louder than any sample can tell.
    """
    import torch

    def envelope(analysis: Analysis) -> torch.Tensor:
        image = analysis.image
        mean, deviation = (analysis.beside[n][:, None, None] for n in ("mean", "deviation"))
        return image * deviation.to(image) + mean.to(image)

    before, after = envelope(source), envelope(converted)
    loudest = before.logsumexp(dim=-1, keepdim=True).amax(dim=2, keepdim=True)
    louder = after.logsumexp(dim=-1, keepdim=True) - loudest
    lower = (louder - LOUDER).clamp_min(0) / converted.beside["deviation"][:, None, None].to(after)
    return converted.with_image(torch.where(lower > 0, converted.image - lower, converted.image))


def speaker_group(labels: LabelSpace) -> int:
    """Return the place of the speakers among the label groups.

    Raises
    ------
    VoxError
        The corpus names no speakers.
    """
    names = [group.name for group in labels.groups]
    if "speaker" not in names:
        raise VoxError("this experiment converts speakers, and the corpus does not name any")
    return names.index("speaker")


def speaker_count(labels: LabelSpace) -> int:
    """Return how many speakers there are."""
    return labels.sizes[speaker_group(labels)]


def extend(network: Network, known: Network, first: int) -> None:
    """Fill a network of more speakers from a trained one, and freeze what is not of the new ones.

    What is kept a speaker, a table whose rows are speakers, begins with the known rows and goes on
    with their mean; such tables of weights are what can be trained.

    Parameters
    ----------
    network
        Of the same kind and sizes as `known`, with more speakers.
    known
        Trained.
    first
        How many speakers it knows.
    """
    import torch
    from torch import nn

    old = known.state_dict()
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if value.shape == old[name].shape:
                value.copy_(old[name])
            else:
                value[:first] = old[name]
                value[first:] = old[name].mean(dim=0)
    network.requires_grad_(False)
    for module in network.modules():
        if isinstance(module, nn.Embedding) and module.num_embeddings > first:
            module.weight.requires_grad_(True)


def count_statistics(
    known: SpeakerStatistics, windows: Windows, labels: LabelSpace, first: int = 0
) -> None:
    """Put together the statistics of each speaker's recordings, as `World.rows` begins with them.

    Those of the speakers before `first` are known already.

    Raises
    ------
    VoxError
        The representation keeps no such statistics, a recording names no speaker, or a speaker of
        the label space has no recording that gives a window.
    """
    import torch

    from vox.corpus.features import FeatureWindows

    place, points = speaker_group(labels), known.mean.shape[1]
    if not isinstance(windows, FeatureWindows) or windows.samples.shape[1] != points + 2:
        raise VoxError(
            f"this objective needs envelopes of {points} points with their statistics: give the "
            "experiment a representation such as World()"
        )
    envelope: dict[int, Moments] = defaultdict(Moments)
    pitch: dict[int, PitchStatistics] = defaultdict(PitchStatistics)
    for head, index in zip(windows.heads().numpy(), windows.index, strict=True):
        speaker = int(index[place])
        if speaker < 0:
            raise VoxError("every recording that this experiment trains on must name its speaker")
        mean, deviation = head[0, :points], head[1, :points]
        envelope[speaker] = envelope[speaker].add_moments(mean, deviation, int(head[0, points]))
        heard = PitchStatistics(float(head[0, -1]), float(head[1, -1]), int(head[1, points]))
        pitch[speaker] = pitch[speaker] + heard
    for speaker, name in enumerate(labels.groups[place].classes):
        if speaker < first:
            continue
        if speaker not in envelope:
            raise VoxError(f"speaker {name!r} has no recording to train on that is long enough")
        known.mean[speaker] = torch.from_numpy(envelope[speaker].mean)
        known.deviation[speaker] = torch.from_numpy(envelope[speaker].deviation)
        known.pitch[speaker] = torch.tensor(pitch[speaker].moments)
