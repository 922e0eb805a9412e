"""54314b33: the first StarGAN-like attempt."""

from datetime import date

from vox.definition import Experiment, Page, Scale, settings
from vox.models.specs import DiscriminatorLayers, GeneratorLayers, conv
from vox.objectives import StarGAN
from vox.optimisation import RMSprop
from vox.representation import Spectrogram
from vox.series.notation import down, halving, up

EXPERIMENT = Experiment(
    page=Page(
        id="54314b33",
        title="StarGAN に似たモデルの最初の試み",
        change="first StarGAN-like attempt",
        opened=date(2019, 3, 1),
        closed=date(2019, 3, 2),
        issues=("module/vox",),
        tags=("closed", "unsatisfied"),
        memory_mib=3017,
    ),
    # The page says no more of its input than 256 bins in [0, 1]: that of 47c97768, which the pages
    # after it call unchanged.
    representation=Spectrogram(length=66304),
    objective=StarGAN(
        generator=GeneratorLayers(
            downsampling=tuple(down(n, 4, 2, activation="leaky_relu") for n in (32, 64, 128, 256)),
            merge=down(256, 3, activation="leaky_relu"),
            block=down(256, 3, activation="leaky_relu"),
            blocks=4,
            skip=True,
            upsampling=tuple(up(n, 4, activation="leaky_relu") for n in (128, 64, 32)),
            output=conv(1, 4, 2, 1, activation="sigmoid", transposed=True),
        ),
        discriminator=DiscriminatorLayers(
            body=halving(32, 64, 128, 256, 512, norm=True),
            classes=conv(None, 8),  # the page writes a stride of 0
            grouped=True,
            # The page draws none, but shows a Wasserstein distance, which needs one: 47c97768's.
            adversarial=conv(1, 3, 1, 1),
        ),
        label_flags=False,
        classification_loss="softmax",
        # Of identity and reconstruction the page names the first alone as a loss.
        identity_weight=10.0,
        reconstruction_weight=0.0,
    ),
    optimisation=RMSprop(learning_rate=1e-5),
    scale=Scale(
        batch_size=5,
        epochs=1000,
        demo=settings(
            width=1 / 8, batch_size=4, epochs=7, learning_rate=3e-3, identity_weight=1000.0
        ),
    ),
)
