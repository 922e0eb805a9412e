"""Conversion by optimal transport between speakers' Gaussians: more than moments, no network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from vox.fields import number
from vox.objectives.statistics import Statistics, speaker_count, speaker_group
from vox.representation.base import Analysis
from vox.representation.moments import is_speech

if TYPE_CHECKING:
    import torch

    from vox.corpus.windows import Windows
    from vox.labels import LabelSpace
    from vox.models.converter import SpeakerGaussians
    from vox.models.network import Network
    from vox.objectives.base import Networks

RIDGE = 0.01  # of the mean variance, added to every variance: 80 points hold fewer dimensions
FEW = 400.0  # frames (3.2 s) whose covariance counts as much as that of all of a speaker's speech


@dataclass(frozen=True, kw_only=True)
class Transport(Statistics):
    """The envelope's distribution, a Gaussian a speaker, is carried over to the target's.

    Of all maps between two Gaussians the one taken moves frames least (Olkin and Pukelsheim 1982,
    `optimal_map`), so words stay; and unlike mean and deviation point by point it turns the shape
    of the spectrum too. Voiced and voiceless frames have Gaussians of their own. Pitch moves as
    `Statistics` moves it. The source need not be a known speaker: the one whose mean is nearest
    lends its covariances.

    Attributes
    ----------
    beyond
        How much farther than the target's mean frames are moved, as a share of the way: a voice
        that is overdone is taken less often for the source's, and loses more words.
    """

    kind: ClassVar[str] = "transport"

    beyond: float = number(0.0, least=0)

    def network(self, name: str, labels: LabelSpace, width: float) -> Network:
        """Build the speakers' Gaussians, not yet known."""
        from vox.models.converter import SpeakerGaussians

        return SpeakerGaussians(speaker_count(labels), self.points)

    def prepare(self, networks: Networks, windows: Windows, labels: LabelSpace) -> None:
        """Count the speakers' statistics, and their Gaussians."""
        super().prepare(networks, windows, labels)
        count_gaussians(cast("SpeakerGaussians", networks["statistics"]), windows, labels)

    def adapt(
        self, networks: Networks, known: Networks, windows: Windows, labels: LabelSpace
    ) -> None:
        """Take over what is known, and count the new speakers."""
        super().adapt(networks, known, windows, labels)
        first = len(self.statistics(known).mean)
        count_gaussians(cast("SpeakerGaussians", networks["statistics"]), windows, labels, first)

    def converted(
        self, networks: Networks, labels: LabelSpace, analysis: Analysis, index: torch.Tensor
    ) -> Analysis:
        """Carry a section's frames over, and move its pitch."""
        import torch

        moved = super().converted(networks, labels, analysis, index)
        known = cast("SpeakerGaussians", networks["statistics"])
        target = int(index[speaker_group(labels)])
        beside = analysis.beside
        mean, deviation = beside["mean"][:, None, None], beside["deviation"][:, None, None]
        near = known.nearest(beside["mean"].mean(dim=0))[0]
        envelope = analysis.image * deviation + mean
        heard = envelope - mean + known.mean[near]  # as if that speaker said it
        carried = torch.empty_like(envelope)
        farther = 1 + self.beyond
        voiced = (beside["pitch"] > 0)[:, None]
        for kind, those in enumerate((~voiced, voiced)):
            from_mean, to_mean = known.centre[near, kind], known.centre[target, kind]
            turned = optimal_map(known.covariance[near, kind], known.covariance[target, kind])
            moved_mean = from_mean + farther * (to_mean - from_mean)
            carried[those] = (heard[those] - from_mean) @ turned.T + moved_mean
        image = (carried - known.mean[target]) / known.deviation[target]
        return Analysis(image, moved.beside)


def optimal_map(source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the matrix that moves a Gaussian onto another with the least change.

    ``A^-1 (A B A)^(1/2) A^-1`` with A the root of the source's covariance and B the target's
    (Olkin and Pukelsheim 1982), both with a ridge.

    Parameters
    ----------
    source, target
        Covariances, shape ``(n, n)``.

    Examples
    --------
    >>> import torch
    >>> optimal_map(torch.eye(2), 4 * torch.eye(2)).round(decimals=2)
    tensor([[2., 0.],
            [0., 2.]])
    """
    import torch

    n = len(source)
    one, other = (
        c + RIDGE * c.trace() / n * torch.eye(n).to(c) for c in (source.double(), target.double())
    )
    root = _root(one)
    inverse = torch.linalg.inv(root)
    return (inverse @ _root(root @ other @ root) @ inverse).to(source.dtype)


def _root(matrix: torch.Tensor) -> torch.Tensor:
    """The root of a symmetric matrix without negative eigenvalues."""
    import torch

    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp_min(0).sqrt()) @ vectors.T


def count_gaussians(
    known: SpeakerGaussians, windows: Windows, labels: LabelSpace, first: int = 0
) -> None:
    """Count mean and covariance of each speaker's voiceless and voiced speech, in flat memory.

    Those of the speakers before `first` are known already.
    """
    import torch

    from vox.corpus.features import FeatureWindows

    assert isinstance(windows, FeatureWindows)  # `count_statistics` has said so
    place, points = speaker_group(labels), known.mean.shape[1]
    shape = (len(known.mean), 2)
    count = torch.zeros(*shape, dtype=torch.float64)
    total = torch.zeros(*shape, points, dtype=torch.float64)
    squares = torch.zeros(*shape, points, points, dtype=torch.float64)
    for at, index in enumerate(windows.index):
        head, frames = windows.rows(at)
        envelope = (frames[:, :points] * head[1, :points] + head[0, :points]).double()
        speech = torch.from_numpy(is_speech(envelope.numpy()))
        voiced = frames[:, points] > 0
        for kind, those in enumerate((speech & ~voiced, speech & voiced)):
            chosen, speaker = envelope[those], int(index[place])
            count[speaker, kind] += len(chosen)
            total[speaker, kind] += chosen.sum(dim=0)
            squares[speaker, kind] += chosen.T @ chosen
    for speaker in range(first, len(known.mean)):
        of_all = (x[speaker].sum(dim=0) for x in (count, total, squares))
        whole, spread = _moments(*of_all)
        for kind in range(2):
            n = count[speaker, kind]
            mean, covariance = _moments(n, total[speaker, kind], squares[speaker, kind])
            share = n / (n + FEW)
            known.centre[speaker, kind] = mean if n else whole
            known.covariance[speaker, kind] = share * covariance + (1 - share) * spread


def _moments(
    count: torch.Tensor, total: torch.Tensor, squares: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    n = count.clamp_min(1)
    mean = total / n
    return mean, squares / n - mean[:, None] * mean
