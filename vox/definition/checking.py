"""Whether the parts of an experiment fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vox.errors import VoxError

if TYPE_CHECKING:
    from vox.definition.experiment import Experiment


def check_images(e: Experiment) -> None:
    """See whether the networks take the images of the representation and give back such.

    Raises
    ------
    VoxError
        They do not.
    """
    import torch

    if not e.networks:
        return
    shape = e.representation.shape
    size = " x ".join(map(str, shape))
    for name in e.networks:
        with torch.device("meta"):
            free = e.network(name).free
        try:
            layers = e.trace(name)
        except RuntimeError as error:
            raise VoxError(f"the networks do not take images of {size}: {error}") from error
        for out in layers:
            wanted = shape if out.name == "image" else (1, 1)
            if out.kind == "output" and out.name not in free and out.shape[1:] != wanted:
                should, found = (" x ".join(map(str, x)) for x in (wanted, out.shape[1:]))
                raise VoxError(
                    f"the networks do not take images of {size}: the output {out.name!r} should "
                    f"be {should} and is {found}"
                )
