"""Draw the README's picture from a run of cfcefd21 in the demo profile.

Trains it first, in minutes, where ``runs/`` does not hold it already::

    python tools/make_readme_picture.py docs/images/cfcefd21-demo.png
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

import vox
from vox import notebook


def main(path: Path) -> None:
    e, corpus = vox.experiment("cfcefd21"), vox.load_corpus("demo")
    run = vox.train(e, corpus, device="cpu", profile="demo")
    source, target = notebook.speakers(corpus)
    one, other, _ = notebook.parallel(corpus, source, target)
    sounds = {
        f"source: {source}": corpus.pcm(one),
        f"target: {target}": corpus.pcm(other),
        f"output: {source} to {target}": run.convert(corpus.pcm(one), speaker=target),
    }
    figures = [
        notebook.losses_figure(run.losses),
        notebook.spectrograms_figure(sounds, run.experiment.representation),
    ]
    images = []
    for figure in figures:
        buffer = io.BytesIO()
        figure.set_size_inches(11, figure.get_size_inches()[1])
        figure.savefig(buffer, format="png", dpi=90)
        images.append(Image.open(buffer).convert("RGB"))
    whole = Image.new("RGB", (images[0].width, sum(i.height for i in images)), "white")
    whole.paste(images[0], (0, 0))
    whole.paste(images[1], (0, images[0].height))
    path.parent.mkdir(parents=True, exist_ok=True)
    whole.quantize(128).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
