"""The way round: what stands before, after, above and beside a page, and what is told of it."""

import html
import re
import xml.etree.ElementTree as ET

from eight import EIGHT
from sites import pages
from test_site import SERIES, text

import vox
from vox.site import prose


def test_a_page_says_what_it_is_to_those_who_link_to_it(site):
    told = {}
    for path in pages(site):
        page = path.read_text(encoding="utf-8")
        meta = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', page))
        assert meta["description"] == meta["og:description"], path
        assert meta["og:title"], path
        assert len(html.unescape(meta["description"])) <= 200, path
        assert meta["og:locale"] == ("en_US" if path.is_relative_to(site / "en") else "ja_JP")
        told[str(path.relative_to(site))] = meta
    assert (
        "minibatch を 2 より大きくできなかった" in told["experiments/cfcefd21.html"]["description"]
    )
    assert told["experiments/cfcefd21.html"]["twitter:card"] == "summary_large_image"
    assert told["en/run.html"]["description"].startswith("All you need is Python 3.11")
    theirs = [meta["description"] for name, meta in told.items() if "experiments/" in name]
    assert len(theirs) == len({*theirs})


def test_a_summary_is_whole_sentences_of_the_first_paragraph():
    page = (
        "<p>How it was made.</p><details><p>Abstract</p></details><h2>Overview</h2>"
        "<table><tr><td><p>1</p></td></tr></table>"
        '<p>One<sup><a href="#fn1">1</a></sup> of 10<sup>2</sup>, <a>3.5 kHz</a>. Two.</p>'
    )
    assert prose.summary(page) == "How it was made."
    assert prose.summary(page, below_heading=True) == "One of 10^2, 3.5 kHz. Two."
    long = prose.summary(f"<p>{'言葉' * 50}。{'言葉' * 60}。</p>")
    assert long == f"{'言葉' * 50}。"
    assert prose.summary("<ul><li>a</li></ul>") == ""
    output = '<div class="vox-output"><div><p>192 recordings</p></div></div>'
    assert prose.summary(f"<div>{output}<p>What it is about.</p></div>") == "What it is about."


def test_pages_know_their_way_round(site):
    page = text(site, "experiments/cfcefd21.html")
    path = re.search(r'<nav class="vox-path".*?</nav>', page, re.S)[0]
    assert re.findall(r'href="([^"]+)"', path) == [
        "index.html", "54314b33.html", "7a184ccb.html", "e19098ab.html", "47c97768.html",
        "31f31449.html", "9ada9179.html",
    ]  # fmt: skip
    head, foot = page.split('<aside class="vox-foot">')
    for part in (head.split("<article")[1], foot.split("<h2")[0]):
        beside = re.search(r'class="vox-beside".*?</(?:nav|div)>', part, re.S)[0]
        assert re.findall(r'href="([^"]+)"', beside) == ["fbf548f6.html", "c9335bce.html"]
        family = re.sub(r"\s+", " ", part)
        assert re.search(r'親: <a href="9ada9179.html"', family)
        assert re.search(r'子: <a href="c9335bce.html"', family)
    active = re.findall(r'md-tabs__item--active">\s*<a href="([^"]+)"', page)
    assert active == ["index.html"]
    assert 'href="../run.html"' in page
    lost = text(site, "404.html").split("<article")[1]
    for name in ("index.html", "experiments/index.html", "comparison.html", "run.html"):
        assert f'/{name}">' in lost
        assert f'/en/{name}" hreflang="en" lang="en"' in lost


def test_the_left_column_holds_the_siblings(site):
    for name, ids in (
        ("experiments/cfcefd21.html", SERIES[::-1]),
        ("en/experiments/cfcefd21.html", SERIES[::-1]),
        ("issues/module/vox/lve.html", ["lve", "vox"]),
    ):
        column = text(site, name).split("md-sidebar--primary")[1].split("md-sidebar--secondary")[0]
        named = re.findall(r'<span class="md-ellipsis">\s*([^<]*?)\s*(?=<)', column)
        shown = re.sub(r"<span class=\"md-typeset\">\s*(\w+)\s*</span>", r"\1", column)
        links = re.findall(
            r'class="md-nav__link[^"]*">\s*<span class="md-ellipsis">\s*(\w+)', shown
        )
        assert [x for x in dict.fromkeys(links) if x in ids] == ids, (name, named)
    assert "07668538" not in text(site, "posts/2026-11-23-found.html").split("<article")[0]


def test_an_authors_judgement_is_told_apart_from_what_is_found_today(site):
    head = text(site, "experiments/cfcefd21.html").split('class="vox-head"')[1].split("</div>")[0]
    assert ">2019: satisfied</a>" in head
    assert "今回の記録: 再現 3 · この環境では測れない 1 · 言葉が残る: 満たさない" in head
    assert ">closed</a>" in head
    line = re.search(
        r"<li>(?:(?!<li>).)*cfcefd21 —.*?</li>", text(site, "en/experiments/index.html"), re.S
    )
    assert ">2019: satisfied</a>" in line[0]
    assert "reproduced 3 · cannot be measured here 1" in line[0]


def test_issues_have_their_state_and_days(site):
    newest = max(str(vox.experiment(id).opened) for id in SERIES)
    for name in ("issues/index.html", "en/issues/index.html", "issues/module/vox.html"):
        page = text(site, name)
        assert ">open</a>" in page
        days = re.findall(r'<time datetime="([^"]+)">', page.split("<article")[1])
        assert days[0] in ("2019-03-01", "2019-03-19")
        assert newest in days or name.endswith("index.html")
    head = text(site, "issues/module/vox.html").split('class="vox-head"')[1].split("</div>")[0]
    assert "要件をすべて満たす記録" in head
    assert "3cd41fe0.html" in head


def test_footnotes_go_back(site):
    page = text(site, "experiments/cfcefd21.html")
    assert '<sup id="fnref1"><a href="#fn1">' in page
    assert '<a id="fn1"></a><a href="#fnref1"' in page
    for path in pages(site):
        ids = re.findall(r'\bid="([^"]+)"', path.read_text(encoding="utf-8"))
        assert len(ids) == len({*ids}), path


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


def test_feed_and_sitemap_are_whole(site):
    feed = ET.fromstring((site / "feed.xml").read_text(encoding="utf-8"))
    atom = "{http://www.w3.org/2005/Atom}"
    assert all(len(e.find(f"{atom}summary").text) > 20 for e in feed.findall(f"{atom}entry"))
    dates = [e.find(f"{atom}updated").text for e in feed.findall(f"{atom}entry")]
    assert len(dates) >= len(SERIES) + 2
    assert dates == sorted(dates, reverse=True)
    sitemap = text(site, "sitemap.xml")
    assert "cfcefd21.html" in sitemap
    assert "<lastmod>2019-03-12</lastmod>" in sitemap
