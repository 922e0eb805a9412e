"""Broken records, and pages of the site whose front matter is broken."""

from __future__ import annotations

import json
import os
import shutil
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import yaml
from harness import Verdict, isolated, judged
from mutations import broken_bytes, broken_json, text
from workshop import HOME

from vox.cli import main

ROOT = Path(__file__).parent.parent.parent
ID = "cfcefd21"


@cache
def _source() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((ROOT / "notebooks" / f"{ID}.ipynb").read_text("utf-8"))
    return told


@cache
def _record() -> dict[str, Any]:
    """The record of the repository without what its cells printed, which takes long to copy."""
    told: dict[str, Any] = json.loads(
        (ROOT / "docs" / "experiments" / f"{ID}.ipynb").read_text("utf-8")
    )
    for cell in told["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = cell["outputs"][:1]
    return told


def records(draw: Random, folder: Path) -> Verdict:
    """A source or a record that is broken: its state is told, or its text is taken over."""
    sources, kept = folder / "notebooks", folder / "docs" / "experiments"
    told = {sources / f"{ID}.ipynb": _source(), kept / f"{ID}.ipynb": _record()}
    broken = draw.choice(list(told))
    what = broken.parent.name
    for path, value in told.items():
        path.parent.mkdir(parents=True)
        data = json.dumps(value).encode()
        if path == broken and draw.random() < 0.3:
            data, how = broken_bytes(draw, data)
        elif path == broken:
            part = value if draw.random() < 0.3 else value["metadata"]
            changed, how = broken_json(draw, part)
            data = json.dumps(changed if part is value else {**value, "metadata": changed}).encode()
        path.write_bytes(data)
    before = (kept / f"{ID}.ipynb").read_bytes()
    words = [*([ID] if draw.random() < 0.7 else []), "--prose"]
    words += ["--notebooks", str(sources), "--records", str(kept)]
    work = partial(_taken_over, ["record", *words])
    outcome = isolated(work, folder)
    verdict = judged(f"{what}: {how}", outcome, folder)
    if outcome.status and (kept / f"{ID}.ipynb").read_bytes() != before:
        return Verdict("fault", verdict.what, "refused, and the record was written")
    return verdict


def _taken_over(words: list[str]) -> int:
    os.environ["VOX_CACHE"] = str(HOME / "cache")  # the embedded corpus is decoded once
    return main(words)


def front_matter(draw: Random, folder: Path) -> Verdict:
    """A small site with a page whose front matter is broken: built, or the page is named."""
    docs = folder / "docs"
    told = {"title": "a", "date": "2026-01-01", "tags": ["open"], "issues": ["module/vox"]}
    for name in ("experiments", "issues", "posts"):
        (docs / name).mkdir(parents=True)
        (docs / name / "index.md").write_text(f"---\ntitle: {name}\n---\n\n<!-- vox: family -->\n")
    (docs / "index.md").write_text("---\ntitle: x\n---\n\n[a](posts/a.md)\n")
    (docs / "posts" / "a.md").write_text(f"---\n{yaml.safe_dump(told)}---\n\ntext\n")
    if draw.random() < 0.5:
        what = f"page: {_broken_page(draw, docs / 'posts' / 'b.md', told)}"
    else:
        what = f"record: {_broken_record(draw, docs)}"
    return judged(what, isolated(partial(_built, folder), folder, seconds=60), folder)


FRONTS = (
    "a: [", "- a", "x", "a: &a [*a]", "!!python/object:os.x {}", "a: b: c", "? [1]\n: 2",
    "date: 2026-13-45", "title: 1e999", "\t", "a: !x 1",
)  # fmt: skip


def _broken_page(draw: Random, path: Path, told: dict[str, Any]) -> str:
    value, how = broken_json(draw, told)
    front = yaml.safe_dump(value)
    if draw.random() < 0.3:
        front = draw.choice(FRONTS)
        how = front
    data = f"---\n{front}\n---\n\n{text(draw)}\n".encode("utf-8", "surrogatepass")
    if draw.random() < 0.2:
        data, how = broken_bytes(draw, data)
    path.write_bytes(data)
    return how


def _broken_record(draw: Random, docs: Path) -> str:
    value = _record()
    meta, how = broken_json(draw, value["metadata"]["vox"])
    cells = value["cells"][:2]
    if draw.random() < 0.3:
        cells, how = broken_json(draw, cells)
    path = docs / draw.choice(("experiments", "posts")) / f"{ID}.ipynb"
    data = json.dumps({**value, "cells": cells, "metadata": {"vox": meta}}).encode()
    if draw.random() < 0.2:
        data, how = broken_bytes(draw, data)
    path.write_bytes(data)
    return how


def _built(folder: Path) -> int:
    """Build the site as the program mkdocs does, with the repository's hooks and templates."""
    import click
    from mkdocs.__main__ import cli

    config = {
        "site_name": "x", "hooks": [str(ROOT / "vox" / "site" / "hooks.py")], "plugins": [],
        "markdown_extensions": ["admonition", "attr_list", "footnotes", "md_in_html", "tables"],
        "theme": {"name": None, "custom_dir": str(folder / "theme")},
    }  # fmt: skip
    (folder / "theme").mkdir()
    (folder / "theme" / "main.html").write_text(
        "{{ page.content }}{% if entry %}{{ entry.title }}{{ entry.picture }}{{ entry.sound }}"
        "{% for other in entries.backlinks(entry) + entries.related(entry) %}{{ other.url }}"
        "{% endfor %}{{ entries.children(entry) }}{% endif %}{{ entries.family() }}"
    )
    (folder / "mkdocs.yml").write_text(yaml.dump(config), "utf-8")
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    try:
        cli(["build", "--quiet", "--strict"], standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return 1
    finally:
        shutil.rmtree(folder / "site", ignore_errors=True)
    return 0
