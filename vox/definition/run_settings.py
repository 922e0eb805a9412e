"""What may be said of a run, declared once for command line, notebooks and `vox.train`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from vox.definition.experiment import Experiment
from vox.definition.scale import Profile
from vox.errors import VoxError, unknown
from vox.fields import Part


def _said(default: Any, help: str, **bounds: float) -> Any:
    return field(default=default, metadata={"help": help, **bounds})


@dataclass(frozen=True, kw_only=True)
class RunSettings(Part):
    """What to run an experiment on, and how; None means "as the profile says".

    Attributes
    ----------
    corpus, profile, device, seed, directory
        As for `vox.train`, the corpus by name or path.
    epochs, batch_size, learning_rate, width
        Fields of the experiment.
    """

    corpus: str = _said("demo", "'demo' or a path")
    profile: Profile = _said("auto", "page, hours, demo or auto")
    device: str = _said("auto", "auto, cpu, cuda, ...")
    seed: int = _said(0, "of every draw", least=0, below=2**63)
    directory: str = _said("runs", "where runs are kept")
    epochs: float | None = _said(None, "instead of the profile's")
    batch_size: int | None = _said(None, "instead of the profile's")
    learning_rate: float | None = _said(None, "instead of the profile's")
    width: float | None = _said(None, "factor on the channels, instead of the profile's")

    def __post_init__(self) -> None:
        for name in ("corpus", "directory"):
            path = getattr(self, name)
            if not isinstance(path, str):
                raise VoxError(
                    f"{name} must be text, not {path!r}; for a folder of that name write ./{path}"
                )
        super().__post_init__()

    @property
    def own(self) -> dict[str, Any]:
        """The fields of an experiment among them, for `vox.train` and `vox.Experiment.at`."""
        return {name: getattr(self, name) for name in OWN}

    def scaled(self, e: Experiment) -> Experiment:
        """Return the experiment at the scale at which it is run; as it is, if it trains nothing."""
        if not e.networks:
            return e
        from vox.device import pick_device

        return e.at(self.profile, cuda=pick_device(self.device).type == "cuda", **self.own)

    @classmethod
    def of(cls, **given: Any) -> RunSettings:
        """Make them of values by name.

        Raises
        ------
        VoxError
            A name is none of them, or a value is none that it may have.
        """
        for name in given:
            if name not in SETTINGS:
                raise unknown("parameter", name, SETTINGS)
        return cls(**given)


SETTINGS = tuple(f.name for f in fields(RunSettings))
OWN = ("epochs", "batch_size", "learning_rate", "width")
"""Those that are fields of an experiment."""
