"""The converter: compress to latent variables that know no speaker, decode as the target's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from vox.fields import number
from vox.objectives.base import Draws
from vox.objectives.statistics import Statistics, speaker_count, speaker_group
from vox.representation.base import Analysis

if TYPE_CHECKING:
    import torch

    from vox.labels import LabelSpace
    from vox.models.converter import Converter as Module
    from vox.models.converter import SpeakerStatistics
    from vox.models.network import Network
    from vox.objectives.base import Networks, Terms

NEAREST = 16  # speakers that are tried for the source's own
SECONDS = 60.0  # of a speaker from which on it works
ITERATIONS = 1500  # from which on it converts: a third of what the embedded corpus gets


class Batch(NamedTuple):
    """Analyses of windows, and their label indices, shape ``(batch, groups)``."""

    analysis: Analysis
    labels: torch.Tensor


@dataclass(frozen=True, kw_only=True)
class Converter(Statistics):
    """An autoencoder whose latent variables know no speaker, and whose decoder is told one.

    In goes an envelope normalised by its utterance, out comes one normalised by its speaker's
    statistics. The latent variables are narrow and normalised by the instance, and an adversary
    tells speakers from them behind a reversed gradient. Conversion decodes as the target, gives
    the target's statistics back, and moves the pitch as `Statistics` does.

    Attributes
    ----------
    channels, latent, encoder_blocks, decoder_blocks
        Of the network.
    adversary
        What the reversed gradient of the adversary counts; 0 is none.
    detail
        Share of what the network could not give back of the source that a conversion keeps: it is
        words more than voice.
    """

    kind: ClassVar[str] = "converter"
    networks: ClassVar[tuple[str, ...]] = ("converter",)

    channels: int = number(128, above=0)
    latent: int = number(16, above=0)
    encoder_blocks: int = number(2, least=0)
    decoder_blocks: int = number(4, least=0)
    adversary: float = number(0.3, least=0)
    detail: float = number(0.5, least=0, most=1)

    @property
    def slots(self) -> tuple[str, ...]:
        """One step an iteration."""
        return ("converter",)

    @property
    def ports(self) -> dict[tuple[str, str], tuple[str, str]]:
        """What goes in beside the image, and the latent variables."""
        return {
            ("input", "told"): ("Voicing and level", ""),
            ("input", "speaker"): ("Speaker", "target"),
            ("output", "latent"): ("Latent variables", ""),
        }

    def network(self, name: str, labels: LabelSpace, width: float) -> Network:
        """Build the converter."""
        from vox.models.converter import Converter as Module

        channels, latent = (max(4, round(n * width)) for n in (self.channels, self.latent))
        blocks = (self.encoder_blocks, self.decoder_blocks)
        return Module(speaker_count(labels), self.points, channels, latent, blocks)

    def statistics(self, networks: Networks) -> SpeakerStatistics:
        """Return the speakers' statistics inside the network."""
        return cast("Module", networks["converter"]).speakers

    def batch(self, draws: Draws) -> Batch:
        """Return windows and their labels."""
        return Batch(*draws.analyses(0))

    def losses(self, network: str, networks: Networks, labels: LabelSpace, batch: Batch) -> Terms:
        """Return the absolute error of the reconstruction, and the adversary's cross entropy."""
        import torch.nn.functional as F

        from vox.models.converter import Reversal

        module, analysis = cast("Module", networks["converter"]), batch.analysis
        speaker = batch.labels[:, speaker_group(labels)]
        known, beside = module.speakers, analysis.beside
        mean, deviation = (known.mean[speaker], known.deviation[speaker])
        envelope = analysis.image[:, 0] * beside["deviation"][:, None] + beside["mean"][:, None]
        wanted = ((envelope - mean[:, None]) / deviation[:, None])[:, None]
        latent, made = module(analysis.image, told(analysis), speaker)
        logits = module.probe(Reversal.apply(latent, self.adversary))
        speakers = speaker[:, None].expand(-1, logits.shape[-1])
        return {
            "reconstruction": (made - wanted).abs().mean(),
            "adversary": F.cross_entropy(logits, speakers),
        }

    def too_little(self, seconds: Mapping[str, float], iterations: int) -> list[str]:
        """Tell of speakers with less than a minute, and of few iterations."""
        short = [f"{name} {s:.0f} s" for name, s in sorted(seconds.items()) if s < SECONDS]
        told = []
        if short:
            told.append(
                f"less than {SECONDS:.0f} s to train on: {', '.join(short)}; what is converted to "
                "them will be poor, more recordings help"
            )
        if iterations < ITERATIONS:
            more = ITERATIONS / max(1, iterations)
            told.append(
                f"only {iterations} iterations, an epoch being a window of each recording; "
                f"--epochs (epochs=) helps, at least {more:.1f} times as many"
            )
        return told

    def weights(self, network: str) -> dict[str, float]:
        """Both count as they are; the adversary's gradient reaches the encoder reversed."""
        return {"reconstruction": 1.0, "adversary": 1.0}

    def converted(
        self, networks: Networks, labels: LabelSpace, analysis: Analysis, index: torch.Tensor
    ) -> Analysis:
        """Decode a section as the target's, with its statistics and pitch.

        The source need not be a speaker that the network knows: which of the speakers reconstructs
        it best says what the network leaves out of it, and a share of that, `detail`, is kept.
        """
        import torch

        moved = super().converted(networks, labels, analysis, index)
        module, target = cast("Module", networks["converter"]), int(index[speaker_group(labels)])
        even = _even(analysis)
        latent = module.encoder(even.image)
        around, frames = told(even), analysis.image.shape[2]

        def decoded(speaker: int) -> torch.Tensor:
            chosen = torch.full((len(latent),), speaker, device=latent.device)
            return module.decode(latent, around, chosen)[:, :, :frames]

        image = decoded(target)
        if self.detail:
            order = module.speakers.nearest(analysis.beside["mean"].mean(dim=0))
            near = [decoded(speaker) for speaker in order[:NEAREST]]
            errors = torch.stack([(x - analysis.image).abs().mean() for x in near])
            image = image + self.detail * (analysis.image - near[int(errors.argmin())])
        return Analysis(image, moved.beside)


def told(analysis: Analysis) -> torch.Tensor:
    """Return voicing and level of each frame, shape ``(batch, 2, time)``."""
    import torch

    voiced = (analysis.beside["pitch"] > 0).to(analysis.image.dtype)
    return torch.stack([voiced, analysis.image[:, 0].mean(dim=2)], dim=1)


LEAST = 4
"""Frames at least: the network halves them, and an instance norm needs two."""


def _even(analysis: Analysis) -> Analysis:
    """Repeat the last frame of an odd number, and of too few."""
    import torch

    frames = analysis.image.shape[2]
    more = max(frames + frames % 2, LEAST) - frames
    if not more:
        return analysis
    pitch = analysis.beside["pitch"]
    image = torch.cat([analysis.image, *[analysis.image[:, :, -1:]] * more], dim=2)
    return analysis.with_image(image, pitch=torch.cat([pitch, *[pitch[:, -1:]] * more], dim=1))
