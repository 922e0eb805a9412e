"""Write the English of a notebook's text cells beside them.

    python tools/english.py notebooks/cfcefd21.ipynb            # what is missing or out of date
    python tools/english.py notebooks/cfcefd21.ipynb FILE       # write what a file holds
    vox record --prose cfcefd21                                 # take it over into the record

A file holds lines ``=== c03``, the name of a cell, each with its English below. What a cell's code
prints is written by hand into the cell's metadata: {"en": {"ラベル {}": "label {}"}}.
"""

import re
import sys
from pathlib import Path

import nbformat

from vox.language import digest, written


def main(path, texts=None):
    notebook = nbformat.read(path, as_version=4)
    cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "markdown"}
    if texts is None:
        for cell in cells.values():
            if written(cell) is None:
                print(f"=== {cell.id}\n{cell.source}\n")
        return
    _, *parts = re.split(r"^=== (\S+)\n", Path(texts).read_text(encoding="utf-8"), flags=re.M)
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        cells[name].metadata["en"] = {"text": text.strip(), "of": digest(cells[name].source)}
    nbformat.write(notebook, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
