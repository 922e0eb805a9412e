"""What an experiment is: a frozen record of what its page tells and every number computed."""

from __future__ import annotations

import html
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal, cast

import torch

from vox.changes import Changes, compare, flatten
from vox.errors import VoxError, unknown
from vox.fields import Scale, check_fields, told
from vox.labels import PAGE, LabelSpace
from vox.models import (
    Classifier,
    Diagram,
    Discriminator,
    DiscriminatorLayers,
    Generator,
    GeneratorLayers,
    Layer,
    LayerDefaults,
    Summary,
    diagram,
    trace,
)
from vox.spectrogram import Spectrogram
from vox.table import Table

SERIES: dict[str, Experiment] = {}
"""All experiments by id; `vox.experiments` fills it."""

Profile = Literal["auto", "page", "demo"]
Network = Literal["generator", "discriminator", "classifier"]


@dataclass(frozen=True, kw_only=True, repr=False)
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
        The networks; without generator layers, the discriminator's are those of a classifier.
    width
        Factor on every hidden channel; the page's is 1.
    label_flags
        Whether the generator is told which groups are labelled, a flag each.
    label_dropping
        Probability with which a label is dropped in training, `vox.labels.drop_labels` (fbf548f6).
    critic_steps
        Discriminator steps in an iteration, before its one generator step.
    gradient_penalty_weight, gradient_penalty_of
        Weight of (norm - 1)^2, and whether the gradient is that of the sum or of the mean of the
        adversarial map.
    critic_classification_weight, classified
        Weight of the discriminator's classification, and the image it classifies: ``"real"``
        (StarGAN's) or ``"fake"`` (as 47c97768 draws it).
    classification_loss, classification_reduction
        Sigmoid cross entropy of every class, or softmax a group; ``"mean"`` over all that is
        labelled (Chainer's default), or ``"sum"`` over the classes and mean over the batch
        (StarGAN's).
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

    id: str = told("")
    title: str = told("")
    change: str = told("")
    opened: date | None = told()
    closed: date | None = told()
    parent: str | None = told()
    issues: tuple[str, ...] = told(())
    tags: tuple[str, ...] = told(())
    hours: float | None = told()
    memory_mib: int = told(3017)
    demo: Scale = told()

    spectrogram: Spectrogram
    generator_layers: GeneratorLayers | None
    discriminator_layers: DiscriminatorLayers
    layer_defaults: LayerDefaults = LayerDefaults()
    width: float = 1.0
    label_flags: bool = True
    label_dropping: float = 0.0

    critic_steps: int = 5
    gradient_penalty_weight: float = 10.0
    gradient_penalty_of: Literal["sum", "mean"] = "sum"
    critic_classification_weight: float = 1.0
    classified: Literal["real", "fake"] = "real"
    classification_loss: Literal["sigmoid", "softmax"] = "sigmoid"
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
        check_fields(self)
        if (self.generator_layers is None) != (self.discriminator_layers.adversarial is None):
            raise VoxError(
                "generator_layers and discriminator_layers.adversarial go together: a generator "
                "needs a judge, and a classifier alone has neither"
            )

    @property
    def networks(self) -> tuple[Network, ...]:
        """Names of the networks that it trains."""
        return ("classifier",) if self.generator_layers is None else ("generator", "discriminator")

    def network(self, name: str, labels: LabelSpace | None = None) -> Summary:
        """Build one of `networks`, freshly initialised.

        Parameters
        ----------
        name
            ``"generator"``, ``"discriminator"`` or ``"classifier"``.
        labels
            The label space, by default the page's 1421 speakers, 53 birthplaces, 2 sexes.

        Raises
        ------
        VoxError
            The experiment has no such network.
        """
        if name not in self.networks:
            raise unknown(f"network of {self.id}", name, self.networks)
        labels = labels or PAGE
        if name == "generator" and self.generator_layers:
            size = labels.input_size if self.label_flags else labels.target_size
            layers = self.generator_layers.scaled(self.width)
            return Generator(layers, size, self.layer_defaults)
        judge = Discriminator if name == "discriminator" else Classifier
        return judge(self.discriminator_layers.scaled(self.width), labels, self.layer_defaults)

    def generator(self, labels: LabelSpace | None = None) -> Generator:
        """Build the generator; as `network`.

        Examples
        --------
        >>> import vox
        >>> generator = vox.experiment("cfcefd21").generator()
        >>> generator.merge.conv.in_channels  # 256 + 1479: the page's 1607 is 47c97768's
        1735
        """
        return cast(Generator, self.network("generator", labels))

    def discriminator(self, labels: LabelSpace | None = None) -> Discriminator:
        """Build the discriminator; as `network`."""
        return cast(Discriminator, self.network("discriminator", labels))

    def classifier(self, labels: LabelSpace | None = None) -> Classifier:
        """Build the classifier of 7a184ccb or e19098ab; as `network`."""
        return cast(Classifier, self.network("classifier", labels))

    def trace(self, network: str, labels: LabelSpace | None = None) -> tuple[Layer, ...]:
        """List the layers of one of `networks` with their shapes, read off the live module.

        Raises
        ------
        VoxError
            There is no such network.
        """
        with torch.device("meta"):
            inputs = {"image": torch.zeros(2, 1, *self.spectrogram.shape)}
            module = self.network(network, labels)
            if isinstance(module, Generator):
                inputs["labels"] = torch.zeros(2, module.label_size)
            return trace(module, **inputs)

    def check(self) -> None:
        """See whether the networks take the images of the spectrogram.

        Raises
        ------
        VoxError
            They do not: the window's length, the bins or the layers were changed alone.
        """
        size = " x ".join(map(str, self.spectrogram.shape))
        try:
            out = {
                (name, layer.name): layer.shape
                for name in self.networks
                for layer in self.trace(name)
                if layer.kind == "output" and layer.name not in ("feature", "adversarial")
            }
        except RuntimeError as error:
            raise VoxError(f"the networks do not take images of {size}: {error}") from error
        for (_, name), shape in out.items():
            wanted = self.spectrogram.shape if name == "image" else (1, 1)
            if shape[1:] != wanted:
                raise VoxError(
                    f"the networks do not take images of {size}: the output {name!r} should be "
                    f"{' x '.join(map(str, wanted))} and is {' x '.join(map(str, shape[1:]))}"
                )

    def diagram(self, network: str, labels: LabelSpace | None = None) -> Diagram:
        """Draw a network as mermaid from the live module; displays itself in Jupyter."""
        title = f"{network.capitalize()} — {self.id}"
        return diagram(self.trace(network, labels), title, classes=self.classification_loss)

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
        return compare(other.settings(), self.settings())

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
        if profile == "demo" and self.demo is None:
            raise VoxError(f"{self.id} does not say what the demo profile changes (its field demo)")
        scale = vars(self.demo) if profile == "demo" else {}
        kept = {
            name: value
            for name, value in scale.items()
            if value is not None and getattr(self, name) == getattr(original, name)
        }
        return replace(self, **(kept | own))

    def table(self) -> Table:
        """Return `settings` as a table."""
        return Table(("field", "value"), self.settings().items())

    def __repr__(self) -> str:
        return f"Experiment({self.id!r}, {self.change!r})"

    def _repr_html_(self) -> str:
        head = html.escape(f"{self.id} — {self.title}")
        return f"<p><strong>{head}</strong></p>{self.table()._repr_html_()}"
