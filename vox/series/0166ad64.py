"""0166ad64: classification by softmax a label group, so that labels speak."""

from dataclasses import replace
from datetime import date

from vox.definition import Page
from vox.series import experiment

PARENT = experiment("c6b4f1fd")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="0166ad64",
        title="分類をグループごとの softmax にする",
        change="softmax a label group instead of a sigmoid a class",
        opened=date(2026, 11, 27),
        parent=PARENT,
        issues=("module/vox",),
        tags=("open",),
    ),
    objective=replace(PARENT.objective, classification_loss="softmax"),
)
