"""fbf548f6: labels dropped at random, as augmentation."""

from dataclasses import replace
from datetime import date

from vox.definition import Page
from vox.series import experiment

PARENT = experiment("9ada9179")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="fbf548f6",
        title="ラベルを無作為に落とす",
        change="labels dropped at random (augmentation)",
        opened=date(2019, 3, 10),
        closed=date(2019, 3, 12),
        parent=PARENT,
        issues=("module/vox",),
        tags=("closed", "unsatisfied"),
        hours=25.07,
        memory_mib=3017,
    ),
    objective=replace(PARENT.objective, label_dropping=0.5),
)
