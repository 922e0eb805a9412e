"""Every page of the site in a browser, and what happens there."""

import functools
import http.server
import json
import shutil
import threading
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

import pytest
from sites import ROOT, drawn, pages

import vox

RECORDS = ROOT / "docs" / "experiments"
SERIES = [e.id for e in vox.experiments() if (RECORDS / f"{e.id}.ipynb").is_file()]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address(site):
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        pytest.skip("no chromium and chromedriver to look at the site with")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for word in (
        "headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
        "disable-background-networking", "disable-component-update", "disable-sync",
        "autoplay-policy=no-user-gesture-required",
    ):  # fmt: skip
        options.add_argument(f"--{word}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(30)
    yield driver
    driver.quit()


def show(browser, width, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def requested(browser):
    found = set()
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.add(message["params"]["request"]["url"])
    return found


OVERFLOW = """
const wide = document.documentElement.clientWidth;
return document.documentElement.scrollWidth > wide + 1 ? [...document.querySelectorAll("article *")]
  .filter(e => e.getBoundingClientRect().right > wide + 1 && !e.closest(
      ".vox-output, .vox-wide, .vox-diagram, pre, .md-typeset__scrollwrap, .highlight"))
  .slice(0, 5).map(e => e.outerHTML.slice(0, 120)) : null;
"""
HEIGHTS = "return [...document.querySelectorAll('.vox-diagram svg')].map(e => e.clientHeight)"
AXE = """
const done = arguments[arguments.length - 1];
const rules = { "target-size": { enabled: true } };
// a column that scrolls cuts the links at its ends
const cut = (id, { target }) =>
  id === "target-size" && document.querySelector(target[0])?.closest(".md-sidebar");
rules["landmark-unique"] = { enabled: false };  // Material's copy buttons are landmarks
const how = { resultTypes: ["violations"], rules, preload: false };  // it would load all sounds
axe.run(document, how).then(({ violations }) => done(
  violations.map(({ id, nodes }) => [id, nodes.filter(node => !cut(id, node))])
    .filter(([, nodes]) => nodes.length)
    .map(([id, nodes]) => [id, nodes.length, nodes[0].html, nodes[0].failureSummary])
)).catch(e => done([String(e)]));
"""
ALL = """
const done = arguments[arguments.length - 1];
const boxes = ".vox-output, .vox-bench, .vox-diagram";
const style = `<style>${boxes} { content-visibility: visible !important }</style>`;
document.head.insertAdjacentHTML("beforeend", style);
const down = (to) => { // at last the tabs come back, which takes a moment
  scrollTo(0, to);
  const last = to + innerHeight >= document.documentElement.scrollHeight;
  const end = () => { scrollTo(0, 0); setTimeout(done, 400); };
  const next = last ? end : () => down(to + innerHeight);
  requestAnimationFrame(() => requestAnimationFrame(next));
};
down(0);
"""
SCHEME = """
const done = arguments[arguments.length - 1];
const began = Date.now();
const look = () => {
  const scheme = document.body.dataset.mdColorScheme;
  if (scheme === arguments[0] || Date.now() - began > 3000) done(scheme); else setTimeout(look, 50);
};
look();
"""
PLAYED = """
const done = arguments[arguments.length - 1];
const audio = document.querySelector("article audio");
if (!audio) done(null);
audio.muted = true;
let sought = false;
audio.addEventListener("loadeddata", () => {
  if (sought || !audio.seekable.length || !audio.seekable.end(0)) return;
  sought = true;
  audio.currentTime = audio.duration / 2;
});
audio.addEventListener("seeked", () => done([audio.duration, audio.currentTime]));
audio.addEventListener("error", () => done("error"));
audio.preload = "auto";
audio.load();
setTimeout(() => done("late"), 15000);
"""


COLOURS = {"light": "default", "dark": "slate"}


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_page_in_the_browser(site, address, browser, width, scheme):
    """Nothing from another host, no error, no sideways overflow, all drawn, axe has no complaint.

    Each page is loaded twice, wide and light, and narrow and dark: colours move nothing.
    """
    axe = (ROOT / "tools" / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    show(browser, width, scheme)
    browser.get(f"{address}/tags.json")  # a page without scripts that would write again
    browser.execute_script("localStorage.clear()")  # a scheme once chosen is kept
    browser.get_log("browser")
    for path in pages(site):
        browser.get(f"{address}/{path.relative_to(site)}")
        heights = browser.execute_script(HEIGHTS)
        if path.stem in SERIES:
            assert len(heights) == len(drawn(vox.experiment(path.stem)))
        if path == site / "index.html":
            assert len(heights) == 1
        assert all(height > 300 for height in heights), path  # an error is drawn much smaller
        assert browser.execute_script(OVERFLOW) is None, path
        colours = COLOURS[scheme]
        assert browser.execute_async_script(SCHEME, colours) == colours, path
        sounds = "<audio" in path.read_text(encoding="utf-8")
        assert sounds or path.stem not in SERIES or not vox.experiment(path.stem).networks
        if sounds and path.stem in SERIES and width == 1280:
            played = browser.execute_async_script(PLAYED)
            assert isinstance(played, list), f"{path}: {played}"
            assert played[1] == pytest.approx(played[0] / 2, abs=0.1)
        hosts = {urlsplit(url).netloc for url in requested(browser) if url.startswith("http")}
        assert hosts == {urlsplit(address).netloc}, path
        assert [e for e in browser.get_log("browser") if e["level"] == "SEVERE"] == [], path
        browser.execute_async_script(ALL)  # what is far down is made ready when it comes near
        browser.execute_script(axe)
        assert browser.execute_async_script(AXE) == [], path


def test_a_hostile_notebook_does_nothing_in_the_browser(broken_site, browser):
    """Title, tags, text of a record, printed text and a label of a corpus that are markup."""
    site, _ = broken_site
    for name in (
        "index",
        "experiments/cfcefd21",
        "experiments/index",
        "comparison",
        "tags",
        "experiments/fbf548f6",
        "issues/module/vox/lve",
        "posts/2026-11-23-found",
    ):
        browser.get(f"file://{site / name}.html")
        browser.execute_async_script("setTimeout(arguments[0], 300)")
        assert browser.execute_script("return window.hit ?? null") is None, name
        links = "return [...document.links].filter(a => a.protocol === 'javascript:').length"
        assert browser.execute_script(links) == 0, name
    ET.fromstring((site / "feed.xml").read_text(encoding="utf-8"))


def test_the_front_page_shows_the_family_and_the_newest_records(address, browser):
    show(browser, 1280, "light")
    browser.get(f"{address}/index.html")
    cards = browser.execute_script(
        "return [...document.querySelectorAll('.vox-card')].map(card => ["
        "card.querySelector('h3 a').href, card.querySelector('img').alt,"
        "card.querySelector('audio')?.ariaLabel])"
    )
    ids = [card[0].rpartition("/")[2].removesuffix(".html") for card in cards]
    assert ids == SERIES[::-1][: len(ids)]
    assert len(ids) >= 2
    for id, (_, picture, sound) in zip(ids, cards, strict=True):
        assert picture
        if vox.experiment(id).objective.converts:
            assert picture == "output" or picture.startswith("Spectrograms of source")
            assert sound.startswith("出力")


def test_boxes_remember_whether_they_were_open(address, browser):
    browser.get(f"{address}/experiments/cfcefd21.html")
    look = "return document.getElementById('generator-cfcefd21').open"
    assert browser.execute_script(look) is True
    browser.execute_script("document.getElementById('generator-cfcefd21').open = false")
    browser.execute_async_script("setTimeout(arguments[0], 100)")
    browser.refresh()
    assert browser.execute_script(look) is False
    browser.get("about:blank")
    browser.get(f"{address}/experiments/cfcefd21.html#generator-cfcefd21")
    assert browser.execute_script(look) is True


def test_tables_sort_by_a_click(address, browser):
    browser.get(f"{address}/comparison.html")
    table = "document.querySelectorAll('.vox-sortable')[2]"
    order = f"return [...{table}.tBodies[0].rows].map(row => row.cells[15].textContent)"
    click = f"{table}.querySelectorAll('th button')[15].click()"
    before = browser.execute_script(order)
    browser.execute_script(click)
    up = browser.execute_script(order)
    browser.execute_script(click)
    down = browser.execute_script(order)
    numbers = [-1 if x == "—" else int(x) for x in up]  # what has none comes first
    assert numbers == sorted(-1 if x == "—" else int(x) for x in before)
    assert len({*numbers}) > 4
    assert down == up[::-1]


def test_on_a_phone_a_row_is_a_card_and_wide_the_first_column_stays(address, browser):
    look = (
        "const row = document.querySelectorAll('.vox-sortable')[2].tBodies[0].rows[0];"
        "return [getComputedStyle(row.cells[2]).display, row.cells[2].dataset.label,"
        "getComputedStyle(row.cells[0]).position]"
    )
    show(browser, 390, "light")
    browser.get(f"{address}/comparison.html")
    assert browser.execute_script(look)[:2] == ["flex", "再現"]
    show(browser, 1280, "light")
    assert browser.execute_script(look) == ["table-cell", "再現", "sticky"]


WIDE = """
return [...document.querySelectorAll(".vox-wide")].map((box) => box.scrollWidth - box.clientWidth)
"""


@pytest.mark.parametrize("page", ["comparison.html", "en/comparison.html"])
def test_no_column_of_the_comparison_is_hidden_on_a_desk_or_on_paper(address, browser, page):
    show(browser, 1280, "light")
    browser.get(f"{address}/{page}")
    assert {*browser.execute_script(WIDE)} == {0}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    paper = {
        "width": 718,
        "height": 1000,
        "deviceScaleFactor": 1,
        "mobile": False,
    }  # A4 less margins
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", paper)
    hidden = browser.execute_script(WIDE)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert {*hidden} == {0}


def test_a_diagram_fits_the_page_or_scrolls_before_it_is_too_small(address, browser):
    look = (
        "const svg = document.querySelector('.vox-diagram svg');"
        "return [svg.clientWidth / svg.viewBox.baseVal.width,"
        "svg.parentNode.scrollWidth - svg.parentNode.clientWidth]"
    )
    show(browser, 1280, "light")
    browser.get(f"{address}/index.html")
    scale, hidden = browser.execute_script(look)
    assert 0.75 <= scale <= 1
    assert hidden <= 0
    show(browser, 360, "light")
    scale, hidden = browser.execute_script(look)
    assert scale == pytest.approx(0.75, abs=0.01)
    assert hidden > 0


def test_one_switch_opens_and_closes_all_code(address, browser):
    show(browser, 1280, "light")
    browser.get(f"{address}/experiments/cfcefd21.html")
    browser.execute_script("localStorage.clear()")
    browser.refresh()
    look = "return [...document.querySelectorAll('details.vox-code')].filter(e => e.open).length"
    count = browser.execute_script("return document.querySelectorAll('details.vox-code').length")
    assert browser.execute_script(look) == 0
    browser.execute_script("document.querySelector('.vox-switch').click()")
    assert browser.execute_script(look) == count > 10
    browser.execute_script("document.querySelector('.vox-switch').click()")
    assert browser.execute_script(look) == 0
