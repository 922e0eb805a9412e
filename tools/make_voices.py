"""Train the voices that come with the package, or take the run there is, and pack them.

What it makes is committed; it is made again when 3cd41fe0 changes (a test says so)::

    python tools/make_voices.py
"""

from __future__ import annotations

import vox
from vox.runs import pack
from vox.runs.find import VOICES

run = vox.train(vox.experiment("3cd41fe0"), vox.load_corpus("demo"), profile="demo")
pack(
    run,
    VOICES,
    origin="eight synthetic voices of espeak-ng, those of the embedded corpus; nobody is imitated",
    licence="MIT, as vox itself",
)
print(f"{VOICES} of {run.folder}: {VOICES.stat().st_size / 1e6:.1f} MB")
