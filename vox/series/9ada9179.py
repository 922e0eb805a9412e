"""9ada9179: identity loss removed, 3x3 filters, learning rate decay."""

from dataclasses import replace
from datetime import date

from vox.definition import Page
from vox.series import experiment
from vox.series.notation import down

PARENT = experiment("31f31449")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="9ada9179",
        title="恒等写像損失を除き、3x3 に戻し、学習率を減衰させる",
        change="identity loss removed, 3x3 filters, learning rate decay",
        opened=date(2019, 3, 8),
        closed=date(2019, 3, 9),
        parent=PARENT,
        issues=("module/vox",),
        tags=("closed", "unsatisfied"),
        hours=22.68,
        memory_mib=3017,
    ),
    objective=replace(
        PARENT.objective,
        generator=replace(PARENT.objective.generator, merge=down(256, 3), block=down(256, 3)),
        identity_weight=0.0,
    ),
    optimisation=replace(PARENT.optimisation, decay_epochs=100),
)
