"""126a4f58: speakers' Gaussians carried over to the target's by optimal transport: no network."""

from dataclasses import replace
from datetime import date

from vox.definition import Page
from vox.objectives import Transport
from vox.series import experiment

PARENT = experiment("3bd6b23a")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="126a4f58",
        title="話者の分布を最適輸送で移す",
        change="speakers' covariances carried over too, by optimal transport: no network",
        opened=date(2026, 11, 27),
        parent=PARENT,
        issues=("module/vox",),
        tags=("open",),
    ),
    objective=Transport(),
)
