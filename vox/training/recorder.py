"""What training leaves behind: losses, checkpoints, and where they come from."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from vox.corpus import Corpus
from vox.device import PeakMemory
from vox.errors import VoxError
from vox.objectives.base import watched
from vox.runs import Spec, checkpoint, provenance
from vox.runs.description import describe
from vox.runs.loss_log import LossLog
from vox.training.state import Terms, Training


class Recorder:
    """Writes what training leaves behind: losses now and then, checkpoints more seldom."""

    def __init__(
        self, training: Training, spec: Spec, corpus: Corpus, folder: Path, memory: PeakMemory
    ) -> None:
        self.training, self.spec, self.corpus, self.folder = training, spec, corpus, folder
        self.memory, self.writer = memory, checkpoint.Writer()
        self.log = LossLog(folder / "losses.csv", training.iteration)
        self.pending: list[tuple[int, float, Terms]] = []

    def note(self, epoch: float, terms: Terms) -> None:
        """Keep the losses of the iteration just taken, on their device."""
        self.pending.append((self.training.iteration, epoch, terms))

    def flush(self) -> dict[str, float]:
        """Fetch the losses kept, refuse what is not finite, write the rest, return the last."""
        if not self.pending:
            return {}
        names = list(self.pending[0][2])
        values = torch.stack([torch.stack([t[n] for n in names]) for _, _, t in self.pending])
        rows = []
        for (iteration, epoch, _), row in zip(self.pending, values.tolist(), strict=True):
            for name, value in zip(names, row, strict=True):
                if not (math.isfinite(value) or watched(name)):
                    raise self._not_finite(f"the loss {name!r} is {value},", iteration)
            rows.append([iteration, epoch, *row])
        self.log.append(["iteration", "epoch", *names], rows)
        self.pending.clear()
        return dict(zip(names, rows[-1][2:], strict=True))

    def save(self) -> None:
        """Write a checkpoint and the run's description, if every number is finite."""
        self.flush()
        t = self.training
        weights = [pair for n in t.networks.values() for pair in n.state_dict().items()]
        finite = torch.stack([torch.isfinite(value).all() for _, value in weights]).tolist()
        if not all(finite):
            name, _ = weights[finite.index(False)]
            raise self._not_finite(f"the weight {name!r} is", t.iteration)
        told = told_of(t, self.corpus, self.memory), t.implied, t.untrained
        self.writer.save(
            self.folder, t.iteration, t.state(),
            then=lambda: describe(self.folder, self.spec, self.corpus, *told),
        )  # fmt: skip

    def _not_finite(self, what: str, iteration: int) -> VoxError:
        self.writer.wait()
        good = checkpoint.paths(self.folder)
        last = f"the last good checkpoint is {good[0]}" if good else "there is no checkpoint yet"
        return VoxError(
            f"training stopped at iteration {iteration}: {what} not finite; {last}. "
            "A lower learning_rate usually helps"
        )


def told_of(training: Training, corpus: Corpus, memory: PeakMemory) -> dict[str, Any]:
    """Return where the figures of a run come from."""
    windows, computed = training.windows, training.e.optimisation
    return {
        **training.origin,
        "commit": provenance.commit(),
        "seed": windows.seed,
        "iterations": f"{training.iteration} of {training.total}",
        "processes": training.most_processes,
        "epochs": round(training.epoch, 2),
        "wall_time_s": round(training.seconds, 1),
        "peak_memory_mib": provenance.peak_memory_mib(),
        "peak_device_memory_mib": memory.mib,
        "precision": computed and computed.precision,
        "deterministic": computed and computed.deterministic,
        "graph": computed and computed.graph,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "corpus": {
            "name": Path(corpus.name).name,
            "fingerprint": corpus.fingerprint[:16],
            "trained_on": len(windows),
            "left_out": len(windows.left_out) + len(corpus.problems),
        },
        "machine": provenance.machine(training.device),
        "versions": provenance.versions(),
    }
