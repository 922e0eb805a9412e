"""Records: what `vox record` makes, and those that the repository holds."""

import base64
import json
import os
import re
import shutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import nbformat
import pytest

import vox
from vox import records
from vox.cli import main
from vox.definition import OWN
from vox.objectives import Classifier
from vox.records.media import move_media

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS, RECORDS = ROOT / "notebooks", ROOT / "docs" / "experiments"
SERIES = [e.id for e in vox.experiments()]
RECORD = import_module("vox.records.record")
STALE = import_module("vox.records.stale")  # the package has a function of that name
RECORDED = [id for id in SERIES if (RECORDS / f"{id}.ipynb").is_file()]
SMOKE = ["--epochs", "0.1", "--width", "0.03125", "--batch-size", "2", "--device", "cpu"]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A folder with the sources, a record in smoke size, and the words that made it."""
    folder = tmp_path_factory.mktemp("recorded")
    shutil.copytree(NOTEBOOKS, folder / "notebooks")
    words = [
        "record", "e19098ab", "--profile", "demo", *SMOKE, "--directory", str(folder / "runs"),
        "--notebooks", str(folder / "notebooks"), "--records", str(folder / "records"),
    ]  # fmt: skip
    assert main(words) == 0
    return folder, words


@pytest.fixture
def copy(recorded, tmp_path):
    """The same, to break."""
    folder, _ = recorded
    for name in ("notebooks", "records"):
        shutil.copytree(folder / name, tmp_path / name)
    return {"notebooks": tmp_path / "notebooks", "records": tmp_path / "records"}


def edit(path, kind, old, new):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == kind:
            cell["source"] = "".join(cell["source"]).replace(old, new)
    path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")


def test_media_lie_beside_the_record(recorded):
    folder, _ = recorded
    text = (folder / "records" / "e19098ab.ipynb").read_text(encoding="utf-8")
    assert "base64" not in text
    named = set(re.findall(r'src=\\"([^"\\]+)\\"', text))
    lying = {
        f"{kind}/{path.name}"
        for kind in ("e19098ab", "sounds")
        for path in (folder / "records" / kind).iterdir()
    }
    assert named == lying
    assert {Path(name).suffix for name in named} == {".svg", ".flac"}
    assert 'alt=\\"Spectrograms of' in text


def test_a_record_tells_how_it_was_made(recorded):
    told = records.told(recorded[0] / "records" / "e19098ab.ipynb")
    assert told["parameters"]["epochs"] == 0.1
    assert told["run"]["machine"]["device"] == "cpu"
    assert not told["page_scale"]
    assert told["cost"]["parameters"]["classifier"] > 9e7
    assert told["cost"]["memory_mib"] > 1000
    assert [claim["verdict"] for claim in told["claims"]][-1] == "この環境では測れない"
    assert {"said", "measured", "verdict"} == set(told["claims"][0])
    shown = {media["text"] for media in told["media"]}
    assert len(shown) >= 4  # panels of one figure have a text each
    assert any(text.startswith("Curves over 8 iterations: classification from") for text in shown)
    assert "anika" in shown
    assert len(told["key"]) == 12


def test_a_fresh_record_is_not_stale(copy):
    assert records.stale("e19098ab", **copy) == []
    assert records.stale("cfcefd21", **copy) == ["there is no record"]


def test_changed_code_makes_a_record_stale(copy, capsys):
    edit(copy["notebooks"] / "e19098ab.ipynb", "code", "page.changes()", "page.changes(parent)")
    assert "code changed" in records.stale("e19098ab", **copy)[0]
    folders = ["--notebooks", str(copy["notebooks"]), "--records", str(copy["records"])]
    assert main(["record", "e19098ab", "--prose", *folders]) == 1
    assert "record it anew" in capsys.readouterr().err


def test_changed_text_is_carried_over_without_running(copy):
    edit(copy["notebooks"] / "e19098ab.ipynb", "markdown", "## 概要", "## 概要 (改)")
    assert "text changed" in records.stale("e19098ab", **copy)[0]
    path = records.carry_prose("e19098ab", **copy)
    assert records.stale("e19098ab", **copy) == []
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert any(cell.get("outputs") for cell in kept["cells"])


def test_a_new_text_cell_is_carried_over_too(copy):
    path = copy["notebooks"] / "e19098ab.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    new = {"cell_type": "markdown", "id": "new", "metadata": {}, "source": "## 追記"}
    notebook["cells"].insert(4, new)
    path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    before = json.loads((copy["records"] / "e19098ab.ipynb").read_text(encoding="utf-8"))
    records.carry_prose("e19098ab", **copy)
    assert records.stale("e19098ab", **copy) == []
    kept = json.loads((copy["records"] / "e19098ab.ipynb").read_text(encoding="utf-8"))
    codes = [[c for c in n["cells"] if c["cell_type"] == "code"] for n in (before, kept)]
    assert codes[0] == codes[1]
    texts = ["".join(c["source"]) for c in kept["cells"] if c["cell_type"] == "markdown"]
    assert "## 追記" in texts


def with_changed(id, change):
    """The series, in which one experiment, or one's parent, was changed."""

    def experiment(asked):
        e = vox.experiment(asked)
        parent = e.page.parent
        if parent and parent.id == id:
            e = e.replace(page=replace(e.page, parent=change(parent)))
        return change(e) if asked == id else e

    return experiment


