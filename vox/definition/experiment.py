"""An experiment: what its page tells, and the four parts that say what is computed."""

from __future__ import annotations

import dataclasses
import html
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from vox.definition.changes import Changes, compare, flatten
from vox.definition.checking import check_images
from vox.definition.page import Page
from vox.definition.profiles import smaller
from vox.definition.scale import PROFILES, Profile, Scale
from vox.errors import VoxError, unknown
from vox.labels import PAGE, LabelSpace
from vox.objectives import Objective
from vox.optimisation import Optimisation
from vox.representation import Representation
from vox.table import Table

if TYPE_CHECKING:
    from vox.models.diagram import Diagram
    from vox.models.discriminator import Classifier, Discriminator
    from vox.models.generator import Generator
    from vox.models.network import Network
    from vox.models.trace import Layer

PARTS = ("representation", "objective", "optimisation", "scale")


@dataclass(frozen=True, kw_only=True, repr=False)
class Experiment:
    """What one experiment is.

    Attributes
    ----------
    page
        What its page tells; nothing in it changes a number.
    representation
        How sound becomes an image, and an image sound.
    objective
        Which networks there are, which losses, how a step trains them, how they convert.
    optimisation
        Optimiser and rates; None where nothing is trained.
    scale
        Minibatch, epochs, width, and what the demo profile makes smaller.
    stated
        The experiment as its page states it: itself, or what it was made from by changing parts
        under the same page.

    Examples
    --------
    >>> import vox
    >>> e = vox.experiment("cfcefd21")
    >>> e.representation.shape
    (64, 256)
    >>> for change in e.changes()[:2]:
    ...     print(change)
    representation.length: 66304 -> 17152
    objective.discriminator.body[4]: conv 512 k4 s2 p1 LeakyReLU -> conv 512 k3x4 s1x2 p1 LeakyReLU
    """

    page: Page
    representation: Representation
    objective: Objective
    optimisation: Optimisation | None = None
    scale: Scale = Scale()
    stated: Experiment = field(default=cast("Experiment", None), compare=False)

    def __post_init__(self) -> None:
        if self.stated is None or self.stated.page is not self.page:
            object.__setattr__(self, "stated", self)
        for name, _ in self.scale.demo or ():
            if name not in self._places:
                raise VoxError(
                    f"{self.id}: scale.demo sets {name!r}, which none of its parts has; give it a "
                    "scale whose demo fits its parts"
                )

    @property
    def id(self) -> str:
        """Eight hexadecimal digits."""
        return self.page.id

    @property
    def title(self) -> str:
        """What its page is called."""
        return self.page.title

    @property
    def opened(self) -> date | None:
        """The day its page was opened."""
        return self.page.opened

    @property
    def closed(self) -> date | None:
        """The day its page was closed."""
        return self.page.closed

    @property
    def parent(self) -> str | None:
        """Id of the experiment that it changes."""
        return self.page.parent.id if self.page.parent else None

    @property
    def issues(self) -> tuple[str, ...]:
        """Issues that it belongs to."""
        return self.page.issues

    @property
    def tags(self) -> tuple[str, ...]:
        """Its state."""
        return self.page.tags

    @property
    def hours(self) -> float | None:
        """How long training took in 2019."""
        return self.page.hours

    @property
    def parts(self) -> dict[str, Any]:
        """What is computed, by name: of what trains nothing representation and objective alone."""
        held = {name: getattr(self, name) for name in PARTS}
        if not self.networks:
            held |= {"optimisation": None, "scale": None}
        return {name: part for name, part in held.items() if part is not None}

    @property
    def networks(self) -> tuple[str, ...]:
        """Names of the networks that it trains."""
        return self.objective.networks

    def network(self, name: str, labels: LabelSpace | None = None) -> Network:
        """Build one of `networks`, freshly initialised.

        Parameters
        ----------
        name
            Such as ``"generator"``.
        labels
            The label space, by default the page's 1421 speakers, 53 birthplaces, 2 sexes.

        Raises
        ------
        VoxError
            The experiment has no such network.
        """
        if name not in self.networks:
            raise unknown(f"network of {self.id}", name, self.networks)
        return self.objective.network(name, labels or PAGE, self.scale.width)

    def generator(self, labels: LabelSpace | None = None) -> Generator:
        """Build the generator; as `network`.

        Examples
        --------
        >>> import vox
        >>> generator = vox.experiment("cfcefd21").generator()
        >>> generator.merge.conv.in_channels  # 256 + 1479: the page's 1607 is 47c97768's
        1735
        """
        return cast("Generator", self.network("generator", labels))

    def discriminator(self, labels: LabelSpace | None = None) -> Discriminator:
        """Build the discriminator; as `network`."""
        return cast("Discriminator", self.network("discriminator", labels))

    def classifier(self, labels: LabelSpace | None = None) -> Classifier:
        """Build the classifier of 7a184ccb or e19098ab; as `network`."""
        return cast("Classifier", self.network("classifier", labels))

    def trace(self, network: str, labels: LabelSpace | None = None) -> tuple[Layer, ...]:
        """List the layers of one of `networks` with their shapes, read off the live module.

        Raises
        ------
        VoxError
            There is no such network.
        """
        import torch

        from vox.models.trace import trace

        with torch.device("meta"):
            module = self.network(network, labels)
            return trace(module, **module.inputs(self.representation.shape))

    def check(self) -> None:
        """See whether the networks take the images of the representation.

        Raises
        ------
        VoxError
            They do not: the window's length, the bins or the layers were changed alone.
        """
        check_images(self)

    def diagram(self, network: str, labels: LabelSpace | None = None) -> Diagram:
        """Draw a network as mermaid from the live module; displays itself in Jupyter."""
        from vox.models.diagram import diagram

        title = f"{network.capitalize()} — {self.id}"
        image = (self.representation.title, self.representation.values)
        ports = {("input", "image"): image, ("output", "image"): image, **self.objective.ports}
        return diagram(self.trace(network, labels), title, ports, self.objective.classes)

    def settings(self) -> dict[str, Any]:
        """Return every number that is computed, by its dotted name, layers in short notation."""
        demo = "scale.demo"
        return {
            name: value
            for part, held in self.parts.items()
            for name, value in flatten(part, held)
            if not name.startswith(demo)
        }

    def changes(self, other: Experiment | None = None) -> Changes:
        """Return what differs from the parent, or from another experiment.

        Returns
        -------
        Changes
            ``field``, ``before`` (the parent's), ``after`` (this one's) of each difference; a
            table in Jupyter.
        """
        other = other or self.page.parent
        return compare(other.settings(), self.settings()) if other else Changes()

    def replace(self, **own: Any) -> Experiment:
        """Return a copy with other parts, or other fields of its parts by their own names.

        Raises
        ------
        VoxError
            No part has such a field, or a value is none that it may have.

        Examples
        --------
        >>> import vox
        >>> e = vox.experiment("cfcefd21").replace(floor=1e-5, batch_size=5)
        >>> e.representation.floor, e.scale.batch_size
        (1e-05, 5)
        """
        whole = {name: value for name, value in own.items() if name in (*PARTS, "page")}
        parts = self.parts | whole
        placed = [(self._place(name), name) for name in own if name not in whole]
        for place in dict(placed):  # all fields at once: they may hold together alone
            parts[place] = replace(parts[place], **{n: own[n] for p, n in placed if p == place})
        return replace(self, **parts)

    def _place(self, name: str) -> str:
        """The part that has a field."""
        if name not in self._places:
            raise unknown("field of an experiment", name, self._places)
        return self._places[name]

    @property
    def _places(self) -> dict[str, str]:
        """The part that has each field, by the field's name."""
        found = {f.name: p for p, part in self.parts.items() for f in dataclasses.fields(part)}
        return {name: part for name, part in found.items() if name != "demo"}

    def __getattr__(self, name: str) -> Any:
        held = [p for p in PARTS if name in getattr(self.__dict__.get(p), "__dict__", ())]
        where = f"; it is {held[0]}.{name}" if held else ""
        raise AttributeError(f"an experiment has no {name!r}{where}")

    def at(self, profile: Profile, cuda: bool | None = None, **own: Any) -> Experiment:
        """Return the experiment at a profile's scale.

        Parameters
        ----------
        profile
            ``"page"`` as the page states it, ``"demo"`` small enough for a laptop and minutes,
            ``"hours"`` the page's losses at the demo's size, for `ITERATIONS` or your own epochs
            and at a rate that makes up for it, ``"auto"`` the page's on CUDA and else the demo.
        cuda
            Whether the device in use is a CUDA one, for ``"auto"``; None asks torch.
        own
            Fields of your own choice, which win over the profile; None means as the profile says.

        Returns
        -------
        Experiment
            A field that was already changed from what the page states stays as it is.

        Raises
        ------
        VoxError
            There is no such profile or field.
        """
        if profile not in PROFILES:
            raise unknown("profile", profile, PROFILES)
        own = {name: value for name, value in own.items() if value is not None}
        for name in own:
            self._place(name)
        if profile == "auto":
            cuda = _has_cuda() if cuda is None else cuda
            profile = "page" if cuda else "demo"
        if profile == "page" or not self.networks:
            return self.replace(**own)
        budget = {n: self._value(n) for n in ("epochs", "batch_size") if self._touched(n)}
        fields = smaller(self, profile, budget | own)
        untouched = {name: value for name, value in fields.items() if not self._touched(name)}
        return self.replace(**(untouched | own))

    def _touched(self, name: str) -> bool:
        return bool(self._value(name) != self.stated._value(name))

    def _value(self, name: str) -> Any:
        return getattr(getattr(self, self._place(name)), name)

    def table(self) -> Table:
        """Return `settings` as a table."""
        return Table(("field", "value"), self.settings().items())

    def __repr__(self) -> str:
        return f"Experiment({self.id!r}, {self.page.change!r})"

    def _repr_html_(self) -> str:
        head = html.escape(f"{self.id} — {self.title}")
        return f"<p><strong>{head}</strong></p>{self.table()._repr_html_()}"


def _has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()
