"""128ffa10: 126a4f58 for voices of people: formants move first, the map turns less and farther."""

from dataclasses import replace
from datetime import date

from vox.definition import Page
from vox.objectives import Transport
from vox.series import experiment

PARENT = experiment("126a4f58")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="128ffa10",
        title="声道の長さを合わせてから分布を移す",
        change="formants move first, by the vocal tracts' difference; a gentler map goes farther",
        opened=date(2026, 11, 27),
        parent=PARENT,
        issues=("module/vox",),
        tags=("open",),
    ),
    # chosen on 24 pairs of five real voices; other 16 are scored (the post of the trials)
    objective=Transport(formants=True, ridge=0.3, beyond=0.8, blend=7),
)