@pytest.mark.parametrize("changed", ["e19098ab", "7a184ccb"])
def test_a_changed_experiment_or_parent_makes_a_record_stale(copy, monkeypatch, changed):
    """Also in what the demo profile replaces."""
    monkeypatch.setattr(STALE, "experiment", with_changed(changed, lambda e: e.replace(epochs=500)))
    assert "the experiment or its parent changed" in records.stale("e19098ab", **copy)


@pytest.mark.parametrize("changed", ["e19098ab", "7a184ccb"])
@pytest.mark.parametrize("told", [{"hours": 1.0}, {"title": "another"}, {"tags": ("open",)}])
def test_what_a_page_tells_makes_no_record_stale(copy, monkeypatch, changed, told):
    def retold(e):
        return e.replace(page=replace(e.page, **told))

    monkeypatch.setattr(STALE, "experiment", with_changed(changed, retold))
    assert records.stale("e19098ab", **copy) == []


def test_the_parameters_cell_makes_no_record_stale(copy):
    """A record keeps the parameters that it was made with."""
    edit(copy["notebooks"] / "e19098ab.ipynb", "code", "epochs = None", "epochs = 3")
    assert records.stale("e19098ab", **copy) == []


def test_changed_metadata_are_text(copy):
    path = copy["notebooks"] / "e19098ab.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["vox"]["title"] = "another"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert records.stale("e19098ab", **copy) == [records.TEXT]


def test_without_ids_text_is_taken_over_and_page_scale_is_kept(copy, capsys):
    edit(copy["notebooks"] / "e19098ab.ipynb", "markdown", "## 概要", "## 概要 (改)")
    folders = ["--notebooks", str(copy["notebooks"]), "--records", str(copy["records"])]
    assert main(["record", "--prose", *folders]) == 0
    said = capsys.readouterr().out
    assert "e19098ab: text taken over" in said
    assert "cfcefd21: left as it is: there is no record" in said
    assert records.stale("e19098ab", **copy) == []


def test_a_changed_computation_makes_a_record_stale(copy, monkeypatch):
    monkeypatch.setattr(Classifier, "version", 99)
    assert "what is computed changed" in records.stale("e19098ab", **copy)[-1]


def test_a_parameter_that_is_computed_is_told_before_anything_runs(copy):
    edit(copy["notebooks"] / "e19098ab.ipynb", "code", "seed = 0", "seed = 1 - 1")
    with pytest.raises(vox.VoxError, match=r"the parameter seed must be a value as it is.*'1 - 1'"):
        records.record("e19098ab", **copy)


def test_a_player_of_another_library_stays_in_the_notebook(tmp_path):
    html = '<audio controls src="data:audio/wav;base64,AAAA"></audio>'
    output = nbformat.v4.new_output("display_data", {"text/html": html})
    cell = nbformat.v4.new_code_cell("Audio(...)", outputs=[output])
    assert move_media(cell, tmp_path / "e", "e") == []
    assert cell.outputs[0].data["text/html"] == html


def test_a_notebook_that_fails_leaves_its_record_alone(copy, tmp_path):
    before = (copy["records"] / "e19098ab.ipynb").read_bytes()
    edit(copy["notebooks"] / "e19098ab.ipynb", "code", "page.changes()", "page.nonsense()")
    given = {"profile": "demo", "epochs": 0.1, "width": 1 / 32, "batch_size": 2}
    with pytest.raises(vox.VoxError, match="failed: AttributeError"):
        records.record("e19098ab", **copy, **given, directory=str(tmp_path / "runs"))
    assert (copy["records"] / "e19098ab.ipynb").read_bytes() == before
    assert list((copy["records"] / "e19098ab").iterdir())


