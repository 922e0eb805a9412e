"""3bd6b23a: the image becomes WORLD's envelope, and speakers' statistics convert it: no network."""

from dataclasses import replace
from datetime import date

from vox.definition import Page, Scale, settings
from vox.objectives import Statistics
from vox.representation import World
from vox.series import experiment

PARENT = experiment("cfcefd21")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="3bd6b23a",
        title="話者の統計だけで変換する",
        change="WORLD's envelope, converted by speakers' statistics: no network",
        opened=date(2026, 11, 25),
        parent=PARENT,
        issues=("module/vox",),
        tags=("open",),
    ),
    representation=World(),
    objective=Statistics(),
    optimisation=replace(PARENT.optimisation, decay_epochs=0),
    scale=Scale(batch_size=8, epochs=1, demo=settings()),
)
