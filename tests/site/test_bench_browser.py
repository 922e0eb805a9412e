"""The listening bench and the blind comparison in a browser."""

import pytest
from test_browser import address, browser, show  # noqa: F401 - fixtures

BENCH = "document.querySelector('figure.vox-bench:has(audio[aria-label^=\"出力\"])')"
WAIT = "setTimeout(arguments[arguments.length - 1], arguments[0])"
LIVE = """
const done = arguments[arguments.length - 1];
const all = ".vox-bench:not(.vox-live), .vox-matrix:not(.vox-live)";
const look = () => (document.querySelector(all) ? setTimeout(look, 20) : done());
look();
"""
STATE = f"""
const bench = {BENCH};
const sounds = [...bench.querySelectorAll("audio")];
const playing = sounds.filter((audio) => !audio.paused);
return {{
  playing: playing.map((audio) => audio.ariaLabel),
  at: Number(bench.querySelector("input").value) / 1000,
  share: playing[0] ? playing[0].currentTime / playing[0].duration : null,
  chosen: [...bench.querySelectorAll("[aria-pressed=true]")].map((b) => b.textContent),
}};
"""


def key(browser, name):  # noqa: F811
    browser.execute_script(
        f"{BENCH}.querySelector('.vox-name').dispatchEvent("
        "new KeyboardEvent('keydown', {key: arguments[0], bubbles: true, cancelable: true}))",
        name,
    )
    browser.execute_async_script(WAIT, 400)


@pytest.fixture
def page(address, browser):  # noqa: F811
    show(browser, 390, "light")
    browser.get(f"{address}/experiments/cfcefd21.html")
    browser.execute_async_script(LIVE)
    browser.execute_script("for (const a of document.querySelectorAll('audio')) a.muted = true")
    return browser


def test_sounds_switch_at_the_same_position(page):
    picture = f"{BENCH}.querySelectorAll('.vox-picture')[0]"
    page.execute_script(
        f"const box = {picture}.getBoundingClientRect();"
        f"{picture}.dispatchEvent(new MouseEvent('click',"
        "{bubbles: true, clientX: box.left + box.width / 2}))"
    )
    assert page.execute_script(STATE)["at"] == pytest.approx(0.5, abs=0.01)
    page.execute_script(f"{BENCH}.querySelector('.vox-play').click()")
    page.execute_async_script(WAIT, 1200)
    before = page.execute_script(STATE)
    assert before["playing"] == ["元: alex"]
    assert 0.5 < before["share"] < 0.9
    key(page, "3")
    after = page.execute_script(STATE)
    assert after["playing"] == ["出力: alex → anika"]
    assert before["share"] < after["share"] < before["share"] + 0.25
    assert after["chosen"] == ["3 出力: alex → anika"]


def test_it_is_played_by_keys_and_stops_what_else_plays(page):
    other = "document.querySelectorAll('figure.vox-bench')[0].querySelector('audio')"
    page.execute_script(f"{other}.play()")
    page.execute_async_script(WAIT, 400)
    key(page, "2")
    key(page, " ")
    assert page.execute_script(f"return {other}.paused")
    assert page.execute_script(STATE)["playing"] == ["目標: anika (同じ文)"]
    key(page, " ")
    assert page.execute_script(STATE)["playing"] == []
    key(page, "l")
    key(page, "ArrowRight")
    state = page.execute_script(STATE)
    assert "⟲" in state["chosen"]
    page.execute_script(f"{BENCH}.querySelector('input').value = 990")
    page.execute_script(f"{BENCH}.querySelector('input').dispatchEvent(new Event('input'))")
    key(page, " ")
    page.execute_async_script(WAIT, 1200)
    state = page.execute_script(STATE)
    assert state["playing"]
    assert state["at"] < 0.6  # it began again


def test_it_is_wide_enough_on_a_phone_and_holds_the_parent(page):
    size = page.execute_script(
        f"return [{BENCH}.offsetWidth, parseFloat(getComputedStyle({BENCH}).fontSize)]"
    )
    assert size[0] >= 20 * size[1]
    names = f"return [...{BENCH}.querySelectorAll('.vox-name')].map(e => e.textContent)"
    assert page.execute_script(names)[-1].endswith(" 親 9ada9179")
    loaded = (
        f"return [...{BENCH}.querySelectorAll('img')].every(i => !i.complete || i.naturalWidth)"
    )
    assert page.execute_script(loaded)


def test_the_blind_comparison_counts_and_keeps_its_score(page):
    page.execute_script("localStorage.clear()")
    page.refresh()
    total = "return document.querySelector('#abx .vox-total').textContent"
    answer = "document.querySelector('#abx .vox-answer button').click()"
    sources = "return [...document.querySelectorAll('#abx audio')].map(a => a.getAttribute('src'))"
    pictures = "return document.querySelectorAll('#abx img').length"
    assert page.execute_script(pictures) == 0  # nothing tells which is which
    assert len({*page.execute_script(sources)}) == 3
    time = "return document.querySelector('#abx .vox-time').textContent"
    assert page.execute_script(time) == "0 %"  # a conversion is as long as its source
    page.execute_script("document.querySelector('#abx').open = true")
    for _ in range(3):
        page.execute_script(answer)
        page.execute_script(answer)  # on to the next
        assert page.execute_script("return document.activeElement.matches('#abx .vox-play')")
    assert "/ 3" in page.execute_script(total)
    page.refresh()
    assert "/ 3" in page.execute_script(total)


def test_without_scripts_there_are_plain_players(page):
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.refresh()
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    shown = (
        f"return [...{BENCH}.querySelectorAll('audio')].map(a => [a.controls, a.offsetHeight > 0])"
    )
    found = page.execute_script(shown)
    assert found == [[True, True]] * len(found)
    assert len(found) > 4
