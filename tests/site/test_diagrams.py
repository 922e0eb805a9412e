"""Diagrams of the site: drawn once, kept, and drawn anew only by Chromium."""

import hashlib
import html
import json
import re
import shutil
import xml.etree.ElementTree as ET

import pytest
from sites import ROOT

from vox.site import diagrams

KEPT = ROOT / "docs" / "diagrams"
SOURCE = 'graph TD\naccTitle: Two boxes\na["one<br/>1 x 2"] --> | 3 | b[two]'
FENCE = f'<pre class="mermaid"><code>{html.escape(SOURCE)}</code></pre>'


def test_pages_show_kept_drawings_and_none_is_left_over(site):
    used = set()
    for path in site.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert 'class="mermaid"' not in page, path
        assert "mermaid.min.js" not in page, path
        for box in re.findall(r'<div class="vox-diagram".*?</details>', page, re.S):
            assert re.search(r'role="region" aria-label="[^"]+"', box)
            source = html.unescape(re.search(r"<pre><code>(.*?)</code></pre>", box, re.S)[1])
            assert source.startswith("graph TD")
            used.add(re.search(r'<svg [^>]*?id="d(\w+)"', box)[1])
    assert used == {path.stem for path in KEPT.glob("*.svg")}, (
        "commit new drawings, remove old ones"
    )
    assert not (site / "diagrams").exists()
    assert not list(site.rglob("mermaid*"))


def test_a_kept_drawing_needs_no_browser(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    told = json.dumps([diagrams.CONFIG, SOURCE], sort_keys=True).encode()
    name = hashlib.sha256(told).hexdigest()[:12]
    (tmp_path / f"{name}.svg").write_text('<svg id="x"></svg>')
    page = diagrams.shown(FENCE, tmp_path)
    assert page.startswith("<details open><summary>Two boxes</summary>")
    assert '<svg aria-label="Two boxes" id="x">' in page
    assert html.escape(SOURCE) in page


def test_a_title_that_stands_above_is_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(diagrams, "svg", lambda source, folder: "<svg ></svg>")
    page = diagrams.shown(f"<details><summary>G &amp; D</summary>\n{FENCE}</details>", tmp_path)
    assert page.count("<summary>G &amp; D</summary>") == 1
    assert 'aria-label="G &amp; D"' in page


def test_without_a_browser_the_source_is_shown_and_the_build_warned(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    page = diagrams.shown(FENCE, tmp_path)
    assert "mermaid" not in page  # else Material would ask another host for it
    assert html.escape(SOURCE) in page
    assert "needs Chromium" in caplog.text


@pytest.fixture
def chromium():
    if not any(map(shutil.which, diagrams.BROWSERS)):
        pytest.skip("no chromium to draw with")


def test_a_new_diagram_is_drawn_and_kept(tmp_path, chromium):
    drawing = diagrams.svg(SOURCE, tmp_path)
    (kept,) = tmp_path.glob("*.svg")
    assert kept.read_text().strip() == drawing
    words = " ".join(ET.fromstring(drawing).itertext()).split()
    assert {"one", "1", "x", "2", "two", "3"} <= set(words)
    assert "<style" not in drawing
    assert "foreignObject" not in drawing


def test_a_diagram_that_is_none_warns(tmp_path, chromium, caplog):
    assert diagrams.svg("graph TD\na --> </script>", tmp_path) is None
    assert "cannot be drawn" in caplog.text
