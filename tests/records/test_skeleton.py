"""What `vox new` writes: an experiment that is its parent as yet, and a page with all sections."""

import subprocess
import sys

import nbformat
import pytest

import vox
from vox import VoxError
from vox.records.skeleton import new
from vox.series import found


@pytest.fixture
def root(tmp_path):
    for folder in ("vox/series", "notebooks"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize("parent", ["cfcefd21", "e19098ab", "c9335bce"])
def test_a_new_experiment_is_its_parent_under_a_page_of_its_own(root, parent):
    entry, notebook = new(vox.experiment(parent), "0a1b2c3d", title="題", root=root)
    e = found(str(entry))
    assert (e.id, e.parent, e.title, e.tags) == ("0a1b2c3d", parent, "題", ("open",))
    assert e.issues == vox.experiment(parent).issues
    assert not e.changes()
    told = nbformat.read(notebook, as_version=4)
    nbformat.validate(told)
    assert told.metadata["vox"]["issues"] == list(e.issues)


def test_what_is_written_passes_the_linters(root):
    new(vox.experiment("cfcefd21"), "0a1b2c3d", root=root)
    ruff = [sys.executable, "-m", "ruff"]
    for what in (["check"], ["format", "--check"]):
        done = subprocess.run([*ruff, *what, "--config", "pyproject.toml", root], check=False)
        assert not done.returncode


def test_nothing_is_written_over(root):
    with pytest.raises(VoxError, match="exists already"):
        new(vox.experiment("cfcefd21"), "cfcefd21", root=root)
    new(vox.experiment("cfcefd21"), "0a1b2c3d", root=root)
    with pytest.raises(VoxError, match="exists already"):
        new(vox.experiment("cfcefd21"), "0a1b2c3d", root=root)
    with pytest.raises(VoxError, match="eight hexadecimal digits"):
        new(vox.experiment("cfcefd21"), "mine", root=root)
    with pytest.raises(VoxError, match="root of the repository"):
        new(vox.experiment("cfcefd21"), "0a1b2c3e", root=root / "vox")


@pytest.mark.parametrize(
    ("parent", "shown"),
    [
        ("cfcefd21", {"losses_figure", "Conversion", "Scores"}),
        ("128ffa10", {"Conversion", "Scores"}),
        ("7a184ccb", {"losses_figure", "predictions"}),
        ("bc7db4a2", {"losses_figure", "Reconstruction"}),
        ("ae244bb7", set()),
    ],
)
def test_a_notebook_shows_what_a_run_of_its_kind_has(root, parent, shown):
    _, notebook = new(vox.experiment(parent), "0a1b2c3d", root=root)
    cells = nbformat.read(notebook, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    known = ("losses_figure", "Conversion", "Scores", "predictions", "Reconstruction")
    assert {name for name in known if f"{name}(" in code} == shown
    assert ("p.train(" in code) == bool(vox.experiment(parent).networks)


@pytest.mark.parametrize("title", ["a\\", 'a "b"', "a\nb", "a\\nb"])
def test_any_title_is_text(root, title):
    entry, _ = new(vox.experiment("cfcefd21"), "0a1b2c3d", title=title, root=root)
    assert found(str(entry)).title == title


def test_where_a_notebook_is_in_the_way_nothing_is_written(root):
    (root / "notebooks" / "0a1b2c3d.ipynb").write_text("mine")
    with pytest.raises(VoxError, match="ipynb: exists already"):
        new(vox.experiment("cfcefd21"), "0a1b2c3d", root=root)
    assert not [*(root / "vox" / "series").iterdir()]
