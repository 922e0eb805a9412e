"""Benches in the pages, and the pictures of sounds."""

import html
import re

import numpy as np
import pytest
from conftest import tone
from sites import HOSTILE

from vox.errors import VoxError
from vox.notebook import Players
from vox.records.media import move_media
from vox.site import bench, comparison
from vox.site.entries import Entries


@pytest.fixture
def record(tmp_path):
    """HTML of a record whose sounds lie beside it, by a name."""
    import nbformat

    def record(name, labels, said='<p class="vox-said" lang="en">A sentence.</p>', pitch=200):
        (tmp_path / name).mkdir()
        players = Players({label: tone(pitch, 1 + i) for i, label in enumerate(labels)})
        shown = {"text/html": said + players._repr_html_()}
        output = nbformat.v4.new_output("display_data", shown)
        cell = nbformat.v4.new_code_cell("x", outputs=[output], id="c1")
        move_media(cell, tmp_path / name, name)
        return cell.outputs[0].data["text/html"]

    return record


def test_a_group_becomes_a_bench_with_the_parents_conversion(record, tmp_path):
    labels = ("元: a", "目標: b (同じ文)", "出力: a → b", "元の複製合成")
    ours, theirs = record("child", labels), record("parent", labels)
    heard = bench.groups(theirs, tmp_path)
    parent = ("abcdef01", heard)
    page = bench.mounted(f"before{ours}after", tmp_path, parent)
    assert page.startswith('before<figure class="vox-bench"')
    assert page.count("<audio controls") == 5
    said = '<p class="vox-said" lang="en">A sentence.</p>'
    assert f"<figcaption>{said}</figcaption>" in page
    assert 'aria-label="聴き比べ A sentence."' in page
    assert f'src="{heard[0].of("output").file}"' in page
    assert 'data-role="target" data-seconds="2.000"' in page
    assert "親 abcdef01" in page
    other = record("other", labels, pitch=300)
    parent = ("abcdef01", bench.groups(other, tmp_path))
    assert "親" not in bench.mounted(ours, tmp_path, parent)


def test_a_sentence_is_known_from_another_record_of_the_same_sound(record, tmp_path):
    told = record("told", ("元: a", "出力: a → b"), "<p>As older records &amp; ours.</p>")
    untold = record("untold", ("良い例: 元の録音", "良い例: 変換"), "<p>良い例 (a → b、0.5)</p>")
    (group,) = bench.groups(told, tmp_path)
    assert group.said == (("en", "As older records &amp; ours."),)
    assert (group.caption, group.who) == ("", "a → b")
    page = bench.mounted(untold, tmp_path, None, bench.sentences([group]))
    said = '<p class="vox-said" lang="en">As older records &amp; ours.</p>'
    assert f"<figcaption>良い例 (a → b、0.5)\n{said}</figcaption>" in page
    assert bench.groups(untold, tmp_path)[0].who == "a → b"
    assert 'lang="ja">声</p>' in bench.written("", [("", "声")], group.sounds)


def test_what_the_labels_share_is_said_once(record, tmp_path):
    (group,) = bench.groups(record("a", ("良い例: 元の録音", "良い例: 変換")), tmp_path)
    assert [(sound.label, sound.role) for sound in group.sounds] == [
        ("元の録音", "source"),
        ("変換", "output"),
    ]


def test_sounds_that_are_no_files_of_the_page_stay_plain_players(record, tmp_path):
    inline = Players({"a": np.zeros(160, np.float32)})._repr_html_()
    assert bench.mounted(inline, tmp_path) == inline
    (tmp_path / "below").mkdir()
    outside = record("a", ("x", "y")).replace('src="a/', 'src="../a/')
    assert bench.mounted(outside, tmp_path / "below") == outside


def test_labels_stay_escaped(record, tmp_path):
    page = bench.mounted(record("a", (HOSTILE, "y")), tmp_path)
    assert 'class="vox-bench"' in page
    assert "<script" not in page
    assert "<img src=x" not in page


def test_a_picture_shows_where_a_tone_is(tmp_path):
    """A tone of 1 kHz from the middle on: a line at its height, nothing before."""
    rate = 16_000
    t = np.arange(rate) / rate
    pcm = (np.sin(2 * np.pi * 1000 * t) * (t >= 0.5)).astype(np.float32)
    shade = bench.drawn(pcm, rate)
    assert shade.shape == bench.SIZE[::-1]
    image = shade[bench.WAVE :]
    low, high = (2595 * np.log10(1 + f / 700) for f in (60, rate / 2))
    place = (2595 * np.log10(1 + 1000 / 700) - low) / (high - low)
    row = round((1 - place) * (len(image) - 1))
    assert abs(int(image[:, 450].argmin()) - row) <= 1
    assert (image[:, :250] == 255).all()
    wave = shade[: bench.WAVE]
    assert (wave[2, 320:] < 255).mean() > 0.5  # loud: the wave fills its height
    assert (wave[2, :250] == 255).all()
    assert (bench.drawn(np.zeros(100, np.float32), rate)[bench.WAVE :] == 255).all()


def test_every_bench_of_the_site_has_its_sounds_and_pictures(site):
    found = 0
    for path in site.rglob("*.html"):
        for figure in re.findall(r'<figure class="vox-bench".*?</figure>', path.read_text(), re.S):
            files = re.findall(r'src="([^"]+)"', figure)
            assert all((path.parent / file).is_file() for file in files), path
            assert all((path.parent / f).stat().st_size < 30_000 for f in files if "webp" in f)
            found += 1
    assert found > 40


def test_the_page_for_those_who_change_a_voice_lets_every_voice_be_heard(site):
    from vox import Run
    from vox.runs.find import VOICES

    for folder in (site, site / "en"):
        page = (folder / "voice.html").read_text()
        first, other = page.split('<figure class="vox-bench"')[1:]
        names = [html.unescape(x) for x in re.findall('<span class="vox-name">([^<]*)', first)]
        assert names[1:] == list(Run(VOICES).labels.classes("speaker"))
        assert "alex" in names[0]
        assert '<p class="vox-said" lang="en">Every voice in this room' in first
        assert other.split("</figure>")[0].count('class="vox-track"') == 6
        assert "<!-- vox:" not in page
        for of in ("index.html", "run.html"):
            assert 'href="voice.html"' in (folder / of).read_text()


def test_a_page_that_asks_for_sounds_no_record_has_is_told():
    with pytest.raises(VoxError, match="2026-11-27-voices: no record"):
        comparison.heard(Entries(()), "2026-11-27-voices", "0")


def test_the_comparison_holds_the_same_sentence_of_all_that_convert(site):
    page = (site / "comparison.html").read_text()
    figures = page.split('<figure class="vox-bench"')[1:]
    figure = figures[0].split("</figure>")[0]
    for id in ("54314b33", "cfcefd21", "3bd6b23a", "3cd41fe0"):
        assert f'<span class="vox-name">{id}</span>' in figure
    assert figure.count('class="vox-name"') >= 2 + 12
    assert '<p class="vox-said" lang="en">Every voice in this room' in figure
    for other in figures[1:]:
        assert other.split("</figure>")[0].count('class="vox-name"') >= 2 + 2
