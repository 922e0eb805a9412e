"""What an experiment is: a frozen record of what its page tells and every number computed."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass, field, fields, replace
from datetime import date
from numbers import Integral, Real
from typing import Any, Literal, get_args, get_origin, get_type_hints

import torch

from vox.changes import Change, Changes, flatten
from vox.errors import VoxError, unknown
from vox.labels import PAGE, LabelSpace
from vox.models import (
    Diagram,
    Discriminator,
    DiscriminatorLayers,
    Generator,
    GeneratorLayers,
    Layer,
    LayerDefaults,
    diagram,
    trace,
)
from vox.spectrogram import Spectrogram
from vox.table import Table

SERIES: dict[str, Experiment] = {}
"""All experiments by id; `vox.experiments` fills it."""

Profile = Literal["auto", "page", "demo"]
Network = Literal["generator", "discriminator"]


@dataclass(frozen=True)
class Scale:
    """What the demo profile puts in place of the page's own values.

    Besides being small and quick, it weighs reconstruction more: a few hundred iterations end
    before the page's weight of 10 has taught the generator to keep anything of its input, and
    with a corpus of few classes the mean over them weighs each a hundred times more.
    """

    width: float
    batch_size: int
    epochs: float
    learning_rate: float
    reconstruction_weight: float


_NUMBERS = {int: "a whole number", float: "a finite number"}


def _is_number(value: Any, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, Integral if whole else Real):
        return False
    return math.isfinite(value)


def _told(default: Any = None) -> Any:
    """A field that tells of an experiment and changes nothing that is computed."""
    return field(default=default, metadata={"told": True})


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Everything that one experiment is: what its page tells, and every number that is computed.

    Attributes
    ----------
    id, title, change, opened, closed, parent, issues, tags
        What the page tells; `change` is the one-line difference from its parent.
    hours, memory_mib
        How long training took in 2019, and the memory of the GPU it ran on.
    demo
        What the demo profile changes.
    spectrogram
        How a window becomes an image.
    generator_layers, discriminator_layers, layer_defaults
        The networks.
    width
        Factor on every hidden channel; the page's is 1.
    critic_steps
        Discriminator steps in an iteration, before its one generator step.
    gradient_penalty_weight, gradient_penalty_of
        Weight of (norm - 1)^2, and whether the gradient is that of the sum or of the mean of the
        adversarial map.
    critic_classification_weight, classified
        Weight of the discriminator's classification, and the image it classifies: ``"real"``
        (StarGAN's) or ``"fake"`` (as 47c97768 draws it).
    classification_reduction
        ``"mean"`` over all elements that are not -1 (Chainer's default), or ``"sum"`` over the
        classes and mean over the batch (StarGAN's).
    adversarial_weight, classification_weight, reconstruction_weight, identity_weight,
    feature_matching_weight
        Of the generator's losses.
    optimizer, learning_rate, critic_rate, rms_decay, rms_epsilon
        RMSprop; the discriminator's rate is `critic_rate` times `learning_rate`; `rms_decay` is
        torch's alpha.
    learning_rate_decay, decay_epochs
        The rate is multiplied by `learning_rate_decay` each `decay_epochs` epochs (0: never).
    batch_size, epochs
        Windows in a minibatch, passes over the recordings.

    Examples
    --------
    >>> import vox
    >>> e = vox.experiment("cfcefd21")
    >>> e.spectrogram.shape
    (64, 256)
    >>> for change in e.changes()[:2]:
    ...     print(change)
    spectrogram.length: 66304 -> 17152
    discriminator_layers.body[4]: conv 512 k4 s2 p1 LeakyReLU -> conv 512 k3x4 s1x2 p1 LeakyReLU
    """

    id: str = _told("")
    title: str = _told("")
    change: str = _told("")
    opened: date | None = _told()
    closed: date | None = _told()
    parent: str | None = _told()
    issues: tuple[str, ...] = _told(())
    tags: tuple[str, ...] = _told(())
    hours: float | None = _told()
    memory_mib: int = _told(3017)
    demo: Scale = _told()

    spectrogram: Spectrogram
    generator_layers: GeneratorLayers
    discriminator_layers: DiscriminatorLayers
    layer_defaults: LayerDefaults = LayerDefaults()
    width: float = 1.0

    critic_steps: int = 5
    gradient_penalty_weight: float = 10.0
    gradient_penalty_of: Literal["sum", "mean"] = "sum"
    critic_classification_weight: float = 1.0
    classified: Literal["real", "fake"] = "real"
    classification_reduction: Literal["mean", "sum"] = "mean"
    adversarial_weight: float = 1.0
    classification_weight: float = 1.0
    reconstruction_weight: float = 10.0
    identity_weight: float = 10.0
    feature_matching_weight: float = 10.0

    optimizer: Literal["rmsprop"] = "rmsprop"
    learning_rate: float = 1e-5
    critic_rate: float = 1.0
    rms_decay: float = 0.99
    rms_epsilon: float = 1e-8
    learning_rate_decay: float = 10**-0.5
    decay_epochs: int = 0
    batch_size: int = 2
    epochs: float = 1000

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(Experiment).items():
            value = getattr(self, name)
            if get_origin(hint) is Literal and value not in get_args(hint):
                raise unknown(name, value, get_args(hint))
            if hint in (int, float) and not _is_number(value, whole=hint is int):
                raise VoxError(f"{name} must be {_NUMBERS[hint]}, not {value!r}")
            if hint in (int, float):  # 5 and 5.0 epochs are one setting, with one key
                object.__setattr__(self, name, hint(value))
        for name in ("width", "learning_rate", "critic_rate", "epochs", "critic_steps"):
            if not getattr(self, name) > 0:
                raise VoxError(f"{name} must be more than 0, not {getattr(self, name)}")
        weights = [f.name for f in fields(self) if f.name.endswith("_weight")]
        for name in (*weights, "decay_epochs", "rms_decay", "rms_epsilon", "learning_rate_decay"):
            if getattr(self, name) < 0:
                raise VoxError(f"{name} must be 0 or more, not {getattr(self, name)}")
        if self.rms_decay >= 1:
            raise VoxError(f"rms_decay must be less than 1, not {self.rms_decay}")
        if self.batch_size < 2:
            raise VoxError(
                f"batch_size must be at least 2, not {self.batch_size}: "
                "with one, batch normalisation would normalise each image by itself"
            )

    def generator(self, labels: LabelSpace | None = None) -> Generator:
        """Build the generator, freshly initialised.

        Parameters
        ----------
        labels
            The label space, by default the page's 1421 speakers, 53 birthplaces, 2 sexes.

        Examples
        --------
        >>> import vox
        >>> generator = vox.experiment("cfcefd21").generator()
        >>> generator.merge.conv.in_channels  # 256 + 1479: the page's 1607 is 47c97768's
        1735
        """
        layers = self.generator_layers.scaled(self.width)
        return Generator(layers, (labels or PAGE).input_size, self.layer_defaults)

    def discriminator(self, labels: LabelSpace | None = None) -> Discriminator:
        """Build the discriminator, freshly initialised; `labels` as in `generator`."""
        layers = self.discriminator_layers.scaled(self.width)
        return Discriminator(layers, (labels or PAGE).target_size, self.layer_defaults)

    def trace(self, network: Network, labels: LabelSpace | None = None) -> tuple[Layer, ...]:
        """List a network's layers with their shapes, read off the live module.

        Raises
        ------
        VoxError
            There is no such network.
        """
        image = torch.zeros(2, 1, *self.spectrogram.shape, device="meta")
        with torch.device("meta"):
            if network == "generator":
                size = (labels or PAGE).input_size
                return trace(self.generator(labels), image=image, labels=torch.zeros(2, size))
            if network == "discriminator":
                return trace(self.discriminator(labels), image=image)
        raise unknown("network", network, ("generator", "discriminator"))

    def check(self) -> None:
        """See whether the networks take the images of the spectrogram.

        Raises
        ------
        VoxError
            They do not: the window's length, the bins or the layers were changed alone.
        """
        size = " x ".join(map(str, self.spectrogram.shape))
        try:
            image = self.trace("generator")[-1].shape
            classes = next(x for x in self.trace("discriminator") if x.name == "classes").shape
        except RuntimeError as error:
            raise VoxError(f"the networks do not take images of {size}: {error}") from error
        if image != (1, *self.spectrogram.shape) or classes[1:] != (1, 1):
            raise VoxError(
                f"the networks do not take images of {size}: the generator makes "
                f"{' x '.join(map(str, image[1:]))}, and the class head should leave 1 x 1 and "
                f"leaves {' x '.join(map(str, classes[1:]))}"
            )

    def diagram(self, network: Network, labels: LabelSpace | None = None) -> Diagram:
        """Draw a network as mermaid from the live module; displays itself in Jupyter."""
        return diagram(self.trace(network, labels), f"{network.capitalize()} — {self.id}")

    def settings(self) -> dict[str, Any]:
        """Return every number that is computed, by its dotted name, layers in short notation."""
        return {
            name: value
            for f in fields(self)
            if not f.metadata.get("told")
            for name, value in flatten(f.name, getattr(self, f.name))
        }

    def changes(self, other: Experiment | None = None) -> Changes:
        """Return what differs from the parent, or from another experiment.

        Returns
        -------
        Changes
            ``field``, ``before`` (the parent's), ``after`` (this one's) of each difference; a
            table in Jupyter.
        """
        if other is None:
            if self.parent is None:
                return Changes()
            if self.parent not in SERIES:
                raise unknown("experiment", self.parent, SERIES)
            other = SERIES[self.parent]
        before, after = other.settings(), self.settings()
        names = [*after, *(name for name in before if name not in after)]
        return Changes(
            Change(name, before.get(name), after.get(name))
            for name in names
            if before.get(name) != after.get(name)
        )

    def at(self, profile: Profile, cuda: bool | None = None, **own: Any) -> Experiment:
        """Return the experiment at a profile's scale.

        Parameters
        ----------
        profile
            ``"page"`` as the page states it, ``"demo"`` small enough for a laptop and minutes,
            ``"auto"`` the page's where there is a CUDA device and else the demo.
        cuda
            Whether the device in use is a CUDA one, for ``"auto"``; None asks torch.
        own
            Fields of your own choice, which win over the profile; None means as the profile says.

        Returns
        -------
        Experiment
            A field that was already changed from the series' own value stays as it is.

        Raises
        ------
        VoxError
            There is no such profile or field.
        """
        if profile not in ("auto", "page", "demo"):
            raise unknown("profile", profile, ("auto", "page", "demo"))
        computed = [f.name for f in fields(self) if not f.metadata.get("told")]
        if profile == "auto":
            cuda = torch.cuda.is_available() if cuda is None else cuda
            profile = "page" if cuda else "demo"
        original = SERIES.get(self.id, self)
        own = {name: value for name, value in own.items() if value is not None}
        for name in own:
            if name not in computed:
                raise unknown("field of an experiment", name, computed)
        scale = vars(self.demo) if profile == "demo" else {}
        kept = {k: v for k, v in scale.items() if getattr(self, k) == getattr(original, k)}
        return replace(self, **(kept | own))

    def table(self) -> Table:
        """Return `settings` as a table."""
        return Table(("field", "value"), self.settings().items())

    def _repr_html_(self) -> str:
        head = html.escape(f"{self.id} — {self.title}")
        return f"<p><strong>{head}</strong></p>{self.table()._repr_html_()}"
