"""The repository agrees with itself: dependencies, layers, notebooks."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import vox
from vox import language

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LINES = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line]
PINS = {
    canonicalize_name(r.name): r
    for r in (Requirement(line) for line in LINES if not line.startswith("#"))
}


def requirements():
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    return [r for g in groups for r in map(Requirement, g) if r.name != "vox"]


def test_every_dependency_is_pinned_to_a_version_it_allows():
    for requirement in requirements():
        pin = PINS.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement.name} has no line in constraints.txt"
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        assert requirement.specifier.contains(specifier.version), requirement.name


def test_what_is_installed_is_what_is_pinned():
    """The whole closure: a dependency of a dependency without a pin would drift."""
    todo, seen = [*requirements()], set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        if name in seen or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        try:
            installed = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        assert name in PINS, f"{name} is installed and has no line in constraints.txt"
        version = installed.version.partition("+")[0]
        assert PINS[name].specifier.contains(version), f"{name} {version} is not the pinned one"
        todo += map(Requirement, installed.requires or [])
    assert len(seen) > 50


def test_conda_users_are_served_from_the_same_two_files():
    environment = (ROOT / "environment.yml").read_text()
    assert "- --constraint constraints.txt" in environment
    assert "- --editable .[dev]" in environment
    assert "--constraint constraints.txt" in (ROOT / "Makefile").read_text()
    listed = {canonicalize_name(r.name) for r in requirements()}
    named = set(re.findall(r"^ +- ([a-z][\w-]*)", environment, flags=re.M))
    assert not named & listed, "name it in pyproject.toml alone"
    python = re.search(r"python=([\d.]+)", environment)[1]
    assert Requirement(f"x{PROJECT['requires-python']}").specifier.contains(python)


def test_versions_agree():
    assert PROJECT["version"] == vox.__version__ == metadata.version("vox")


def test_the_readme_lists_the_series_as_it_is():
    assert str(vox.experiments()) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_has_no_gaps():
    assert not re.findall(r"\{[A-Z]+\}|TODO|XXX", (ROOT / "README.md").read_text(encoding="utf-8"))


HOUSE = [
    "cli", "commands", "app", "site", "records", "notebook", "cost", "evaluation", "training",
    "runs", "series", "definition", "objectives", "representation", "corpus", "models",
    "optimisation", "curves",
    "audio labels files device precision drawing words language fields cells ipynb",
    "table errors progress threads english", "names",
]  # fmt: skip
"""From the top floor to the ground: a part uses what stands below it, and nothing beside it."""
FLOOR = {name: i for i, names in enumerate(reversed(HOUSE)) for name in names.split()}


def modules():
    for path in sorted((ROOT / "vox").rglob("*.py")):
        parts = path.relative_to(ROOT / "vox").with_suffix("").parts
        if parts[0] not in ("__init__", "__main__"):
            yield path, parts[0]


def used(path):
    """Parts of vox that a module imports, anywhere in it: for type checkers, inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for words in (name.split(".") for name in names):
            if words[0] == "vox":
                yield words[1] if len(words) > 1 else ""


def test_no_part_uses_what_stands_above_it_or_beside_it():
    for path, part in modules():
        for name in {*used(path)} - {part, "__version__"}:
            assert name in FLOOR, f"{path} uses vox.{name}, which has no floor"
            assert FLOOR[name] < FLOOR[part], f"{path} uses vox.{name}"


def test_every_part_of_the_house_is_there_and_no_other():
    assert {part for _, part in modules()} == set(FLOOR)


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/en/architecture.md"])
def test_the_page_on_architecture_shows_all_parts(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    drawn = text.split("```mermaid")[1].split("```")[0]
    shown = {*re.findall(r"\w+", re.sub(r'accTitle.*|mkdocs\(.*?\)|ground\["|graph TD', "", drawn))}
    assert shown - {"ground"} == set(FLOOR)
    told = {
        name
        for row in re.findall(r"^\| (`.*?) \|", text, re.M)
        for name in re.findall("`(.*?)`", row)
    }
    ground = {name for names in HOUSE[-3:] for name in names.split()} | {"curves"}
    assert told == set(FLOOR) - ground


def test_flags_of_torch_are_set_in_one_place():
    for path, part in modules():
        flags = re.search(r"torch\.backends|use_deterministic_algorithms", path.read_text())
        assert part == "precision" or not flags, path


TORCHLESS = (
    "names errors fields ipynb table words files series definition.key runs.find site.hooks cli"
)


def test_data_and_definitions_need_no_torch():
    imports = ", ".join(f"vox.{name}" for name in TORCHLESS.split())
    script = f"import sys, vox, {imports}; vox.experiments(); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


def test_files_can_be_read_in_one_sitting():
    for path, _ in modules():
        assert len(path.read_text().splitlines()) <= 330, path


NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


EXPERIMENTS = [path for path in NOTEBOOKS if path.stem != "explore"]


def test_every_experiment_has_a_notebook():
    assert {path.stem for path in EXPERIMENTS} == {e.id for e in vox.experiments()}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_source_notebooks_have_no_outputs(path):
    for cell in json.loads(path.read_text())["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda p: p.stem)
def test_source_notebooks_know_their_experiment(path):
    notebook = json.loads(path.read_text())
    told = notebook["metadata"]["vox"]
    e = vox.experiment(path.stem)
    known = {
        "id": e.id,
        "title": e.title,
        "date": e.opened and str(e.opened),
        "closed": e.closed and str(e.closed),
        "parent": e.parent,
        "issues": list(e.issues),
        "tags": list(e.tags),
    }
    assert {n: v for n, v in told.items() if v} == {n: v for n, v in known.items() if v}


SECTIONS = ["概要", "入力データ", "モデル", "学習", "学習パラメータ", "結果", "主張の検証",
            "訂正", "考察", "再現情報", "脚注"]  # fmt: skip


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda p: p.stem)
def test_notebooks_have_the_same_sections_in_the_same_order(path):
    cells = json.loads(path.read_text())["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    assert re.findall(r"^## (\S+)", text, flags=re.M) == SECTIONS
    assert "Abstract (English)" in text


@pytest.mark.parametrize(("id", "added"), [("cfcefd21", 2), ("7a184ccb", 0), ("3cd41fe0", 0)])
def test_make_run_adds_the_successor_and_changes_nothing_else(id, added):
    path = ROOT / "notebooks" / f"{id}.ipynb"
    done = subprocess.run(
        [sys.executable, "tools/with_successor.py", path],
        capture_output=True, check=True, cwd=ROOT,
    )  # fmt: skip
    cells, own = json.loads(done.stdout)["cells"], json.loads(path.read_text())["cells"]
    assert cells[: len(own)] == own
    assert len(cells) - len(own) == added
    for cell in cells[len(own) :]:
        assert cell["cell_type"] == "code" or "successor" in language.written(cell)
