"""What is read as a notebook is one, and what is none is named in a line."""

import json

import pytest

import vox
from vox import ipynb

BOOK = {"cells": [], "metadata": {"vox": {"id": "x"}}, "nbformat": 4, "nbformat_minor": 5}


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "null", "\0", "\ud800",
        json.dumps({**BOOK, "metadata": 1.5}),
        json.dumps({**BOOK, "metadata": {"vox": [1]}}),
        json.dumps({**BOOK, "nbformat_minor": {}}),
        json.dumps({**BOOK, "nbformat": "\x1b[31m"}),
        json.dumps({**BOOK, "cells": [{"cell_type": "code"}]}),
        json.dumps({**BOOK, "cells": ["x" * 5000]}),
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_refused_in_a_line(tmp_path, content):
    path = tmp_path / "x.ipynb"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(vox.VoxError, match="cannot be read as a notebook") as caught:
        ipynb.read(path)
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    assert len(said) < 600


def test_a_notebook_is_read(tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(BOOK))
    assert ipynb.read(path).metadata["vox"]["id"] == "x"
    with pytest.raises(vox.VoxError, match="no such notebook"):
        ipynb.read(tmp_path / "y.ipynb")
