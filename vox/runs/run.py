"""A run: the folder with everything that came of training one experiment once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import torch

from vox import threads
from vox.audio import Pcm
from vox.device import pick_device
from vox.errors import VoxError, unknown
from vox.files import cache_folder
from vox.models.discriminator import Classifier, Discriminator
from vox.models.generator import Generator
from vox.models.network import Network
from vox.names import clean, listed, printable
from vox.precision import computing
from vox.representation import Adjustment, Analysis
from vox.representation.adjustment import AS_TRAINED, TARGET
from vox.representation.base import Change
from vox.runs import checkpoint, packed
from vox.runs.description import Provenance
from vox.runs.spec import Spec, converter


class Run:
    """What training left behind; it stays readable without the corpus.

    Parameters
    ----------
    folder
        Of the run, as `vox.train` made it, or a file that `vox.runs.pack` made of one.
    device
        Where its networks are, and compute; images come from the CPU and go back to it.

    Attributes
    ----------
    experiment, labels
        What was trained, at its scale, and its label space.
    provenance
        Where the figures come from.
    untrained
        Classes of the corpus, by group, of which no recording was trained on.
    corpus
        ``"demo"``, or the path of what it was trained on; it is no part of what is published.

    Raises
    ------
    VoxError
        There is no run in that folder.
    """

    def __init__(self, folder: str | Path, device: str = "cpu") -> None:
        self.folder, self.device = Path(folder), pick_device(device)
        told = packed.description(self.folder)
        with packed.whole(self.folder):
            self.spec = converter.structure(told["spec"], Spec)
            self.implied = converter.structure(told["implied"], dict[str, dict[str, str]])
            self.provenance = Provenance(told["provenance"])
            self.untrained = converter.structure(told.get("untrained", {}), dict[str, list[str]])
            self.corpus = str(told.get("corpus", self.provenance["corpus"]["name"]))
        self.experiment, self.labels = self.spec.experiment, self.spec.labels

    @property
    def place(self) -> Path:
        """Where what is found out about it is kept: its folder, or one of the cache."""
        if not self.folder.is_file():
            return self.folder
        return cache_folder() / "packed" / f"{self.folder.stem}-{self.spec.key}"

    def description(self) -> dict[str, Any]:
        """Return all that a run tells of itself but where its corpus lies, as data for JSON."""
        return {
            "spec": converter.unstructure(self.spec),
            "implied": self.implied,
            "untrained": self.untrained,
            "provenance": dict(self.provenance),
        }

    @property
    def losses(self) -> pd.DataFrame:
        """Unweighted losses by iteration, with the epoch each belongs to.

        Critic losses are means over the discriminator steps of the iteration. There are none where
        nothing is trained, but counted.
        """
        if not self.experiment.objective.slots:
            return pd.DataFrame({"epoch": []}, index=pd.Index([], name="iteration"), dtype=float)
        try:
            return pd.read_csv(self.folder / "losses.csv", index_col="iteration")
        except (OSError, ValueError) as error:
            raise VoxError(f"{self.folder}: its losses.csv is missing or damaged") from error

    @cached_property
    def _implied(self) -> dict[str, dict[str, str]]:
        return {clean(speaker): labels for speaker, labels in self.implied.items()}

    @cached_property
    def networks(self) -> dict[str, Network]:
        """The trained networks by name, on the run's device, with running batch statistics."""
        state: dict[str, Any] | None = (
            packed.state(self.folder)
            if self.folder.is_file()
            else checkpoint.latest(self.folder, torch.device("cpu"))
        )
        if state is None:
            raise VoxError(f"{self.folder}: nothing trained yet (no checkpoint)")
        threads.share()
        networks = {n: self.experiment.network(n, self.labels) for n in self.experiment.networks}
        with checkpoint.fitting(self.folder):
            for name, network in networks.items():
                network.load_state_dict(state[name])
        for network in networks.values():
            network.eval().to(self.device)
        return networks

    @property
    def speakers(self) -> tuple[str, ...]:
        """Those of its label space that it was trained on, and so converts to."""
        untrained = self.untrained.get("speaker", ())
        return tuple(n for n in self.labels.classes("speaker") if n not in untrained)

    def to(self, device: str) -> Run:
        """Move the networks to another device."""
        self.device = pick_device(device)
        for network in self.__dict__.get("networks", {}).values():
            network.to(self.device)
        return self

    def network(self, name: str) -> Network:
        """Return one of `networks`.

        Raises
        ------
        VoxError
            The experiment trains no such network.
        """
        if name not in self.experiment.networks:
            raise unknown(f"network of {self.experiment.id}", name, self.experiment.networks)
        return self.networks[name]

    @property
    def generator(self) -> Generator:
        """The trained generator."""
        return cast(Generator, self.network("generator"))

    @property
    def discriminator(self) -> Discriminator:
        """The trained discriminator."""
        return cast(Discriminator, self.network("discriminator"))

    @property
    def classifier(self) -> Classifier:
        """The trained classifier of 7a184ccb or e19098ab."""
        return cast(Classifier, self.network("classifier"))

    def classify(self, images: torch.Tensor) -> torch.Tensor | None:
        """Return the logits of what this run trained to classify, as it judges when trained.

        Parameters
        ----------
        images
            Shape ``(batch, 1, time, frequency)``.

        Returns
        -------
        torch.Tensor or None
            Shape ``(batch, target_size)``; None where no network classifies.
        """
        name = self.experiment.objective.classifies
        if name is None:
            return None
        network = cast(Classifier, self.network(name))
        with torch.no_grad(), computing(self.device):
            return network.classify(network.body(images.to(self.device))).cpu()

    def index(self, **labels: str | None) -> torch.Tensor:
        """Return the indices of labels given by name, shape ``(groups,)``.

        A group that is not named follows from the speaker, where all recordings of that speaker
        agree on it; give it as None to leave it unlabelled.
        """
        self.labels.index(**labels)  # says so when a group or class does not exist
        follows = self._implied.get(clean(labels.get("speaker") or ""), {})
        return self.labels.index(**{**follows, **labels})

    def target(self, **labels: str | None) -> torch.Tensor:
        """Return what to convert to, as `index`, of one label or more.

        Raises
        ------
        VoxError
            No label, an unknown one, one of which nothing was trained on, or a run that converts
            nothing, such as a classifier's.
        """
        if not self.experiment.objective.converts:
            raise VoxError(
                f"{self.folder}: {self.experiment.id} trains {' and '.join(self.networks)} and "
                "converts nothing; convert with a run of another experiment (vox list)"
            )
        if not any(labels.values()):
            groups = ", ".join(group.name for group in self.labels.groups)
            raise VoxError(f"say what to convert to: at least one of {groups}")
        index = self.index(**labels)
        for group, name in self.labels.names(self.labels.index(**labels)).items():
            if name in self.untrained.get(group, ()):
                known = self.labels.classes(group)
                trained = [each for each in known if each not in self.untrained[group]]
                raise VoxError(
                    f"{group} '{printable(name, 80)}': none of its recordings was trained on (they "
                    f"are held out, too short or silent), so there is nothing to convert to; "
                    f"trained on: {listed(trained)}"
                )
        return index

    def converted(self, analysis: Analysis, **labels: str | None) -> Analysis:
        """Convert images, with what stands beside them, to the labels given."""
        objective, target = self.experiment.objective, self.target(**labels)
        return self.there(objective.change(self.networks, self.labels, target))(analysis)

    def there(self, change: Change) -> Change:
        """Return a change that is computed on the run's device, of analyses on the CPU."""

        def changed(analysis: Analysis) -> Analysis:
            with computing(self.device):
                return change(analysis.to(self.device)).to("cpu")

        return changed

    def convert(
        self,
        pcm: Pcm,
        *,
        iterations: int = 60,
        strength: float = 1.0,
        pitch: str | float = TARGET,
        formant: float = 0.0,
        device: str | None = None,
        **labels: str | None,
    ) -> Pcm:
        """Convert a recording to the labels given, such as ``speaker="anika"``.

        Parameters
        ----------
        pcm
            Shape ``(time,)``, mono float32 at the representation's 16 kHz, of any length.
        iterations
            Of Griffin-Lim.
        strength
            How far towards the target, from 0 to 1.
        pitch
            ``"target"`` for the conversion's, ``"keep"`` for the source's, or by how many semitones
            it is above the source's.
        formant
            Semitones by which resonances are moved up.
        device
            Where, from now on; None leaves the networks where they are.
        labels
            Class names by group, as for `index`; at least one.

        Returns
        -------
        numpy.ndarray
            Shape ``(time,)``, float32, as long as `pcm`.

        Raises
        ------
        VoxError
            `pcm` is not mono or not finite, there is no such label, or the representation has no
            pitch and envelope to adjust.
        """
        if device is not None:
            self.to(device)
        pcm = np.asarray(pcm, np.float32)
        if pcm.ndim != 1 or not pcm.size or not np.isfinite(pcm).all():
            raise VoxError(
                f"PCM to convert must be finite and of the shape (time,), not {pcm.shape}; "
                "vox.audio.read makes such from a file"
            )
        wanted = Adjustment.of(strength=strength, pitch=pitch, formant=formant)
        pieces = self.convert_pieces([pcm], iterations=iterations, wanted=wanted, **labels)
        return np.concatenate(list(pieces))

    def convert_pieces(
        self,
        pieces: Iterable[Pcm],
        *,
        iterations: int = 60,
        wanted: Adjustment = AS_TRAINED,
        **labels: str | None,
    ) -> Iterator[Pcm]:
        """Convert as `convert` does a sound that comes in pieces and may be hours long.

        Parameters
        ----------
        pieces
            Shapes ``(time,)``, float32, one after the other, such as `vox.audio.pieces` reads.
        iterations, labels
            As for `convert`.
        wanted
            Its strength, pitch and formant.

        Yields
        ------
        numpy.ndarray
            Shape ``(time,)``, float32; all together as long as `pieces`.
        """
        e = self.experiment
        change = e.objective.change(self.networks, self.labels, self.target(**labels))
        change = e.representation.adjusted(self.there(change), wanted)
        return e.representation.convert(pieces, change, iterations=iterations)

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    def _repr_html_(self) -> str:
        return self.provenance._repr_html_()
