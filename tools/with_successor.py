"""Write a notebook to standard output, with a section that lets its successor be heard.

``make run`` runs what comes out. The notebook itself stays what its record is of; one that converts
nothing, or is the successor, is written as it is::

    python tools/with_successor.py notebooks/cfcefd21.ipynb | papermill - out.ipynb
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

from vox.language import digest
from vox.runs.find import VOICES

PROSE = f"""## 後継を聞く

同じ文を、パッケージに学習済みで入っている後継 {VOICES.stem} で変換する。この節は `make run` が加えたもので、
記録には含まれない。自分の録音は `vox convert IN.wav --speaker anika -o OUT.wav` で変換できる。"""
ENGLISH = f"""## Heard from the successor

The same sentence, converted by the successor {VOICES.stem}, which comes trained with the package. This
section was added by `make run` and is in no record. `vox convert IN.wav --speaker anika -o OUT.wav`
converts a recording of your own."""
CODE = "notebook.Successor(example, conversion)"

path = Path(sys.argv[1])
book = nbformat.read(path, as_version=4)
converts = any("conversion = notebook.Conversion(run, example)" in c.source for c in book.cells)
if converts and path.stem != VOICES.stem:
    told = {"en": {"text": ENGLISH, "of": digest(PROSE)}}
    book.cells.append(nbformat.v4.new_markdown_cell(PROSE, id="successor", metadata=told))
    book.cells.append(nbformat.v4.new_code_cell(CODE, id="successor-heard"))
nbformat.write(book, sys.stdout)
