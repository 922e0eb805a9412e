"""31f31449: one level deeper, 3x5 filters in the bottleneck."""

from dataclasses import replace
from datetime import date

from vox.definition import Page
from vox.models.specs import GeneratorLayers
from vox.series import experiment
from vox.series.notation import down, up

PARENT = experiment("47c97768")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="31f31449",
        title="一段深く、ボトルネックに 3x5 のフィルタ",
        change="one level deeper, 3x5 filters in the bottleneck",
        opened=date(2019, 3, 5),
        closed=date(2019, 3, 6),
        parent=PARENT,
        issues=("module/vox",),
        tags=("closed", "unsatisfied"),
        hours=25.06,
        memory_mib=3017,
    ),
    objective=replace(
        PARENT.objective,
        generator=GeneratorLayers(
            downsampling=(down(32, 7, p=3), down(64, 4, 2), down(128, 4, 2), down(256, 4, 2)),
            # "Wide" filters: 5 along frequency, as the axes of cfcefd21 say; `turned()` of these
            # layers has 5 along time, to which the words of the page point.
            merge=down(256, (3, 5), p=(1, 2)),
            block=down(256, (3, 5), p=(1, 2)),
            blocks=6,
            upsampling=(up(128, 4), up(64, 4), up(32, 4)),
            output=PARENT.objective.generator.output,
        ),
    ),
    scale=replace(PARENT.scale, epochs=1000),
)
