"""Pages that say of themselves what nobody can read are named, and the field is."""

import json
from datetime import date
from types import SimpleNamespace

import click
import pytest

import vox
from vox.site import front_matter, hooks


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ([], "front matter must be names with values"),
        ({"title": []}, "title must be text"),
        ({"date": "soon"}, "date must be a day"),
        ({"issues": "module/vox"}, "issues must be a list"),
        ({"tags": [{}]}, r"tags\[0\] must be text"),
        ({"record": 1}, "record must be names"),
        ({"record": {"media": [{"file": "a"}]}}, r"record.media\[0\].text is missing"),
        ({"record": {"run": {"wall_time_s": "x"}}}, "record.run.wall_time_s must be a number"),
        ({"record": {"claims": [{"said": "", "measured": "", "verdict": None}]}}, "verdict"),
        ({"record": {"scores": {"count": 1, "means": {}}}}, "record.scores.means.output"),
        ({"record": {"parameters": {"profile": "weeks"}}}, "profile must be one of"),
        (
            {"record": {"earlier": [{"claims": [], "effect": {"to_input": "x"}}]}},
            r"earlier\[0\].effect.to_input must be a number",
        ),
    ],
)
def test_a_field_of_another_kind_is_named(said, where):
    with pytest.raises(vox.VoxError, match=f"posts/a.md: .*{where}"):
        front_matter.checked(said, "posts/a.md")


def test_what_pages_say_passes():
    said = {
        "title": 2019,
        "date": date(2019, 3, 31),
        "closed": None,
        "issues": ["a/b"],
        "other": [],
    }
    assert front_matter.checked(said, "x") == said
    assert front_matter.checked(None, "x") == {}


@pytest.mark.parametrize(
    "front", ["a: [", "a: b: c", "date: 2026-13-45", "a: !x 1", "a: &a [*a]", "? [1]\n: 2", "- a"]
)
def test_the_site_names_a_page_whose_front_matter_is_broken(tmp_path, front):
    page = tmp_path / "posts" / "a.md"
    page.parent.mkdir()
    page.write_text(f"---\n{front}\n---\n")
    file = SimpleNamespace(
        src_uri="posts/a.md", abs_src_path=str(page), url="posts/a.html", src_dir=str(tmp_path),
        content_string=page.read_text(),
    )  # fmt: skip
    with pytest.raises(vox.VoxError, match=r"^posts/a.md") as caught:
        hooks.on_files([file], None)
    assert isinstance(caught.value, click.ClickException)  # printed without a traceback
    assert caught.value.format_message() == str(caught.value)


def test_the_site_names_a_notebook_that_is_none(tmp_path):
    page = tmp_path / "experiments" / "cfcefd21.ipynb"
    page.parent.mkdir()
    page.write_text(json.dumps({"cells": 1}))
    uri = "experiments/cfcefd21.ipynb"
    file = SimpleNamespace(src_uri=uri, abs_src_path=str(page), url="experiments/cfcefd21.html")
    with pytest.raises(vox.VoxError, match=r"cfcefd21.ipynb: cannot be read as a notebook"):
        hooks.on_files([file], None)
