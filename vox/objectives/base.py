"""What every objective says: its networks, their steps and losses, and what conversion does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from vox.errors import VoxError
from vox.fields import Part
from vox.representation.base import Analysis, Change

if TYPE_CHECKING:
    import torch

    from vox.corpus.windows import Windows
    from vox.labels import LabelSpace
    from vox.models.network import Network

    Networks = Mapping[str, Network]
    Terms = dict[str, torch.Tensor]


class Draws(Protocol):
    """What one step may draw; a pure function of the run's seed, the step and the iteration."""

    def minibatch(self, which: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the images and label indices of one of the step's minibatches.

        Each step of an iteration has streams of its own, which pass over all recordings once an
        epoch.

        Parameters
        ----------
        which
            From 0, of the objective's `minibatches`.

        Returns
        -------
        images : torch.Tensor
            Shape ``(batch, 1, time, frequency)``.
        labels : torch.Tensor
            Shape ``(batch, groups)``.
        """
        ...

    def analyses(self, which: int) -> tuple[Analysis, torch.Tensor]:
        """Return the same with what stands beside the images."""
        ...

    def uniform(self) -> torch.Tensor:
        """Return numbers from 0 to 1, shape ``(batch,)``, if the objective is `mixed`."""
        ...


class Objective(Part, ABC):
    """Which networks there are, which losses, how they are trained; a frozen dataclass."""

    networks: ClassVar[tuple[str, ...]] = ()
    """Names of the networks."""
    classes: str = ""
    """What turns logits into probabilities, for diagrams."""
    classifies: ClassVar[str | None] = None
    """Which network tells classes from images, if one does."""
    converts: ClassVar[bool] = False
    """Whether it makes sound of sound."""
    minibatches: ClassVar[int] = 1
    """How many minibatches a step is given, 1 or 2."""
    mixed: ClassVar[bool] = False
    """Whether a step is given uniform numbers."""
    label_dropping: float = 0.0
    """Probability with which labels are dropped, as `vox.labels.drop_labels` does."""
    exact: ClassVar[tuple[str, ...]] = ()
    """Losses that are float32 throughout, whatever the precision of the others."""

    @property
    def slots(self) -> tuple[str, ...]:
        """Which network each step of an iteration trains."""
        return self.networks

    @property
    def ports(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Title and range of what its networks' ports carry, images apart, for diagrams."""
        return {}

    def rate(self, network: str) -> float:
        """Return a factor on the learning rate of a network."""
        return 1.0

    @abstractmethod
    def network(self, name: str, labels: LabelSpace, width: float) -> Network:
        """Build one of `networks`, freshly initialised, `width` times as wide."""

    @abstractmethod
    def batch(self, draws: Draws) -> Any:
        """Return what a step is given."""

    @abstractmethod
    def losses(self, network: str, networks: Networks, labels: LabelSpace, batch: Any) -> Terms:
        """Return the unweighted losses by which a network is trained, and what is only watched."""

    @abstractmethod
    def weights(self, network: str) -> dict[str, float]:
        """Return the weights of the losses of a network, by name."""

    def prepare(self, networks: Networks, windows: Windows, labels: LabelSpace) -> None:
        """Take from the training data what is counted and not trained, before the first step."""

    def too_little(self, seconds: Mapping[str, float], iterations: int) -> list[str]:
        """Return sentences on what is too little to train on; none, unless said otherwise.

        Parameters
        ----------
        seconds
            Of sound to train on, by speaker.
        iterations
            That will be taken.
        """
        return []

    def adapt(
        self, networks: Networks, known: Networks, windows: Windows, labels: LabelSpace
    ) -> None:
        """Make networks of more speakers of trained ones, and leave only the new ones' to train.

        Parameters
        ----------
        networks
            As `network` builds them for `labels`; they are filled.
        known
            Trained, of the first speakers of `labels`.
        windows
            Of the new speakers.
        labels
            All speakers, the new ones behind.

        Raises
        ------
        VoxError
            It cannot be done.
        """
        raise VoxError(
            f"the objective {self.kind!r} cannot be adapted to new speakers; train it anew"
        )

    def converted(
        self, networks: Networks, labels: LabelSpace, analysis: Analysis, index: torch.Tensor
    ) -> Analysis:
        """Convert images to labels.

        Parameters
        ----------
        networks, labels
            Trained; the label space.
        analysis
            Images and what stands beside them.
        index
            Label indices of the target, shape ``(groups,)``.

        Returns
        -------
        Analysis
            Of the same shapes.

        Raises
        ------
        VoxError
            It converts nothing.
        """
        raise VoxError(f"the objective {self.kind!r} converts nothing")

    def change(self, networks: Networks, labels: LabelSpace, index: torch.Tensor) -> Change:
        """Return what converts the analyses of one sound, in order; as `converted`."""
        import torch

        def change(analysis: Analysis) -> Analysis:
            with torch.no_grad():
                return self.converted(networks, labels, analysis, index)

        return change


class Untrained(Objective):
    """An objective that computes something and trains nothing."""

    def network(self, name: str, labels: LabelSpace, width: float) -> Network:
        """There is none."""
        raise self._nothing()

    def batch(self, draws: Draws) -> Any:
        """There is no step."""
        raise self._nothing()

    def losses(self, network: str, networks: Networks, labels: LabelSpace, batch: Any) -> Terms:
        """There is no step."""
        raise self._nothing()

    def weights(self, network: str) -> dict[str, float]:
        """There is no loss."""
        return {}

    def _nothing(self) -> VoxError:
        return VoxError(f"the objective {self.kind!r} trains nothing; its notebook computes it")


def watched(name: str) -> bool:
    """Whether a term is no loss: it has no weight, and may be nan where nothing is labelled."""
    return name.startswith("accuracy_")
