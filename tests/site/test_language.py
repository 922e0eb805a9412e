"""The site in two languages: every page in both, and nothing Japanese left on an English one."""

import json
import re
from html.parser import HTMLParser

import nbformat
import pytest
import yaml
from sites import ROOT, pages

from vox import VoxError, language
from vox.english import WORDS
from vox.language import JAPANESE, Words
from vox.notebook import speak
from vox.records.stale import carry_prose
from vox.site import hooks
from vox.table import Table

NOTEBOOKS = sorted(
    path for folder in ("notebooks", "notebooks/posts") for path in (ROOT / folder).glob("*.ipynb")
    if path.stem != "explore"
)  # fmt: skip
DOCS = ROOT / "docs"
MISSING: set[str] = set()
"""Notebooks and pages whose English is still to be written, until there are none."""


class Left(HTMLParser):
    """Japanese that is not marked as such, and what is marked as lacking its English."""

    VOID = ("area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr")

    def __init__(self, text):
        super().__init__()
        self.open, self.left, self.untranslated = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        marks = {told.get("lang"), language.UNTRANSLATED} if language.UNTRANSLATED in (
            told.get("class") or ""
        ) else {told.get("lang")}  # fmt: skip
        if not self.within("ja") and "ja" not in marks:
            shown = ("aria-label", "alt", "title", "content", "placeholder")
            self.left += [told[n] for n in shown if JAPANESE.search(told.get(n) or "")]
        if tag not in self.VOID:
            self.open.append((tag, marks))

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        while tag in [name for name, _ in self.open] and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not JAPANESE.search(data):
            return
        if self.within(language.UNTRANSLATED):
            self.untranslated.append(data.strip())
        elif not self.within("ja"):
            self.left.append(data.strip())

    def within(self, mark):
        return any(mark in marks for _, marks in self.open)


def text(site, name):
    return (site / name).read_text(encoding="utf-8")


def test_every_page_is_there_twice_and_leads_to_itself(site):
    names = {str(path.relative_to(site)) for path in pages(site)}
    english = {name for name in names if name.startswith("en/")}
    assert {f"en/{name}" for name in names - english} == english
    for name in names:
        ja = name.removeprefix("en/")
        page = text(site, name)
        assert f'<html lang="{"en" if name in english else "ja"}"' in page
        # in the head they are given by SITE_URL alone: the theme asks the addresses that it finds
        assert ("ja" if name in english else "en") in re.findall(r'hreflang="?([\w-]+)', page)
        other = ja if name in english else f"en/{ja}"
        switch = re.search(r'vox-tongue">\s*<a href="([^"]+)"', page)[1]
        assert ((site / name).parent / switch).resolve() == (site / other).resolve()


def test_no_japanese_is_left_on_an_english_page(site):
    for path in pages(site / "en"):
        found = Left(path.read_text(encoding="utf-8"))
        assert not found.left, path
        if not MISSING:
            assert not found.untranslated, path


def test_english_pages_lead_to_english_pages(site):
    page = text(site, "en/experiments/cfcefd21.html")
    tabs = re.findall(r'md-tabs__link"?>?', page)
    assert len(tabs) == 10
    assert 'href="9ada9179.html"' in page
    assert '<a href="../../experiments/cfcefd21.ipynb" download' in page
    sounds = re.findall(r'src="([^"]+\.(?:flac|png|webp))"', page)
    assert sounds
    assert all((site / "en/experiments" / name).is_file() for name in sounds)
    links = re.findall(
        r'href="((?:\.\./)*(?:en/)?experiments/[0-9a-f]{8}\.html)"',
        text(site, "en/comparison.html"),
    )
    assert links
    assert all((site / "en" / link).is_file() for link in links)


def test_a_record_is_shown_in_english_with_what_it_printed(site):
    page = text(site, "en/experiments/cfcefd21.html")
    assert '<h2 id="overview">' in page
    assert "17152 samples = 1.072 s -&gt; 1 x 64 x 256" in page or "17152 samples = 1.072 s" in page
    assert "not reproduced" in page or "reproduced" in page
    assert "Mean of 16 conversions (95% interval)" in page
    assert 'lang="ja"' in page.split("vox-code", 1)[1]  # code is what was executed
    assert 'class="vox-untranslated"' not in page or MISSING


def test_an_abstract_in_english_says_that_it_is(site):
    for path in pages(site):
        page = path.read_text(encoding="utf-8")
        assert page.count("Abstract (English)") == page.count('<details lang="en"'), path


def test_each_language_finds_its_own_pages(site):
    for tongue in ("ja", "en"):
        index = text(site, f"search/search_index.{tongue}.js")
        found = re.findall(r'"location": "([^"]+)"', index)
        assert found
        assert all(name.startswith("en/") == (tongue == "en") for name in found)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_text_cell_lacks_its_english_or_has_an_old_one(path):
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown"]
    lacking = [cell.id for cell in cells if language.written(cell) is None]
    assert bool(lacking) == (path.stem in MISSING), lacking
    for cell in cells:
        assert not JAPANESE.search(language.written(cell) or ""), cell.id


def test_no_english_page_is_missing_or_older_than_the_japanese():
    for path in sorted(DOCS.rglob("*.md")):
        if path.is_relative_to(DOCS / "en") or path.stem in MISSING:
            continue
        english = DOCS / "en" / path.relative_to(DOCS)
        assert english.is_file(), english
        front = yaml.safe_load(english.read_text(encoding="utf-8").split("---")[1])
        told = f"{english}: compare with {path.name}, then write of: {{}}"
        now = language.digest(path.read_text(encoding="utf-8"))
        assert front["of"] == now, told.format(now)