def test_killed_while_it_is_kept_a_record_is_whole(copy, monkeypatch):
    """Whichever write is the last: the old one with its media, until the new one is there."""
    path = copy["records"] / "e19098ab.ipynb"
    notebook = nbformat.read(path, as_version=4)
    keep, png = RECORD._keep, base64.b64encode(b"another image").decode()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("display_data", {"image/png": png})]

    class Killed(BaseException):
        pass

    for allowed in range(40):
        left = [allowed]
        with monkeypatch.context() as patch:
            replaced = os.replace

            def counted(*how, replaced=replaced, left=left):
                if not left[0]:
                    raise Killed
                left[0] -= 1
                replaced(*how)

            patch.setattr(os, "replace", counted)
            try:
                keep(copy_of(notebook), path)
            except Killed:
                whole(path)
                continue
        break
    assert allowed > 3
    whole(path)
    assert {f.read_bytes() for f in path.with_suffix("").iterdir()} == {b"another image"}
    assert not list((path.parent / "sounds").iterdir())
    assert not list(path.parent.rglob("*.part"))


def test_a_sound_of_several_records_lies_there_once_until_none_shows_it(tmp_path):
    def keep(id, *sounds):
        flac = [
            f'<audio src="data:audio/flac;base64,{base64.b64encode(s).decode()}">' for s in sounds
        ]
        output = nbformat.v4.new_output("display_data", {"text/html": "".join(flac)})
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell("x", outputs=[output])]
        )
        notebook.metadata["vox"] = {"record": {}}
        RECORD._keep(notebook, tmp_path / f"{id}.ipynb")
        return sorted(path.read_bytes() for path in (tmp_path / "sounds").iterdir())

    assert keep("a", b"shared", b"own") == [b"own", b"shared"]
    assert keep("b", b"shared") == [b"own", b"shared"]
    assert keep("a", b"new") == [b"new", b"shared"]
    assert keep("b", b"new") == [b"new"]
    whole(tmp_path / "a.ipynb")
    whole(tmp_path / "b.ipynb")


def copy_of(notebook):
    return nbformat.from_dict(json.loads(json.dumps(notebook)))


def whole(path):
    text = path.read_text(encoding="utf-8")
    named = re.findall(r'src=\\"([^"\\]+)\\"', text)
    assert named
    assert all((path.parent / name).is_file() for name in named)


def test_unknown_ids_and_folders_are_told(tmp_path, capsys):
    assert main(["record", "e19098ac"]) == 1
    assert "did you mean 'e19098ab'" in capsys.readouterr().err
    assert main(["record", "e19098ab", "--notebooks", str(tmp_path)]) == 1
    assert "no such notebook" in capsys.readouterr().err
    assert main(["record", "cfcefd2", "--notebooks", str(tmp_path / "none")]) == 1
    assert "is called in a clone of the repository" in capsys.readouterr().err


def test_a_post_is_recorded_beside_the_experiments(tmp_path, capsys):
    """Parameters that only experiments have are not given to it."""
    source = tmp_path / "notebooks" / "posts" / "2026-01-01-try.ipynb"
    source.parent.mkdir(parents=True)
    cells = [
        {"cell_type": "code", "id": "a", "source": "count = 1", "outputs": [],
         "execution_count": None, "metadata": {"tags": ["parameters"]}},
        {"cell_type": "code", "id": "b", "source": "from vox.notebook import Table\n"
         "Table(('a', 'b'), [(count, 'x')])", "outputs": [], "execution_count": None,
         "metadata": {}},
    ]  # fmt: skip
    meta = {
        "vox": {"title": "t", "date": "2026-01-01"},
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    }
    source.write_text(
        json.dumps({"cells": cells, "metadata": meta, "nbformat": 4, "nbformat_minor": 5})
    )
    folders = ["--notebooks", str(tmp_path / "notebooks"), "--records", str(tmp_path / "docs/e")]
    assert main(["record", "2026-01-01-try", *folders, "--epochs", "3"]) == 0
    kept = tmp_path / "docs" / "posts" / "2026-01-01-try.ipynb"
    assert "<td" in kept.read_text()
    assert records.told(kept)["parameters"] == {"count": 1}
    where = {"notebooks": tmp_path / "notebooks", "records": tmp_path / "docs" / "e"}
    assert records.stale("2026-01-01-try", **where) == []
    source.write_text(source.read_text().replace("count = 1", "count = 2"))
    assert records.stale("2026-01-01-try", **where) == []  # a record keeps its parameters
    source.write_text(source.read_text().replace("(count, 'x')", "(count, 'y')"))
    assert records.stale("2026-01-01-try", **where) == ["the notebook's code changed"]


