"""Training further: a run that is asked for more epochs begins where a shorter one is.

What an iteration computes follows from the seed, its position and the rate alone. So as long as the
rate at each epoch does not depend on how many there are, a shorter run is to the bit the beginning
of a longer one, and need not be computed again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from vox.corpus.windows import Windows
from vox.errors import VoxError
from vox.runs import Run, Spec, checkpoint


def begin(spec: Spec, folder: Path, windows: Windows, say: Callable[[str], None]) -> None:
    """Copy the last checkpoint and the losses of the longest run that is a beginning of this one.

    Parameters
    ----------
    spec
        Of the run that is asked for.
    folder
        Of it; nothing is done where it has a checkpoint.
    windows
        What it is trained on.
    say
        Is told which run it goes on from.
    """
    if checkpoint.paths(folder):
        return
    found: list[tuple[int, Path]] = []
    for other in folder.parent.glob(f"{spec.experiment.id}-*/run.json"):
        try:
            run = Run(other.parent)
        except VoxError:
            continue
        saved = checkpoint.paths(run.folder)
        if saved and _is_beginning(run.spec, spec, len(windows)):
            found.append((checkpoint.iteration(saved[0]), run.folder))
    if not found:
        return
    iterations, shorter = max(found)
    try:  # it may be trained on by another process meanwhile: what is gone is not taken
        shutil.copyfile(shorter / "losses.csv", folder / "losses.csv")
        for path in reversed(checkpoint.paths(shorter)[:1]):
            checkpoint.copy(path, folder)
    except FileNotFoundError:
        return
    say(f"goes on from iteration {iterations} of {shorter}, which was trained for fewer epochs")


def _is_beginning(shorter: Spec, longer: Spec, recordings: int) -> bool:
    """Whether a run computes the same as the first iterations of another."""
    one, other = shorter.experiment, longer.experiment
    if one.scale.epochs >= other.scale.epochs or not other.optimisation:
        return False
    if replace(shorter, experiment=one.replace(epochs=other.scale.epochs)).key != longer.key:
        return False
    share = other.scale.batch_size / recordings  # of an epoch, an iteration
    epochs = [i * share for i in range(int(one.scale.epochs / share) + 1)]
    rate = other.optimisation.rate
    return all(rate(at, one.scale.epochs) == rate(at, other.scale.epochs) for at in epochs)
