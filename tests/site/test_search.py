"""Search in a browser: what is asked, and what must be found first."""

import pytest
from test_browser import address, browser, show  # noqa: F401 - fixtures

SEARCH = """
const done = arguments[arguments.length - 1];
const field = document.forms.namedItem("vox-search").query;
field.focus();
const found = [];
const each = ([query, ...rest]) => {
  if (query === undefined) return done(found);
  field.value = query;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  setTimeout(() => {
    const links = [...document.querySelectorAll(".md-search-result__link")];
    found.push(links.map(a => decodeURIComponent(a.href)));
    each(rest);
  }, found.length ? 0 : 1500);
};
each(arguments[0]);
"""
QUERIES = {
    "声質変換": "index.html",
    "声質変換モデル": "experiments/54314b33.html",
    "実験ノート": "index.html",
    "複製合成": "posts/2026-11-23-ceiling.html",
    "この表現の上限": "posts/2026-11-23-ceiling.html",
    "無音": "posts/2026-11-25-silence.html",
    "動かす": "run.html",
    "自分の声": "run.html",
    "声を変える": "voice.html",
    "なりすまし": "voice.html",
    "比較": "comparison.html",
    "同じ文を聴き比べる": "comparison.html",
    "構造": "architecture.html",
    "データの流れ": "architecture.html",
    "時間方向に 1/4": "experiments/cfcefd21.html",
    "位相": "experiments/ae244bb7.html",
    "Discriminator だけを分類器": "experiments/7a184ccb.html",
    "潜在変数": "experiments/c9335bce.html",
    "ノンパラレルな録音": "issues/module/vox.html",
    "独立した判定者": "comparison.html",
    "cfcefd21": "experiments/cfcefd21.html",
    "3cd41fe0": "experiments/3cd41fe0.html",
    "fbf548f6": "experiments/fbf548f6.html",
    "WGAN": "experiments/54314b33.html",
    "StarGAN": "experiments/47c97768.html",
    "Griffin-Lim": "experiments/ae244bb7.html",
    "gradient penalty": "experiments/8ee22ac3.html",
    "ceiling": "posts/2026-11-23-ceiling.html",
    "run it": "run.html",
    "silence": "posts/2026-11-25-silence.html",
    "load_corpus": "api.html",
    "module/vox": "issues/module/vox.html",
}


ENGLISH = {
    "voice conversion": "index.html",
    "notebook of experiments": "index.html",
    "copy synthesis": "posts/2026-11-23-ceiling.html",
    "ceiling of this representation": "posts/2026-11-23-ceiling.html",
    "silence": "posts/2026-11-25-silence.html",
    "run it": "run.html",
    "your own recordings": "run.html",
    "comparison": "comparison.html",
    "numbers by experiment": "comparison.html",
    "scores by independent judges": "comparison.html",
    "architecture": "architecture.html",
    "gradient penalty": "experiments/cfcefd21.html",
    "latent variable editing": "issues/module/vox/lve.html",
    "quarter of their length": "experiments/cfcefd21.html",
    "Griffin-Lim": "experiments/ae244bb7.html",
    "StarGAN": "experiments/47c97768.html",
    "optimal transport": "experiments/126a4f58.html",
    "softmax": "experiments/0166ad64.html",
    "cfcefd21": "experiments/cfcefd21.html",
    "load_corpus": "api.html",
    "module/vox": "issues/module/vox.html",
    "why 2019 could not": "posts/2026-11-27-why.html",
}
"""Of both: what is asked, and the page that must be found first."""


def asked(browser, base, queries):  # noqa: F811
    """The pages that are found first, or what stands in the way."""
    browser.get(f"{base}posts/index.html")
    found = browser.execute_async_script(SEARCH, list(queries))
    return [(pages or [""])[0].partition("#")[0].removeprefix(base) for pages in found]


@pytest.mark.parametrize("from_files", [False, True], ids=["server", "files"])
def test_search_finds_first_what_is_meant(site, address, browser, from_files):  # noqa: F811
    show(browser, 1280, "light")
    base = site.as_uri() if from_files else address
    first = asked(browser, f"{base}/", QUERIES)
    assert dict(zip(QUERIES, first, strict=True)) == QUERIES
    first = asked(browser, f"{base}/en/", ENGLISH)
    assert dict(zip(ENGLISH, first, strict=True)) == ENGLISH


def test_search_marks_what_was_asked_and_is_used_by_keys(address, browser):  # noqa: F811
    from selenium.webdriver.common.keys import Keys

    browser.get(f"{address}/tags.html")
    browser.find_element("css selector", "body").send_keys("/")
    browser.switch_to.active_element.send_keys("無音")
    browser.execute_async_script("setTimeout(arguments[0], 1500)")
    marked = "return document.querySelector('.md-search-result__link mark').textContent"
    assert browser.execute_script(marked) == "無音"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    browser.execute_async_script("setTimeout(arguments[0], 500)")
    assert "2026-11-25-silence.html" in browser.current_url
