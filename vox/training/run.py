"""A run: the folder with everything that came of training one experiment once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import cattrs
import cattrs.preconf.json
import numpy as np
import pandas as pd
import torch

from vox.audio import Pcm
from vox.conversion import convert_pieces
from vox.corpus import Corpus
from vox.corpus.store import write_atomically
from vox.definition import Experiment
from vox.errors import VoxError, unknown
from vox.labels import LabelSpace
from vox.models import Classifier, Discriminator, Generator, Summary
from vox.table import Table
from vox.training import checkpoint

COMPUTATION = 3
"""Raise it when the same settings give other numbers than before; a test pins some of them."""

_converter = cattrs.preconf.json.make_converter()


@dataclass(frozen=True)
class Spec:
    """Everything that decides what a run computes.

    Attributes
    ----------
    experiment
        At the scale at which it is run.
    labels
        The label space of the corpus.
    fingerprint
        Of the corpus.
    seed
        Of every draw.
    device
        ``"cpu"``, ``"cuda"``, ...: sums are rounded differently on each.
    torch
        Its version, for the same reason.
    computation
        `COMPUTATION` when it was made.
    """

    experiment: Experiment
    labels: LabelSpace
    fingerprint: str
    seed: int
    device: str
    torch: str = torch.__version__.partition("+")[0]
    computation: int = COMPUTATION

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits of a hash over all of it but what the page merely tells."""
        told = {**vars(self), "experiment": self.experiment.settings()}
        text = json.dumps(told, sort_keys=True, default=repr)
        return sha256(text.encode()).hexdigest()[:12]

    def folder(self, directory: str | Path) -> Path:
        """Return the run's folder below `directory`, named by id and key."""
        return Path(directory) / f"{self.experiment.id}-{self.key}"


class Provenance(dict[str, Any]):
    """Where a run's figures come from; a table in Jupyter."""

    def _repr_html_(self) -> str:
        flat: list[tuple[str, Any]] = []
        for name, value in self.items():
            inner = value.items() if isinstance(value, dict) else [("", value)]
            flat += [(f"{name}.{key}" if key else name, v) for key, v in inner]
        return Table(("", ""), flat)._repr_html_()


