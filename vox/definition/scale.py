"""How large an experiment is run, and what the demo profile makes smaller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from vox.errors import VoxError
from vox.fields import Part, number

Profile = Literal["auto", "page", "hours", "demo"]
PROFILES: tuple[Profile, ...] = ("auto", "page", "hours", "demo")
Settings = tuple[tuple[str, Any], ...]


ITERATIONS = 9000
"""Of the profile ``hours``: one to three hours on two cores, at half a second to one each."""
RECORDINGS = 144
"""That the embedded corpus trains on."""
RECORDINGS_2019 = 1421
"""That an epoch of 2019 had, one a speaker: cfcefd21's 1000 were 284,200 iterations of 5."""


def settings(**values: Any) -> Settings:
    """Return fields of an experiment's parts by name, with the values that they shall have.

    Examples
    --------
    >>> settings(width=1 / 8, epochs=7)
    (('width', 0.125), ('epochs', 7))
    """
    return tuple(values.items())


@dataclass(frozen=True, kw_only=True)
class Scale(Part):
    """Windows in a minibatch, passes over the recordings, channels.

    Attributes
    ----------
    batch_size
        Windows in a minibatch.
    epochs
        Passes over the recordings.
    width
        Factor on every hidden channel; the page's is 1.
    demo
        What the demo profile puts in place of the page's own values. Besides being small and
        quick, it weighs reconstruction more (where there is none, identity): a few hundred
        iterations end before the page's weight of 10 has taught a generator to keep anything of
        its input, and with a corpus of few classes the mean over them weighs each a hundred times
        more.
    """

    batch_size: int = number(2, most=2**20)
    epochs: float = number(1000, above=0, most=1e9)
    width: float = number(1.0, above=0, most=64)
    demo: Settings | None = None

    @property
    def iterations(self) -> float:
        """Of the page, with the recordings of 2019."""
        return self.epochs * RECORDINGS_2019 / self.batch_size

    def demo_with(self, **changes: Any) -> Settings:
        """Return what the demo profile changes, with other values."""
        return settings(**dict(self.demo or ()) | changes)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_size < 2:
            raise VoxError(
                f"batch_size must be at least 2, not {self.batch_size}: "
                "with one, batch normalisation would normalise each image by itself"
            )