ABSTRACT = re.compile(r"<details[^>]*><summary>Abstract.*?</details>", re.S)
OUTLINE = re.compile(r"^(?:#+ |\||- |\d+\. |\*\*|```|<!-- vox: [^>]+)", re.M)


def test_english_pages_have_the_headings_rows_items_and_leads_of_the_japanese():
    for path in sorted((DOCS / "en").rglob("*.md")):
        if path.name == "api.md":  # made of the Japanese page, whose docstrings are English
            continue
        japanese = (DOCS / path.relative_to(DOCS / "en")).read_text(encoding="utf-8")
        told, said = ABSTRACT.sub("", japanese), path.read_text(encoding="utf-8")
        assert OUTLINE.findall(said) == OUTLINE.findall(told), path


def test_english_goes_into_the_record_with_the_text(tmp_path):
    def written(folder, cells, **vox):
        (tmp_path / folder).mkdir()
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"vox": vox})
        nbformat.write(notebook, tmp_path / folder / "cfcefd21.ipynb")

    code = nbformat.v4.new_code_cell("x")
    told = {"text": "one", "of": language.digest("一")}
    written("notebooks", [
        nbformat.v4.new_markdown_cell("一", metadata={"en": told}),
        nbformat.v4.new_code_cell("x", metadata={"en": {"値 {}": "value {}"}}),
    ])  # fmt: skip
    written("records", [nbformat.v4.new_markdown_cell("古"), code], record={})
    places = {"notebooks": tmp_path / "notebooks", "records": tmp_path / "records"}
    kept = nbformat.read(carry_prose("cfcefd21", **places), as_version=4)
    assert language.written(kept.cells[0]) == "one"
    assert language.beside(kept) == {"値 {}": "value {}"}
    kept.cells[0].source = "二"
    assert language.written(kept.cells[0]) is None  # older than the Japanese


def test_words_are_put_into_english_where_they_stand():
    words = Words({"元: {}": "source: {}", "{} の図": "figure of {}", "値": "value"})
    made = words.content('<p title="値">元: a &amp; b</p><p lang="ja">値</p><img alt="x の図">')
    assert made == (
        '<p title="value">source: a &amp; b</p><p lang="ja">値</p><img alt="figure of x">'
    )
    assert words.content("<td>謎</td>") == (
        f'<td><span lang="ja" class="{language.UNTRANSLATED}">謎</span></td>'
    )
    with pytest.raises(VoxError, match="has no English"):
        words.say("謎")


@pytest.mark.parametrize(
    "said",
    [
        "この記録は **2019年のページの規模 (幅 1、9 epoch)** で実行した。"
        "コーパスは利用者の録音、seed は 0。",
        "この実験のページの規模 (学習はない)",
        "得点を付けるには hama が要る。入れるには: pip install x",
        "目標: bob (別の文)",
        "変換 16 件の平均 (95% 区間、学習に使った録音を含む)",
        "語の誤りの増加 1 (変換 2、入力の写し 3)",
    ],
)
def test_what_no_record_happens_to_say_has_its_english_too(said):
    told = Words(WORDS).english(said)
    assert told
    assert not JAPANESE.search(told)


def test_what_a_record_says_in_japanese_alone_stops_no_page(monkeypatch):
    monkeypatch.setitem(hooks._words, "", Words(WORDS))
    assert hooks._told("en", "出力: 山田 → 鈴木") == "出力: 山田 → 鈴木"
    assert hooks._told("en", "出力: alex → anika") == "Output: alex → anika"
    with pytest.raises(VoxError, match="has no English"):
        hooks._say("en", "まだない見出し")


def test_what_a_terminal_shows_is_english_cell_by_cell_and_between_quotes():
    words = Words({"元: {}": "source: {}", "値": "value", "損失の名": "loss", "終わり": "end"})
    table = str(Table(("損失の名", "値"), [("critic", 1.5), ("終わり", "謎")]))
    plain = language.shown({"text/plain": table}, words)["text/plain"]
    assert plain == "loss    value\ncritic  1.5\nend     謎"
    quoted = language.shown({"text/plain": "Players('元: alex' 4.90 s, '値' 1 s)"}, words)
    assert quoted["text/plain"] == "Players('source: alex' 4.90 s, 'value' 1 s)"
    assert language.shown({"text/plain": "plain"}, words) == {}


def test_a_notebook_speaks_two_languages_and_no_third():
    with pytest.raises(VoxError, match=r"(?s)language.*'fr'.*ja"):
        speak("fr")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").rglob("*.ipynb")), ids=lambda p: p.stem
)
def test_every_notebook_takes_a_language(path):
    code = ["".join(c["source"]) for c in json.loads(path.read_text())["cells"]]
    assert sum('language = "ja"' in source for source in code) == 1
    spoken = ("notebook.parameters(globals())", "notebook.speak(language)")
    assert sum(any(word in source for word in spoken) for source in code) == 1


def test_templates_take_the_same_on_both_sides():
    for ja, en in WORDS.items():
        assert ja.count("{}") == len(re.findall(r"\{\d?\}", en)), ja
        assert not JAPANESE.search(en)
