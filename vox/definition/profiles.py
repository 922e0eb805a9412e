"""What the profiles below the page's put in place of what it states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vox.definition.scale import ITERATIONS, RECORDINGS, Profile
from vox.errors import VoxError

if TYPE_CHECKING:
    from vox.definition.experiment import Experiment


def smaller(e: Experiment, profile: Profile, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that a profile below the page's puts in place of the page's.

    Raises
    ------
    VoxError
        The experiment does not say what the demo makes smaller.
    """
    if e.scale.demo is None:
        raise VoxError(f"{e.id} does not say what the demo profile changes (scale.demo)")
    if profile == "hours" and e.scale.demo:
        return hours(e.stated, own)
    return dict(e.scale.demo)


def hours(stated: Experiment, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that the profile ``hours`` puts in place of the page's.

    Losses and their weights stay the page's, width and minibatch are the demo's. There are fewer
    iterations than the page has, so the rate rises until rate times iterations is the page's, but
    never above the demo's, which is known to learn; its decay falls on the same share of the run.

    Parameters
    ----------
    stated
        The experiment as its page states it.
    own
        Fields that were chosen otherwise, such as ``epochs``: the budget.

    Examples
    --------
    >>> import vox
    >>> e = vox.experiment("cfcefd21").at("hours")
    >>> e.scale.epochs, f"{e.optimisation.learning_rate:.1e}", e.optimisation.decay_epochs
    (250.0, '7.9e-04', 25)
    >>> e.objective.reconstruction_weight
    10.0
    """
    demo, scale, optimisation = dict(stated.scale.demo or ()), stated.scale, stated.optimisation
    fields = {name: value for name, value in demo.items() if not name.endswith("_weight")}
    size = own.get("batch_size", fields.get("batch_size", scale.batch_size))
    epochs = own.get("epochs", ITERATIONS * size / RECORDINGS)
    fields["epochs"] = epochs
    if optimisation is not None:
        raised = optimisation.learning_rate * scale.iterations / (epochs * RECORDINGS / size)
        at_most = fields.get("learning_rate", raised)
        fields["learning_rate"] = float(f"{min(raised, at_most):.3g}")
        if optimisation.decay_epochs:
            share = optimisation.decay_epochs / scale.epochs
            fields["decay_epochs"] = max(1, round(share * epochs))
    return fields
