"""bc7db4a2: the autoencoder mended, so that a latent variable sees all frequencies."""

from dataclasses import replace
from datetime import date

from vox.definition import Page
from vox.models.specs import AutoencoderLayers, conv
from vox.series import experiment
from vox.series.notation import coded, decoded

PARENT = experiment("c9335bce")
LAYERS = PARENT.objective.layers
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="bc7db4a2",
        title="すべての周波数をつなぐオートエンコーダ",
        change="the autoencoder mended: latent 4096x16x1",
        opened=date(2019, 3, 20),
        parent=PARENT,
        issues=("module/vox/lve",),
        tags=("closed",),
        hours=1.52,
        memory_mib=3017,
    ),
    objective=replace(
        PARENT.objective,
        layers=AutoencoderLayers(
            encoder=(
                *LAYERS.encoder[:5],
                coded(1024, (1, 9)),
                coded(4096, (1, 8)),
                conv(4096, 1, activation="tanh"),
            ),
            decoder=(
                coded(4096, 1),
                decoded(1024, (1, 8)),
                decoded(64, (1, 9)),
                *LAYERS.decoder[2:],
            ),
        ),
    ),
    scale=replace(
        PARENT.scale,
        batch_size=50,
        demo=PARENT.scale.demo_with(width=1 / 8, epochs=36),
    ),
)