class Run:
    """What training left behind; it stays readable without the corpus.

    Parameters
    ----------
    folder
        Of the run, as `vox.train` made it.

    Attributes
    ----------
    experiment, labels
        What was trained, at its scale, and its label space.
    provenance
        Where the figures come from.
    corpus
        ``"demo"``, or the path of what it was trained on; it is no part of what is published.

    Raises
    ------
    VoxError
        There is no run in that folder.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        try:
            told = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))
            self.spec = _converter.structure(told["spec"], Spec)
            self.implied: dict[str, dict[str, str]] = told["implied"]
            self.provenance = Provenance(told["provenance"])
            self.corpus: str = told.get("corpus", self.provenance["corpus"]["name"])
        except OSError as error:
            raise VoxError(f"{folder}: no run here (it has no run.json)") from error
        except (ValueError, KeyError, TypeError, cattrs.BaseValidationError) as error:
            raise VoxError(
                f"{folder}: its run.json is damaged; the same training call writes it again"
            ) from error
        self.experiment, self.labels = self.spec.experiment, self.spec.labels

    @classmethod
    def create(cls, folder: Path, spec: Spec, corpus: Corpus, provenance: dict[str, Any]) -> Run:
        """Write a run's description, replacing one that is there."""
        told = {
            "spec": _converter.unstructure(spec),
            "implied": implied_labels(corpus),
            "corpus": "demo" if corpus.name == "demo" else _absolute(corpus.name),
            "provenance": provenance,
        }
        text = json.dumps(told, indent=1, ensure_ascii=False)
        write_atomically(folder / "run.json", text.encode())
        return cls(folder)

    @classmethod
    def find(cls, name: str | Path, directory: str | Path = "runs") -> Run:
        """Open a run by its folder, or by how the name of its folder in `directory` begins.

        Raises
        ------
        VoxError
            There is no such run, or several.
        """
        if (Path(name) / "run.json").is_file():
            return cls(name)
        known = sorted(path.parent.name for path in Path(directory).glob("*/run.json"))
        found = [folder for folder in known if folder.startswith(str(name))]
        if len(found) > 1:
            raise VoxError(f"run {str(name)!r} could be {' or '.join(found)}; name one of them")
        if not found:
            where = f"of {directory}/; vox train ID makes one"
            raise VoxError(f"{unknown('run', name, known)} {where}")
        return cls(Path(directory) / found[0])

    @property
    def losses(self) -> pd.DataFrame:
        """Unweighted losses by iteration, with the epoch each belongs to.

        Critic losses are means over the discriminator steps of the iteration.
        """
        try:
            return pd.read_csv(self.folder / "losses.csv", index_col="iteration")
        except (OSError, ValueError) as error:
            raise VoxError(f"{self.folder}: its losses.csv is missing or damaged") from error

    @cached_property
    def generator(self) -> Generator:
        """The trained generator, on the CPU, with its running batch statistics."""
        return cast(Generator, self._network("generator"))

    @cached_property
    def discriminator(self) -> Discriminator:
        """The trained discriminator, on the CPU."""
        return cast(Discriminator, self._network("discriminator"))

    @cached_property
    def classifier(self) -> Classifier:
        """The trained classifier of 7a184ccb or e19098ab, on the CPU."""
        return cast(Classifier, self._network("classifier"))

    def classify(self, images: torch.Tensor) -> torch.Tensor:
        """Return the logits of what this run trained to classify, as it judges when trained.

        Parameters
        ----------
        images
            Shape ``(batch, 1, time, frequency)``.

        Returns
        -------
        torch.Tensor
            Shape ``(batch, target_size)``.
        """
        judge = self.classifier if "classifier" in self.experiment.networks else self.discriminator
        with torch.no_grad():
            return judge.classify(judge.body(images))

    def _network(self, name: str) -> Summary:
        network = self.experiment.network(name, self.labels)
        state = checkpoint.latest(self.folder, torch.device("cpu"))
        if state is None:
            raise VoxError(f"{self.folder}: nothing trained yet (no checkpoint)")
        network.load_state_dict(state[name])
        return network.eval()

    def inputs(self, **labels: str | None) -> torch.Tensor:
        """Return the input vector of labels given by name, shape ``(label_size,)``.

        A group that is not named follows from the speaker, where all recordings of that speaker
        agree on it; give it as None to leave it unlabelled.
        """
        self.labels.index(**labels)  # says so when a group or class does not exist
        follows = self.implied.get(labels.get("speaker") or "", {})
        index = self.labels.index(**{**follows, **labels})
        return self.labels.inputs(index, self.experiment.label_flags)

    def target(self, **labels: str | None) -> torch.Tensor:
        """Return the input vector to convert to, as `inputs`, of one label or more.

        Raises
        ------
        VoxError
            No label, an unknown one, or a run of a classifier, which converts nothing.
        """
        if "generator" not in self.experiment.networks:
            raise VoxError(
                f"{self.folder}: {self.experiment.id} trains a classifier and has no generator; "
                "convert with a run of another experiment (vox list)"
            )
        if not any(labels.values()):
            groups = ", ".join(group.name for group in self.labels.groups)
            raise VoxError(f"say what to convert to: at least one of {groups}")
        return self.inputs(**labels)

    def convert(self, pcm: Pcm, *, iterations: int = 60, **labels: str | None) -> Pcm:
        """Convert a recording to the labels given, such as ``speaker="anika"``.

        Parameters
        ----------
        pcm
            Shape ``(time,)``, mono float32 at the spectrogram's 16 kHz, of any length.
        iterations
            Of Griffin-Lim.
        labels
            Class names by group, as for `inputs`; at least one.

        Returns
        -------
        numpy.ndarray
            Shape ``(time,)``, float32, as long as `pcm`.

        Raises
        ------
        VoxError
            `pcm` is not mono or not finite, or there is no such label.
        """
        pcm = np.asarray(pcm, np.float32)
        if pcm.ndim != 1 or not pcm.size or not np.isfinite(pcm).all():
            raise VoxError(
                f"PCM to convert must be finite and of the shape (time,), not {pcm.shape}; "
                "vox.audio.read makes such from a file"
            )
        return np.concatenate(list(self.convert_pieces([pcm], iterations=iterations, **labels)))

    def convert_pieces(
        self, pieces: Iterable[Pcm], *, iterations: int = 60, **labels: str | None
    ) -> Iterator[Pcm]:
        """Convert as `convert` does a sound that comes in pieces and may be hours long.

        Parameters
        ----------
        pieces
            Shapes ``(time,)``, float32, one after the other, such as `vox.audio.pieces` reads.
        iterations, labels
            As for `convert`.

        Yields
        ------
        numpy.ndarray
            Shape ``(time,)``, float32; all together as long as `pieces`.
        """
        return convert_pieces(
            self.generator, self.experiment.spectrogram, pieces, self.target(**labels),
            iterations=iterations,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    def _repr_html_(self) -> str:
        return self.provenance._repr_html_()


def _absolute(path: str) -> str:
    return str(Path(path).expanduser().absolute())


def implied_labels(corpus: Corpus) -> dict[str, dict[str, str]]:
    """Return, for each speaker, the other labels on which all of its recordings agree."""
    found: dict[str, dict[str, set[str]]] = {}
    for recording in corpus.recordings:
        speaker = recording.labels.get("speaker")
        if speaker:
            groups = found.setdefault(speaker, {})
            for group, label in recording.labels.items():
                groups.setdefault(group, set()).add(label)
    return {
        speaker: {group: min(names) for group, names in groups.items() if len(names) == 1}
        for speaker, groups in found.items()
    }
