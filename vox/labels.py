"""Labels as vectors: what a network is told of a recording, and what it shall answer.

Labels come in groups (speaker, birthplace, sex), and a recording need not be labelled in every
group. Three forms are used:

- by name, ``{"speaker": "anika", "sex": "female"}``, for people and files;
- by index, an integer tensor of shape ``(..., groups)`` with -1 where a group is unlabelled, for
  passing around;
- as vectors, made from the indices where a network or a loss wants them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from vox.errors import VoxError, unknown
from vox.names import clean
from vox.table import Table

if TYPE_CHECKING:
    import torch

UNLABELLED = -1


@dataclass(frozen=True)
class Group:
    """A group of classes of which a recording has one, or none if it is unlabelled."""

    name: str
    classes: tuple[str, ...]

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each class stands, by its name as `vox.names.clean` has it.

        Kept with the group: looking a tuple of all classes up in a cache reads all of them, for
        each of all recordings.
        """
        return {clean(name): i for i, name in reversed([*enumerate(self.classes)])}


@dataclass(frozen=True)
class LabelSpace:
    """The groups and classes of a corpus, in the order in which the vectors hold them.

    Examples
    --------
    >>> space = LabelSpace.of({"speaker": ["anika", "victor"], "sex": ["female", "male"]})
    >>> index = space.index(speaker="victor")
    >>> index
    tensor([ 1, -1])
    >>> space.inputs(index)  # speaker, sex, then a flag a group
    tensor([0., 1., 0., 0., 1., 0.])
    >>> space.targets(index)
    tensor([ 0.,  1., -1., -1.])
    >>> space.names(index)
    {'speaker': 'victor'}
    """

    groups: tuple[Group, ...]

    def __post_init__(self) -> None:
        if not self.groups or any(not group.classes for group in self.groups):
            raise VoxError("a label space needs at least one group, each with at least one class")
        if len({group.name for group in self.groups}) != len(self.groups):
            raise VoxError("a label space names a group twice")
        for group in self.groups:
            if len(set(group.classes)) != len(group.classes):
                raise VoxError(f"group {group.name!r} names a class twice")

    @classmethod
    def of(cls, classes: Mapping[str, Iterable[str]]) -> LabelSpace:
        """Make a label space from the classes of each group."""
        return cls(tuple(Group(name, tuple(names)) for name, names in classes.items()))

    @classmethod
    def sized(cls, **sizes: int) -> LabelSpace:
        """Make a label space of numbered classes, for networks without a corpus.

        Examples
        --------
        >>> LabelSpace.sized(speaker=1421, birthplace=53, sex=2).input_size
        1479
        """
        return cls.of(
            {
                name: [f"{name} {i:0{len(str(size))}d}" for i in range(1, size + 1)]
                for name, size in sizes.items()
            }
        )

    def classes(self, group: str) -> tuple[str, ...]:
        """Return the classes of a group by its name, none where there is no such group.

        Examples
        --------
        >>> LabelSpace.of({"sex": ["F", "M"]}).classes("sex")
        ('F', 'M')
        """
        return next((each.classes for each in self.groups if each.name == group), ())

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of classes of each group."""
        return tuple(len(group.classes) for group in self.groups)

    @property
    def input_size(self) -> int:
        """Length of an input vector: every class and a flag a group."""
        return sum(self.sizes) + len(self.groups)

    @property
    def target_size(self) -> int:
        """Length of a target vector: every class."""
        return sum(self.sizes)

    def index(self, **labels: str | None) -> torch.Tensor:
        """Return the indices of labels given by name, shape ``(groups,)``, int64.

        A group that is not named, or is None or empty, is unlabelled (-1). Names may be composed
        in any way (NFC or NFD).

        Raises
        ------
        VoxError
            A group or class does not exist; the message lists the nearest.
        """
        import torch

        known = {group.name: group for group in self.groups}
        for name in labels:
            if name not in known:
                raise unknown("label group", name, known)
        indices = []
        for group in self.groups:
            label = labels.get(group.name)
            if label is None or label == "":
                indices.append(UNLABELLED)
            else:
                same = group.places.get(clean(label))
                if same is None:
                    raise unknown(group.name, label, group.classes)
                indices.append(same)
        return torch.tensor(indices)

    def names(self, index: torch.Tensor) -> dict[str, str]:
        """Return the labels of one index vector of shape ``(groups,)`` by name."""
        return {
            group.name: group.classes[i]
            for group, i in zip(self.groups, index.tolist(), strict=True)
            if i != UNLABELLED
        }

    def inputs(self, index: torch.Tensor, flags: bool = True) -> torch.Tensor:
        """Return input vectors: a one-hot a group, then a flag a group that says it is labelled.

        Parameters
        ----------
        index
            Shape ``(..., groups)``, on any device.
        flags
            Whether the flags are there; the experiments before 47c97768 have none.

        Returns
        -------
        torch.Tensor
            Shape ``(..., input_size)``, or ``(..., target_size)`` without flags; float32 in
            {0, 1}; an unlabelled group is all zeros.
        """
        import torch

        parts = [*self._one_hots(index), *([(index != UNLABELLED).float()] if flags else [])]
        return torch.cat(parts, dim=-1)

    def targets(self, index: torch.Tensor) -> torch.Tensor:
        """Return target vectors: a one-hot a group, or -1 all through an unlabelled group.

        Parameters
        ----------
        index
            Shape ``(..., groups)``, on any device.

        Returns
        -------
        torch.Tensor
            Shape ``(..., target_size)``, float32 in {-1, 0, 1}.
        """
        import torch

        missing = (index == UNLABELLED).split(1, dim=-1)
        pairs = zip(self._one_hots(index), missing, strict=True)
        return torch.cat([hot.masked_fill(flag, -1.0) for hot, flag in pairs], dim=-1)

    def index_of_inputs(self, vector: torch.Tensor) -> torch.Tensor:
        """Return the indices that `inputs` made a vector of shape ``(..., input_size)`` from."""
        import torch

        *hots, flags = vector.split([*self.sizes, len(self.groups)], dim=-1)
        best = torch.stack([hot.argmax(dim=-1) for hot in hots], dim=-1)
        return torch.where(flags > 0, best, UNLABELLED)

    def split(self, vector: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Cut vectors of shape ``(..., target_size)``, such as logits, into their groups."""
        return vector.split(list(self.sizes), dim=-1)

    def _one_hots(self, index: torch.Tensor) -> Iterator[torch.Tensor]:
        import torch

        for i, size in zip(index.unbind(dim=-1), self.sizes, strict=True):
            yield (i.unsqueeze(-1) == torch.arange(size, device=index.device)).float()

    def __str__(self) -> str:
        return ", ".join(f"{len(g.classes)} {g.name}" for g in self.groups)

    def _repr_html_(self) -> str:
        rows = [
            (g.name, len(g.classes), (*g.classes[:12], "…")[: len(g.classes)]) for g in self.groups
        ]
        return Table(("group", "classes", "names"), rows)._repr_html_()


