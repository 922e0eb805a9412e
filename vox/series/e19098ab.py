"""e19098ab: a classifier shaped like StarGAN's discriminator."""

from dataclasses import replace
from datetime import date

from vox.definition import Page
from vox.models.specs import DiscriminatorLayers, conv
from vox.series import experiment
from vox.series.notation import halving

PARENT = experiment("7a184ccb")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="e19098ab",
        title="StarGAN の discriminator に似せた分類器",
        change="classifier shaped like StarGAN's discriminator",
        opened=date(2019, 3, 4),
        closed=date(2019, 3, 4),
        parent=PARENT,
        issues=("module/vox",),
        tags=("closed", "satisfied"),
        hours=16.10,
        memory_mib=3017,
    ),
    objective=replace(
        PARENT.objective,
        layers=DiscriminatorLayers(  # arXiv 1711.09020's discriminator
            body=halving(64, 128, 256, 512, 1024, 2048, norm=True),
            classes=conv(None, 4),
            grouped=True,
            adversarial=None,
        ),
    ),
)
