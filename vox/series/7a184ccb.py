"""7a184ccb: the discriminator alone, as a classifier."""

from dataclasses import replace
from datetime import date

from vox.definition import Page, Scale, settings
from vox.models.specs import DiscriminatorLayers
from vox.objectives import Classifier
from vox.series import experiment
from vox.series.notation import halving, leaky

PARENT = experiment("54314b33")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="7a184ccb",
        title="Discriminator だけを分類器として学習する",
        change="the discriminator alone, as a classifier",
        opened=date(2019, 3, 3),
        closed=date(2019, 3, 4),
        parent=PARENT,
        issues=("module/vox",),
        tags=("closed",),
        hours=15.96,
        memory_mib=3017,
    ),
    objective=Classifier(
        layers=DiscriminatorLayers(
            body=(leaky(64, 3, 1, norm=True), *halving(64, 128, 256, 512, 1024, norm=True)),
            classes=leaky(None, 3, 1, norm=True),
            grouped=True,
            pooled=True,
            adversarial=None,
        ),
        classification_loss="softmax",
    ),
    scale=Scale(
        batch_size=10,
        epochs=1000,
        demo=settings(width=1 / 8, batch_size=8, epochs=24, learning_rate=1e-3),
    ),
)
