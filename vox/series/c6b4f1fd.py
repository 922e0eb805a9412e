"""c6b4f1fd: the representation keeps the words: floor 1e-5."""

from dataclasses import replace
from datetime import date

from vox.definition import Page
from vox.series import experiment

PARENT = experiment("cfcefd21")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="c6b4f1fd",
        title="床を 1e-5 に下げる",
        change="floor 1e-5: the representation keeps the words",
        opened=date(2026, 11, 27),
        parent=PARENT,
        issues=("module/vox",),
        tags=("open",),
    ),
    representation=replace(PARENT.representation, floor=1e-5),
)
