"""Conversion by optimal transport between speakers' Gaussians: more than moments, no network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np

from vox.fields import number
from vox.objectives.statistics import Statistics, speaker_count, speaker_group
from vox.representation.axes import mel_points
from vox.representation.base import Analysis
from vox.representation.moments import is_speech
from vox.representation.transform import warp

if TYPE_CHECKING:
    import torch

    from vox.corpus.windows import Windows
    from vox.labels import LabelSpace
    from vox.models.converter import SpeakerGaussians
    from vox.models.network import Network
    from vox.objectives.base import Networks

RIDGE = 0.01  # of the mean variance, added to every variance: 80 points hold fewer dimensions
SEMITONES = np.linspace(-4, 4, 25)  # that formants may move; adults' differ by less
BAND = (150.0, 3600.0)  # Hz: where formants are, and telephones too
VOICE_RIDGE = 0.05  # where two voices are compared
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
    formants
        Whether formants move first, by as much as the two vocal tracts differ (`vocal_tract`): a
        step along frequency that no map of least change would take.
    ridge
        Share of the mean variance that is added to every variance: the larger, the less the map
        turns, and the fewer words it costs.
    blend
        Frames about a change between voiced and voiceless over which one map goes over into the
        other; 1 changes at once.
    """

    kind: ClassVar[str] = "transport"

    beyond: float = number(0.0, least=0)
    formants: bool = False
    ridge: float = number(RIDGE, above=0)
    blend: int = number(1, least=1)

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
        moved = super().converted(networks, labels, analysis, index)
        known = cast("SpeakerGaussians", networks["statistics"])
        target = int(index[speaker_group(labels)])
        beside = analysis.beside
        mean, deviation = beside["mean"][:, None, None], beside["deviation"][:, None, None]
        near = known.nearest(beside["mean"].mean(dim=0))[0]
        envelope = analysis.image * deviation + mean
        heard = envelope - mean + known.mean[near]  # as if that speaker said it
        centre, covariance = known.centre[near], known.covariance[near]  # voiceless, voiced
        if self.formants:
            goal = known.centre[target, 1], known.covariance[target, 1]
            moved_up = frequency_map(vocal_tract((centre[1], covariance[1]), goal), self.points)
            moved_up = moved_up.to(heard)
            heard, centre = heard @ moved_up.T, centre @ moved_up.T
            covariance = moved_up @ covariance @ moved_up.T
        both = []
        for kind in range(2):
            turned = optimal_map(covariance[kind], known.covariance[target, kind], self.ridge)
            way = (1 + self.beyond) * (known.centre[target, kind] - centre[kind])
            both.append((heard - centre[kind]) @ turned.T + centre[kind] + way)
        carried = both[0].lerp(both[1], self.voiced(beside["pitch"])[:, None, :, None].to(heard))
        image = (carried - known.mean[target]) / known.deviation[target]
        return Analysis(image, moved.beside)

    def voiced(self, pitch: torch.Tensor) -> torch.Tensor:
        """Return from 0 to 1 how far each frame is voiced; shapes ``(batch, time)``."""
        import torch
        import torch.nn.functional as F

        weights = torch.hann_window(self.blend + 2, periodic=False)[1:-1]
        aside = (self.blend - 1) // 2, self.blend // 2
        padded = F.pad((pitch > 0).float()[:, None], aside, mode="replicate")
        return F.conv1d(padded, (weights / weights.sum()).to(padded)[None, None])[:, 0]


@cache
def frequency_map(semitones: float, points: int) -> torch.Tensor:
    """Return the matrix that moves formants up (`vox.representation.transform.warp`)."""
    import torch

    return torch.from_numpy(warp(np.eye(points), semitones).T.copy())


def vocal_tract(
    source: tuple[torch.Tensor, torch.Tensor], target: tuple[torch.Tensor, torch.Tensor]
) -> float:
    """Return by how many semitones the source's formants must move up to be the target's.

    Those, within four, after which the Gaussians of the two are most alike by the divergence of
    Jeffreys (1946), between 150 and 3600 Hz and but for loudness. Vocal tracts of another length
    scale formants, so one factor serves for all sounds (Lee and Rose 1996).

    Parameters
    ----------
    source, target
        Mean, shape ``(points,)``, and covariance, ``(points, points)``, of voiced speech.
    """
    import torch

    points = len(source[0])
    hz = mel_points(points, 16_000)
    band = torch.from_numpy((hz >= BAND[0]) & (hz <= BAND[1]))

    def within(mean: torch.Tensor, covariance: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return mean[band], _ridged(covariance[band][:, band], VOICE_RIDGE)

    mean, covariance = (x.double().cpu() for x in source)
    to_mean, to_covariance = within(*(x.double().cpu() for x in target))
    to_inverse = torch.linalg.inv(to_covariance)
    least, best = float("inf"), 0.0
    for semitones in SEMITONES.tolist():
        up = frequency_map(semitones, points).double()
        from_mean, from_covariance = within(up @ mean, up @ covariance @ up.T)
        inverse = torch.linalg.inv(from_covariance)
        apart = to_mean - from_mean
        apart = apart - apart.mean()
        divergence = float(
            (to_inverse @ from_covariance).trace()
            + (inverse @ to_covariance).trace()
            + apart @ (inverse + to_inverse) @ apart
        )
        if divergence < least:
            least, best = divergence, semitones
    return best


def optimal_map(source: torch.Tensor, target: torch.Tensor, ridge: float = RIDGE) -> torch.Tensor:
    """Return the matrix that moves a Gaussian onto another with the least change.

    ``A^-1 (A B A)^(1/2) A^-1`` with A the root of the source's covariance and B the target's
    (Olkin and Pukelsheim 1982), both with a ridge.

    Parameters
    ----------
    source, target
        Covariances, shape ``(n, n)``.
    ridge
        Share of the mean variance that is added to every variance.

    Examples
    --------
    >>> import torch
    >>> optimal_map(torch.eye(2), 4 * torch.eye(2)).round(decimals=2)
    tensor([[2., 0.],
            [0., 2.]])
    """
    import torch

    one, other = (_ridged(c.double(), ridge) for c in (source, target))
    root = _root(one)
    inverse = torch.linalg.inv(root)
    return (inverse @ _root(root @ other @ root) @ inverse).to(source.dtype)


def _ridged(covariance: torch.Tensor, ridge: float) -> torch.Tensor:
    """Add a share of the mean variance to every variance."""
    import torch

    n = len(covariance)
    return covariance + ridge * covariance.trace() / n * torch.eye(n).to(covariance)


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
