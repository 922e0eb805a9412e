"""The site: what its pages hold."""

import gzip
import html
import json
import re
from types import SimpleNamespace

import pytest
from eight import EIGHT
from sites import HOSTILE, ROOT, mkdocs, pages

import vox
from vox.evaluation.verdicts import WINS, WORDS_LOST
from vox.site import comparison, hooks, notebooks
from vox.site.entries import Entries, Entry

RECORDS = ROOT / "docs" / "experiments"
SERIES = [e.id for e in vox.experiments() if (RECORDS / f"{e.id}.ipynb").is_file()]
"""Those that have a record; tests/records holds that all have one."""


def text(site, name):
    return (site / name).read_text(encoding="utf-8")


HOME = "https://example.org/vox/"


def test_properdocs_builds_it_too_for_an_address_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("SITE_URL", HOME)
    done = mkdocs("build", "-f", "mkdocs.yml", "-d", str(tmp_path), program="properdocs")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(pages(tmp_path)) > 15
    for path in pages(tmp_path):
        page, name = path.read_text(encoding="utf-8"), str(path.relative_to(tmp_path))
        bare = name.removeprefix("en/")
        tongues = re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)"', page)
        assert tongues == [
            ("ja", HOME + bare), ("en", f"{HOME}en/{bare}"), ("x-default", HOME + bare),
        ]  # fmt: skip
        assert f'<link rel="canonical" href="{HOME}{name}">' in page
        assert f'<meta property="og:url" content="{HOME}{name}">' in page
    page = text(tmp_path, "en/experiments/cfcefd21.html")
    picture = re.search(r'property="og:image" content="https://example.org/vox/([^"]+)"', page)[1]
    assert (tmp_path / picture).is_file()
    assert f"<id>{HOME}en/experiments/cfcefd21.html</id>" in text(tmp_path, "en/feed.xml")


def test_a_broken_link_or_anchor_fails_the_build(broken_site):
    _, done = broken_site
    assert done.returncode != 0
    assert "deadbeef.ipynb" in done.stderr
    assert "nowhere" in done.stderr
    assert "diagram (graph TD ...)" in done.stderr  # the family, for markup is no date
    assert "Aborted with 6 warnings in strict mode" in done.stdout  # three in each language


def test_every_experiment_has_a_page_with_its_family(site):
    for e in map(vox.experiment, SERIES):
        page = text(site, f"experiments/{e.id}.html")
        assert f"{e.id} — {e.title}" in html.unescape(page)
        assert all(str(day) in page for day in (e.opened, e.closed) if day)
        assert all(f"vox-{tag}" in page for tag in e.tags)
        assert f'href="{e.id}.ipynb" download' in page
        assert all(f"issues/{issue}.html" in page for issue in e.issues)
        saved = (site / "experiments" / f"{e.id}.ipynb").read_text(encoding="utf-8")
        shown = re.findall(r'<(?:img|audio)[^>]*? src=\\"([^"]+)\\"', saved)
        assert len(shown) >= 5
        assert all(address.startswith("data:") for address in shown), e.id
        if e.parent:
            assert f'親: <a href="{e.parent}.html"' in page.replace("\n", "")
            assert f'href="{e.id}.html"' in text(site, f"experiments/{e.parent}.html")


def test_links_by_id_show_the_title_and_headings_have_anchors(site):
    page = text(site, "experiments/cfcefd21.html")
    title = vox.experiment("9ada9179").title
    assert f"9ada9179「{title}」</a>" in page
    for section in ("概要", "主張の検証", "再現情報"):
        assert f'<h2 id="{section}">' in page
        assert f'href="#{section}"' in page


def test_a_page_lists_how_it_trains_before_what_its_run_changed(site):
    section = text(site, "experiments/cfcefd21.html").split('<h2 id="学習パラメータ">')[1]
    listed = re.sub(r"<[^>]+>|\s+", " ", section.split("<table")[0])
    wanted = (
        "2019年のページの値",
        "RMSprop",
        "1e-5",
        "100 epoch ごとに 10^-0.5 倍",
        "minibatch: 2",
        "1000",
    )
    assert [listed.find(x) for x in wanted] == sorted(listed.find(x) for x in wanted)
    assert all(x in listed for x in wanted)
    section = text(site, "en/experiments/8ee22ac3.html").split('<h2 id="hyperparameters">')[1]
    listed = re.sub(r"<[^>]+>|\s+", " ", section.split("<table")[0])
    assert all(x in listed for x in ("As the page of this experiment has it", "Adam", "3e-4"))
    assert "decay" not in listed


def test_the_api_page_shows_examples_as_code_and_is_marked_as_english(site):
    page = text(site, "api.html")
    assert "<blockquote" not in page
    assert "::</p>" not in page
    outside = re.sub(r"<code>.*?</code>", "", page, flags=re.S)
    assert "&gt;&gt;&gt;" not in outside
    assert page.count('<div lang="en" class="doc doc-object doc-module">') == page.count(
        "doc-module"
    )
    assert "_mkdocstrings.css" in page
    assert "_mkdocstrings.css" not in text(site, "index.html")


def test_code_is_folded_and_no_box_is_empty(site):
    page = text(site, "experiments/cfcefd21.html").split("<article")[1]
    folded = re.findall(r'<details class="vox-code">.*?</details>', page, re.S)
    assert len(folded) == page.count('<div class="highlight">') > 10
    assert all(re.search(r"<code>.*?\w", box, re.S) for box in folded)


def test_pictures_of_a_record_have_their_size(site):
    for id in SERIES:
        for picture in re.findall(
            r'<img [^>]*src="[^"]+\.png"[^>]*>', text(site, f"experiments/{id}.html")
        ):
            assert re.search(r'width="\d+" height="\d+"', picture), id


