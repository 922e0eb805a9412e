"""8ee22ac3: Adam at a rate that learns, and does not fall."""

from dataclasses import replace
from datetime import date

from vox.definition import Page
from vox.optimisation import Adam
from vox.series import experiment

PARENT = experiment("0166ad64")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="8ee22ac3",
        title="Adam と、学習が進む学習率にする",
        change="Adam at a rate that learns: 3e-4, constant",
        opened=date(2026, 11, 27),
        parent=PARENT,
        issues=("module/vox",),
        tags=("open",),
    ),
    # beta1 is StarGAN's (arXiv 1711.09020), whose rate is 1e-4
    optimisation=Adam(learning_rate=3e-4, beta1=0.5),
    scale=replace(PARENT.scale, demo=PARENT.scale.demo_with(learning_rate=3e-4)),
)
