"""A notebook run with a line for each cell: which of how many, and what is left by its record."""

import os
import subprocess
import sys

import nbformat

from vox import cells

V4 = nbformat.v4
NOTEBOOK = [
    V4.new_markdown_cell("# A notebook\n\nwith text"),
    V4.new_code_cell("first = 1"),
    V4.new_markdown_cell("## Training"),
    V4.new_markdown_cell("no heading here"),
    V4.new_code_cell("run = p.train(page)"),
    V4.new_code_cell("run"),
]
RECORD = {"minutes": 3.0, "run": {"wall_time_s": 100.0}}


def test_training_takes_its_own_time_and_the_rest_is_shared_out():
    assert cells.expected(NOTEBOOK, RECORD) == {1: 40, 4: 100, 5: 40}
    assert cells.expected(NOTEBOOK, {}) == {}
    assert cells.expected(NOTEBOOK[:3], RECORD) == {}


def test_a_line_tells_the_cell_its_heading_and_what_is_left():
    told = cells.Cells(NOTEBOOK, RECORD)
    assert told.line(0, 0) is None
    assert told.line(1, 0) == "cell 1 of 3, A notebook; about 3 min 0 s left of all"
    assert told.line(4, 40) == "cell 2 of 3, Training; about 2 min 20 s left of all"
    slower = told.line(5, 310)  # twice as slow as the record's machine
    assert slower == "cell 3 of 3, Training; about 1 min 20 s left of all"
    assert told.line(5, 190).endswith("about 0 min 50 s left of all")
    assert cells.Cells(NOTEBOOK, {}).line(5, 9) == "cell 3 of 3, Training"


def test_a_record_at_another_scale_says_nothing_of_time(tmp_path):
    used = {"profile": "demo", "epochs": None, "seed": 0}
    made = V4.new_notebook(metadata={"vox": {"record": {"parameters": used, **RECORD}}})
    nbformat.write(made, tmp_path / "one.ipynb")
    assert cells.recorded("one", {"profile": "demo", "seed": 1}, tmp_path)["minutes"] == 3
    assert cells.recorded("one", {"profile": "page"}, tmp_path) == {}
    assert cells.recorded("one", {"epochs": 1}, tmp_path) == {}
    assert cells.recorded("none", {}, tmp_path) == {}


def test_papermill_runs_it_with_the_lines_and_the_parameters(tmp_path):
    made = V4.new_notebook(
        cells=[
            V4.new_markdown_cell("# Title"),
            V4.new_code_cell("a = 1", metadata={"tags": ["parameters"]}),
            V4.new_code_cell("print(a)"),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
    )
    nbformat.write(made, tmp_path / "in.ipynb")
    done = subprocess.run(
        [sys.executable, "-m", "vox.cells", tmp_path / "in.ipynb", tmp_path / "out.ipynb",
         "-p", "a", "7"],
        check=True, capture_output=True, text=True, env=os.environ,
    )  # fmt: skip
    assert "vox: cell 1 of 3, Title" in done.stderr  # papermill puts in one for the parameters
    assert "vox: cell 3 of 3, Title" in done.stderr
    out = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert out.cells[-1].outputs[0].text == "7\n"