def test_thumbnails_are_small(site):
    shown = re.findall(r'<img [^>]*src="(experiments/[^"]+)"', text(site, "index.html"))
    assert len(shown) == 4
    assert all((site / name).stat().st_size < 30_000 for name in shown)


def test_pages_open_with_an_english_abstract(site):
    for path in pages(site):
        if path.is_relative_to(site / "en"):
            continue
        content = path.read_text(encoding="utf-8").split("<article")[1].split("</article>")[0]
        first = re.search(r"<summary>(.*?)</summary>", content)
        assert first, path
        assert "Abstract (English)" in first[1], path


def test_experiment_pages_are_light(site):
    for id in SERIES:
        page = text(site, f"experiments/{id}.html")
        named = re.findall(r'(?:href|src)="((?:\.\./)*assets/[^"]+)"', page)
        assets = {site / "experiments" / name for name in named}
        sent = [page.encode(), *(path.read_bytes() for path in assets)]
        assert sum(len(gzip.compress(each)) for each in sent) < 130_000
        assert "<style" not in page.split("<article")[1].split("</article>")[0]
        assert "base64," not in page


def test_mathematics_and_benches_are_loaded_where_they_are_needed(site):
    assert "katex.min.js" in text(site, "posts/2026-11-23-executable.html")
    assert "katex.min.js" not in text(site, "experiments/cfcefd21.html")
    assert "bench.js" in text(site, "experiments/cfcefd21.html")
    assert "bench.js" not in text(site, "architecture.html")


def test_the_comparison_holds_every_experiment_and_every_claim(site):
    page = html.unescape(text(site, "comparison.html"))
    for id in SERIES:
        kept = json.loads((ROOT / "docs" / "experiments" / f"{id}.ipynb").read_text())
        told = kept["metadata"]["vox"]["record"]
        assert f'<a href="experiments/{id}.html">{id}</a>' in page
        cost = told.get("cost", {})  # none where nothing is trained
        if id in EIGHT or "memory_mib" in cost:
            assert f"<td>{cost['memory_mib']}</td>" in page
        for claim in told["claims"]:
            assert claim["measured"] in page


def test_scores_stand_in_the_comparison_and_on_their_issue(site):
    kept = json.loads((ROOT / "docs" / "experiments" / "cfcefd21.ipynb").read_text())
    told = kept["metadata"]["vox"]["record"]["scores"]
    for name in ("comparison.html", "issues/module/vox.html"):
        page = html.unescape(text(site, name))
        assert f"<td>{told['means']['output']['phone_error']}</td>" in page
        assert f"<td>{told['means']['ceiling']['similarity_target']}</td>" in page


def test_the_thresholds_that_pages_state_are_those_that_decide():
    assert (WORDS_LOST, WINS) == (0.10, 3 / 4)  # as the texts write them
    issue = (ROOT / "docs" / "issues" / "module" / "vox.md").read_text(encoding="utf-8")
    assert "より 0.10 を超えて増えない" in issue
    assert "3/4 以上" in issue
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        if "scores.verdicts()" in text:
            assert "上端が 0.10 以下" in text
            assert "下端が 0.75 以上" in text


def test_links_of_generated_tables_lead_somewhere_from_any_depth(site):
    for name in ("comparison.html", "posts/2026-11-23-found.html", "issues/module/vox.html"):
        path = site / name
        found = re.findall(r'href="((?:\.\./)*experiments/[0-9a-f]{8}\.html)"', text(site, name))
        assert found
        for target in found:
            assert (path.parent / target).is_file(), f"{name} -> {target}"


def test_a_post_that_is_a_notebook_is_a_page_with_its_sounds(site):
    page = text(site, "posts/2026-11-23-ceiling.html")
    assert 'href="2026-11-23-ceiling.ipynb" download' in page
    sounds = re.findall(r'<audio[^>]*src="([^"]+)"', page)
    assert len(sounds) >= 16
    assert all((site / "posts" / name).is_file() for name in sounds)
    assert "2026-11-23-ceiling.html" in text(site, "posts/index.html")
    assert "2026-11-23-ceiling.html" in text(site, "issues/module/vox.html")


def test_metadata_of_notebooks_cannot_inject_markup():
    told = {"id": "deadbeef", "title": HOSTILE, "tags": [HOSTILE], "issues": [HOSTILE]}
    output = {"output_type": "stream", "name": "stdout", "text": HOSTILE}
    code = {"cell_type": "code", "source": "x", "outputs": [output]}
    made = notebooks.front_matter({"metadata": {"vox": told}, "cells": [code]})
    assert "<" not in json.dumps(made)
    assert "<script" not in notebooks.markdown({"metadata": {}, "cells": [code]})


def test_claims_of_a_record_cannot_inject_markup():
    claim = {"said": HOSTILE, "measured": HOSTILE, "verdict": HOSTILE}
    told = {"id": "cfcefd21", "record": {"claims": [claim]}}
    meta = notebooks.front_matter({"metadata": {"vox": told}})
    entry = Entry("experiments", "cfcefd21", "t", "u", "2019-03-12", meta)
    assert "<script" not in comparison.claims(Entries([entry]))


def test_an_issue_that_is_no_name_stops_the_build(tmp_path):
    page = tmp_path / "posts" / "a.md"
    page.parent.mkdir()
    page.write_text('---\ntitle: a\nissues: ["../x<b>"]\n---\n')
    file = SimpleNamespace(
        src_uri="posts/a.md", abs_src_path=str(page), url="posts/a.html", src_dir=str(tmp_path),
        content_string=page.read_text(),
    )  # fmt: skip
    with pytest.raises(vox.VoxError, match="names no issue"):
        hooks.on_files([file], None)
