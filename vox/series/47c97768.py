"""47c97768: StarGAN proper, halved to fit the memory."""

from dataclasses import replace
from datetime import date

from vox.definition import Page, Scale, settings
from vox.models.specs import DiscriminatorLayers, GeneratorLayers, conv
from vox.objectives import StarGAN
from vox.series import experiment
from vox.series.notation import down, halving, up

PARENT = experiment("e19098ab")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="47c97768",
        title="StarGAN をメモリに収まるよう半分にする",
        change="StarGAN proper, halved to fit the memory",
        opened=date(2019, 3, 4),
        closed=date(2019, 3, 5),
        parent=PARENT,
        issues=("module/vox",),
        tags=("closed", "unsatisfied"),
        hours=4.32,
        memory_mib=3017,
    ),
    objective=StarGAN(
        # Half the filters and half the bottleneck of StarGAN's (arXiv 1711.09020), and the labels
        # join at the bottleneck instead of at the input.
        generator=GeneratorLayers(
            downsampling=(down(32, 7, p=3), down(64, 4, 2), down(128, 4, 2)),
            merge=down(128, 3),
            block=down(128, 3),
            blocks=3,
            upsampling=(up(64, 4), up(32, 4)),
            # One deconvolution to a single channel ends every generator from here on.
            output=conv(1, 7, 1, 3, activation="sigmoid", transposed=True),
        ),
        discriminator=DiscriminatorLayers(
            body=halving(32, 64, 128, 256, 512, 1024),
            classes=conv(None, 4),  # the page pads by 1, which would give 3x3; e19098ab has 0
            adversarial=conv(1, 3, 1, 1),
        ),
        classification_loss="sigmoid",
        reconstruction_weight=10.0,
        identity_weight=10.0,
    ),
    scale=Scale(
        batch_size=2,
        epochs=203,
        demo=settings(
            width=1 / 8, batch_size=2, epochs=4, learning_rate=3e-3, reconstruction_weight=1000.0
        ),
    ),
)
