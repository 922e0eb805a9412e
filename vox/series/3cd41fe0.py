"""3cd41fe0: an autoencoder whose latent variables know no speaker, decoded as the target."""

from dataclasses import replace
from datetime import date

from vox.definition import Page, Scale, settings
from vox.objectives import Converter
from vox.optimisation import Adam
from vox.series import experiment

PARENT = experiment("3bd6b23a")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="3cd41fe0",
        title="話者を知らない潜在変数から、目標の声にする",
        change="an autoencoder whose latents know no speaker, decoded as the target",
        opened=date(2026, 11, 25),
        parent=PARENT,
        issues=("module/vox", "module/vox/lve"),
        tags=("open",),
    ),
    objective=Converter(),
    optimisation=Adam(
        learning_rate=2e-3, beta1=0.8, beta2=0.99, schedule="cosine", warm_up=2.0, clip=5.0
    ),
    # 144 recordings of the embedded corpus in minibatches of 8: 4500 iterations
    scale=Scale(batch_size=8, epochs=250, demo=settings()),
)