def test_every_experiment_has_a_record():
    assert RECORDED == SERIES


def test_a_record_keeps_what_a_shorter_one_found(tmp_path):
    """Claims, scores, the label's effect and how it was run; not its own scale's."""
    path = tmp_path / "cfcefd21.ipynb"
    shutil.copy(RECORDS / "cfcefd21.ipynb", path)
    before = records.told(path)
    used = before["parameters"] | {"profile": "page"}
    kept = RECORD._earlier(path, used)
    assert kept[0] == {name: before[name] for name in RECORD.EARLIER}
    assert kept[0]["effect"]["input_variance"] > 0
    assert kept[0]["run"]["wall_time_s"] > 0
    assert not [one for one in RECORD._earlier(path, before["parameters"]) if one == kept[0]]


@pytest.mark.parametrize("name", records.posts(NOTEBOOKS))
def test_the_posts_of_the_repository_are_what_their_notebooks_would_give(name):
    assert records.stale(name, notebooks=NOTEBOOKS, records=RECORDS) == []


@pytest.mark.parametrize("id", RECORDED)
def test_the_records_of_the_repository_score_what_they_convert(id):
    told = records.told(RECORDS / f"{id}.ipynb")["scores"]
    if not vox.experiment(id).objective.converts:
        assert told is None
        return
    assert told["count"] == 16
    assert set(told["met"]) == {"content", "target"}
    assert set(told["means"]) == {"source", "copy", "target", "ceiling", "output"}


@pytest.mark.parametrize("id", RECORDED)
def test_the_records_of_the_repository_are_of_a_whole_profile(id):
    """Of the profile ``hours`` a budget of epochs is part."""
    given = records.told(RECORDS / f"{id}.ipynb")["parameters"]
    budget = ("epochs",) if given["profile"] == "hours" else ()
    assert not [name for name in OWN if given[name] is not None and name not in budget]
    assert given["directory"] == "runs"


@pytest.mark.parametrize("id", RECORDED)
def test_the_records_of_the_repository_are_what_their_notebooks_would_give(id):
    assert records.stale(id, notebooks=NOTEBOOKS, records=RECORDS) == []


@pytest.mark.parametrize("id", RECORDED)
def test_a_record_names_its_scale_in_its_first_lines(id):
    kept = json.loads((RECORDS / f"{id}.ipynb").read_text(encoding="utf-8"))
    first = next(c for c in kept["cells"] if c.get("outputs"))
    said = "".join(first["outputs"][0]["data"]["text/markdown"])
    small = "ページより小さな規模" in said
    assert said.startswith("この記録は **")
    assert small != kept["metadata"]["vox"]["record"]["page_scale"]


def test_records_are_small_whole_and_speak_of_the_project_alone():
    assert records.size(RECORDS) < 30e6
    for id in RECORDED:
        text = (RECORDS / f"{id}.ipynb").read_text(encoding="utf-8")
        assert "base64," not in text
        for name in re.findall(r'src=\\"([^"\\]+)\\"', text):
            assert (RECORDS / name).is_file()
        assert not re.findall(r"/(?:work|home|root|tmp|Users)/", text)
        assert '"output_type": "error"' not in text


@pytest.mark.parametrize("how", [{}, [], 1, {"states": 1}, {"parameters": None}, None])
def test_a_record_that_does_not_say_how_it_was_made_is_stale(copy, how):
    path = copy["records"] / "e19098ab.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    record = notebook["metadata"]["vox"]["record"]
    notebook["metadata"]["vox"]["record"] = {**record, **how} if how and how != [] and (
        isinstance(how, dict)) else how  # fmt: skip
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert records.stale("e19098ab", **copy)


def test_a_second_parameters_cell_is_other_code(copy):
    path = copy["notebooks"] / "e19098ab.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    at = next(
        i for i, c in enumerate(notebook["cells"]) if "parameters" in c["metadata"].get("tags", ())
    )
    notebook["cells"].insert(at, {**notebook["cells"][at], "id": "again"})
    path.write_text(json.dumps(notebook), encoding="utf-8")
    with pytest.raises(vox.VoxError, match="record it anew"):
        records.carry_prose("e19098ab", **copy)
