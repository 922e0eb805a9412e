"""07668538: the network of 2019 on WORLD's envelopes, with pitch beside them."""

from dataclasses import fields, replace
from datetime import date

from vox.definition import Page, settings
from vox.objectives import EnvelopeStarGAN
from vox.representation import World
from vox.representation.vocoder import Vocoder
from vox.series import experiment

PARENT = experiment("8ee22ac3")
GENERATOR = PARENT.objective.generator
KEPT = {f.name: getattr(PARENT.objective, f.name) for f in fields(PARENT.objective)}
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="07668538",
        title="2019年のネットワークに WORLD の包絡を渡す",
        change="WORLD's envelope as the image, pitch and statistics moved beside it",
        opened=date(2026, 11, 27),
        parent=PARENT,
        issues=("module/vox",),
        tags=("open",),
    ),
    # 64 x 256, as the layers of cfcefd21 want it
    representation=World(length=64, vocoder=Vocoder(points=256)),
    objective=EnvelopeStarGAN(
        # A normalised envelope is not in (0, 1).
        **KEPT
        | {"generator": replace(GENERATOR, output=replace(GENERATOR.output, activation="none"))}
    ),
    # Pixels have a variance of 1 here: the page's own weight of reconstruction is enough.
    scale=replace(
        PARENT.scale,
        demo=settings(
            **{n: v for n, v in PARENT.scale.demo_with() if n != "reconstruction_weight"}
        ),
    ),
)
