"""The site: what its pages hold."""

import gzip
import html
import json
import re
import xml.etree.ElementTree as ET
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


def test_properdocs_builds_it_too(tmp_path):
    done = mkdocs("build", "-f", "mkdocs.yml", "-d", str(tmp_path), program="properdocs")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(pages(tmp_path)) > 15


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
        assert (site / "experiments" / f"{e.id}.ipynb").is_file()
        if e.parent:
            assert f'親: <a href="{e.parent}.html"' in page.replace("\n", "")
            assert f'href="{e.id}.html"' in text(site, f"experiments/{e.parent}.html")


def test_backlinks_and_lists_are_newest_first(site):
    listed = re.findall(r'href="([0-9a-f]{8})\.html"', text(site, "experiments/index.html"))
    assert listed == SERIES[::-1]
    assert set(listed) == set(SERIES)
    foot = text(site, "experiments/47c97768.html").split("このページへのリンク")[1]
    assert 'href="cfcefd21.html"' in foot
    issue = text(site, "issues/module/vox.html").split("この課題に属するもの")[1]
    theirs = [id for id in SERIES if "module/vox" in vox.experiment(id).issues]
    assert set(EIGHT) <= set(theirs)
    assert all(f"experiments/{id}.html" in issue for id in theirs)


def test_links_by_id_show_the_title_and_headings_have_anchors(site):
    page = text(site, "experiments/cfcefd21.html")
    title = vox.experiment("9ada9179").title
    assert f"9ada9179「{title}」</a>" in page
    for section in ("概要", "主張の検証", "再現情報"):
        assert f'<h2 id="{section}">' in page
        assert f'href="#{section}"' in page


def test_pages_know_their_way_round(site):
    page = text(site, "experiments/cfcefd21.html")
    path = re.search(r'<nav class="vox-path".*?</nav>', page, re.S)[0]
    assert re.findall(r'href="([^"]+)"', path) == [
        "index.html", "54314b33.html", "7a184ccb.html", "e19098ab.html", "47c97768.html",
        "31f31449.html", "9ada9179.html",
    ]  # fmt: skip
    beside = re.search(r'<nav class="vox-beside".*?</nav>', page, re.S)[0]
    assert re.findall(r'href="([^"]+)"', beside) == ["fbf548f6.html", "c9335bce.html"]
    active = re.findall(r'md-tabs__item--active">\s*<a href="([^"]+)"', page)
    assert active == ["index.html"]
    assert 'href="../run.html"' in page
    lost = text(site, "404.html")
    assert all(name in lost for name in ("experiments/index.html", "run.html", "comparison.html"))


def test_footnotes_go_back(site):
    page = text(site, "experiments/cfcefd21.html")
    assert '<sup id="fnref1"><a href="#fn1">' in page
    assert '<a id="fn1"></a><a href="#fnref1"' in page
    for path in pages(site):
        ids = re.findall(r'\bid="([^"]+)"', path.read_text(encoding="utf-8"))
        assert len(ids) == len({*ids}), path


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


def test_feed_and_sitemap_are_whole(site):
    feed = ET.fromstring((site / "feed.xml").read_text(encoding="utf-8"))
    atom = "{http://www.w3.org/2005/Atom}"
    dates = [e.find(f"{atom}updated").text for e in feed.findall(f"{atom}entry")]
    assert len(dates) >= len(SERIES) + 2
    assert dates == sorted(dates, reverse=True)
    sitemap = text(site, "sitemap.xml")
    assert "cfcefd21.html" in sitemap
    assert "<lastmod>2019-03-12</lastmod>" in sitemap


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