def drop_labels(index: torch.Tensor, probability: float, draw: np.random.Generator) -> torch.Tensor:
    """Drop labels at random, as fbf548f6 augments its data.

    With `probability` one labelled group, chosen at random, loses its label; this is done once
    less than there are groups, and one label always stays.

    Parameters
    ----------
    index
        Indices, shape ``(batch, groups)``.
    probability
        From 0 to 1.
    draw
        Source of the random numbers.

    Returns
    -------
    torch.Tensor
        Same shape.

    Examples
    --------
    >>> import torch
    >>> index, draw = torch.tensor([[3, 1, 0]]), np.random.default_rng(0)
    >>> drop_labels(index, 0.0, draw)
    tensor([[3, 1, 0]])
    >>> (drop_labels(index, 1.0, draw) == UNLABELLED).sum()
    tensor(2)
    """
    import torch

    dropped = index.clone()
    batch, groups = index.shape
    for chance, choice in draw.random((groups - 1, 2, batch)):
        labelled = dropped != UNLABELLED
        left = labelled.sum(dim=1)
        falls = (torch.from_numpy(chance) < probability) & (left > 1)
        which = (torch.from_numpy(choice) * left).long()  # the which-th of those labelled
        is_it = labelled & (labelled.cumsum(dim=1) == which[:, None] + 1)
        dropped[is_it & falls[:, None]] = UNLABELLED
    return dropped


PAGE = LabelSpace.sized(speaker=1421, birthplace=53, sex=2)
"""The label space of the series: the corpus of 2019 is not named, only its class counts are."""
