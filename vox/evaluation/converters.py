"""What can be scored: anything that converts recordings of a corpus, and the bounds beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vox.audio import Pcm
from vox.corpus import Corpus
from vox.errors import VoxError
from vox.evaluation.label_effect import LabelEffect, label_effect
from vox.evaluation.pairs import Pair
from vox.evaluation.unseen import unseen_analysis
from vox.representation import Representation
from vox.runs import Run


class Bounds(Protocol):
    """What conversions stand beside: sound through a representation, without a network."""

    @property
    def key(self) -> str:
        """Changes whenever the sounds would; converters of the same key share their scores."""
        ...

    def copy(self, pcm: Pcm) -> Pcm:
        """Return what a converter that keeps all of its input makes of it, shape ``(time,)``."""
        ...

    def ceiling(self, pcm: Pcm) -> Pcm:
        """Return a recording of the target through the representation, shape ``(time,)``."""
        ...


@dataclass(frozen=True)
class Through:
    """Bounds of a representation: what it loses on the way there and back."""

    representation: Representation

    @property
    def key(self) -> str:
        """All fields of the representation."""
        return repr(self.representation)

    def copy(self, pcm: Pcm) -> Pcm:
        """Convert with nothing between analysis and synthesis."""
        return self.representation.copy(pcm)

    def ceiling(self, pcm: Pcm) -> Pcm:
        """Return the copy synthesis."""
        return self.representation.copy_synthesis(pcm)


@dataclass(frozen=True)
class AsRecorded:
    """Bounds of what has no representation that vox knows: the recordings themselves."""

    key: str = "as recorded"

    def copy(self, pcm: Pcm) -> Pcm:
        """Return the recording."""
        return pcm

    def ceiling(self, pcm: Pcm) -> Pcm:
        """Return the recording."""
        return pcm


class Converter(Protocol):
    """All that scores need of what converts.

    Attributes
    ----------
    bounds
        What its conversions stand beside.
    """

    bounds: Bounds

    @property
    def name(self) -> str:
        """As a page of its scores is headed."""
        ...

    @property
    def key(self) -> str:
        """Changes whenever its conversions would."""
        ...

    @property
    def kept(self) -> Path:
        """A folder for the scores of its conversions."""
        ...

    @property
    def speakers(self) -> tuple[str, ...]:
        """Whom it converts to."""
        ...

    def ready(self, pairs: list[Pair]) -> None:
        """Raise a `VoxError` where it cannot convert these, before anything is scored."""
        ...

    def convert(self, pair: Pair, pcm: Pcm) -> Pcm:
        """Return what a pair's source sounds like as the target speaker, shape ``(time,)``.

        Parameters
        ----------
        pair
            What is converted to whom.
        pcm
            As much of the source as is judged, shape ``(time,)``, 16 kHz.
        """
        ...

    def effect(self, corpus: Corpus) -> LabelEffect | None:
        """Return how much the label matters at all, or None where that cannot be asked."""
        ...

    def fooled(self, corpus: Corpus) -> float | None:
        """Return the share of converted windows that its own critic takes for their target."""
        ...


@dataclass
class Trained:
    """A run as a converter.

    Attributes
    ----------
    run
        Trained, with a generator and speakers.
    """

    run: Run

    def __post_init__(self) -> None:
        if not self._classes:
            raise VoxError(f"{self.run.folder}: trained without speakers; scores are about them")
        self.run.target(speaker=self.speakers[0])
        self.bounds: Bounds = Through(self.run.experiment.representation)

    @property
    def name(self) -> str:
        """The run's folder."""
        return self.run.folder.name

    @property
    def key(self) -> str:
        """How long it was trained; its folder says the rest."""
        return str(self.run.provenance["iterations"]).split()[0]

    @property
    def kept(self) -> Path:
        """Beside the run."""
        return self.run.place / "scores"

    @property
    def speakers(self) -> tuple[str, ...]:
        """Those of its label space that it was trained on."""
        return self.run.speakers

    @property
    def _classes(self) -> tuple[str, ...]:
        return self.run.labels.classes("speaker")

    def ready(self, pairs: list[Pair]) -> None:
        """Nothing is missing: it converts whatever it is given."""

    def convert(self, pair: Pair, pcm: Pcm) -> Pcm:
        """Convert with the trained network."""
        return self.run.convert(pcm, speaker=pair.speakers[1])

    def effect(self, corpus: Corpus) -> LabelEffect | None:
        """Measure over up to four target speakers.

        None where no recording is as long as a training window, or there is one speaker.
        """
        try:
            return label_effect(self.run, corpus, self.speakers[:4])
        except VoxError:
            return None

    def fooled(self, corpus: Corpus) -> float | None:
        """Ask the discriminator, as far as there are recordings of a training window's length."""
        run, names = self.run, self.speakers
        try:
            seen = unseen_analysis(run, corpus)
        except VoxError:
            return None
        right = 0
        for i in range(len(seen)):
            name = names[i % len(names)]
            logits = run.classify(run.converted(seen[i : i + 1], speaker=name).image)
            if logits is None:
                return None
            speaker, *_ = run.labels.split(logits)
            right += self._classes[int(speaker.argmax())] == name
        return right / len(seen)


def converter(given: Run | Converter) -> Converter:
    """Return a run as a converter, and what is one already as it is."""
    return Trained(given) if isinstance(given, Run) else given
