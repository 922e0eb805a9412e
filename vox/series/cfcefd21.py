"""cfcefd21: the spectrogram a quarter as long."""

from dataclasses import replace
from datetime import date

from vox.definition import Page
from vox.series import experiment
from vox.series.notation import leaky

PARENT = experiment("9ada9179")
BODY = PARENT.objective.discriminator.body
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="cfcefd21",
        title="スペクトログラムを時間方向に 1/4 にする",
        change="spectrogram a quarter as long",
        opened=date(2019, 3, 12),
        closed=date(2019, 3, 13),
        parent=PARENT,
        issues=("module/vox",),
        tags=("closed", "satisfied"),
        hours=10.07,  # at minibatch 5, to which it was raised
        memory_mib=3017,
    ),
    representation=replace(PARENT.representation, length=17152),
    objective=replace(
        PARENT.objective,
        discriminator=replace(
            PARENT.objective.discriminator,
            body=(*BODY[:4], leaky(512, (3, 4), (1, 2)), leaky(1024, (3, 4), (1, 2))),
        ),
    ),
    scale=replace(PARENT.scale, demo=PARENT.scale.demo_with(batch_size=4, epochs=10)),
)
