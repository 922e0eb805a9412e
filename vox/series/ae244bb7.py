"""ae244bb7: Griffin-Lim in two dimensions, on images."""

from datetime import date

from vox.definition import Experiment, Page
from vox.objectives import PhaseRetrieval
from vox.representation.plane import PlaneTransform

EXPERIMENT = Experiment(
    page=Page(
        id="ae244bb7",
        title="Griffin-Lim を二次元にして、画像を振幅から戻す",
        change="Griffin-Lim in two dimensions, on images",
        opened=date(2019, 4, 17),
        issues=("module/vox",),
        tags=("closed",),
    ),
    representation=PlaneTransform(window=32, hop=8, padded=False),
    objective=PhaseRetrieval(iterations=1000),
)
