"""c9335bce: an autoencoder that was meant to connect all frequencies, and did not."""

from dataclasses import replace
from datetime import date

from vox.definition import Page, Scale, settings
from vox.models.specs import AutoencoderLayers, conv
from vox.objectives import Autoencoder
from vox.series import experiment
from vox.series.notation import coded, decoded

PARENT = experiment("cfcefd21")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="c9335bce",
        title="オートエンコーダで潜在変数に圧縮する",
        change="an autoencoder; meant to connect all frequencies, did not",
        opened=date(2019, 3, 19),
        parent=PARENT,
        issues=("module/vox/lve",),
        tags=("closed",),
        hours=1.14,
        memory_mib=3017,
    ),
    # The page writes 1689 samples; 31 x 512 + 1024 are 16896. Minus the logarithm: silence is high.
    representation=replace(
        PARENT.representation, length=16896, hop=512, pixel_scale="negative_log"
    ),
    objective=Autoencoder(
        layers=AutoencoderLayers(
            encoder=(
                coded(32, 7, p=3),
                coded(64, 4, 2, 1),
                *[coded(64, (1, 4), (1, 2), (0, 1))] * 3,
                coded(1024, (1, 8)),
                conv(1024, 1, activation="tanh"),
            ),
            decoder=(
                coded(1024, 1),
                decoded(64, (1, 8)),
                *[decoded(64, (1, 4), (1, 2), (0, 1))] * 3,
                decoded(32, 4, 2, 1),
                conv(1, 7, 1, 3, activation="softplus"),
            ),
        ),
    ),
    optimisation=replace(PARENT.optimisation, decay_epochs=0),
    scale=Scale(
        batch_size=100,
        epochs=200,
        demo=settings(width=1 / 4, batch_size=8, epochs=48, learning_rate=3e-3),
    ),
)
