"""The table of voices in a browser: one player, by click and by keys, and without scripts."""

import pytest
from conftest import tone
from sites import ROOT
from test_browser import browser  # noqa: F401 - a fixture

from vox.notebook.players import mp3

CELL = "document.querySelectorAll('.vox-matrix button')"
WAIT = "setTimeout(arguments[arguments.length - 1], arguments[0])"
PRESSED = f"return [...{CELL}].map((b, i) => b.ariaPressed === 'true' ? i : -1).filter(i => i >= 0)"
FOCUSED = f"return [...{CELL}].indexOf(document.activeElement)"


@pytest.fixture
def page(tmp_path, browser):  # noqa: F811
    sound = mp3(tone(200, 3), 16_000)
    cells = [
        f'<td><audio controls preload="none" aria-label="{a} → {b}" src="{sound}"></audio>0.9</td>'
        for a in "ab"
        for b in "ab"
    ]
    rows = "".join(f'<tr><th scope="row">x</th>{a}{b}</tr>' for a, b in (cells[:2], cells[2:]))
    (tmp_path / "page.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>x</title>'
        f'<script defer src="{(ROOT / "docs/assets/bench.js").as_uri()}"></script>'
        f'<div class="vox-matrix"><table><tbody>{rows}</tbody></table></div></html>',
        encoding="utf-8",
    )
    browser.get((tmp_path / "page.html").as_uri())
    browser.execute_script("for (const a of document.querySelectorAll('audio')) a.muted = true")
    return browser


def press(browser, name):  # noqa: F811
    from selenium.webdriver.common.keys import Keys

    browser.switch_to.active_element.send_keys(getattr(Keys, name))
    browser.execute_async_script(WAIT, 300)


def test_cells_play_one_at_a_time_by_keys_and_clicks(page):
    assert page.execute_script("return document.querySelectorAll('audio').length") == 1
    names = f"return [...{CELL}].map(b => [b.ariaLabel, b.textContent, b.tabIndex])"
    found = page.execute_script(names)
    assert found[1] == ["a → b", "0.9", -1]
    assert [each[2] for each in found] == [0, -1, -1, -1]  # the Tab key stops there once
    page.execute_script(f"{CELL}[0].focus()")
    press(page, "ARROW_RIGHT")
    press(page, "ARROW_DOWN")
    press(page, "ARROW_DOWN")  # there is nothing below
    assert page.execute_script(FOCUSED) == 3
    press(page, "ENTER")
    assert page.execute_script(PRESSED) == [3]
    page.execute_script(f"{CELL}[1].click()")
    page.execute_async_script(WAIT, 400)
    assert page.execute_script(PRESSED) == [1]
    assert page.execute_script("return !document.querySelector('audio').paused")
    page.execute_script(f"{CELL}[1].click()")
    page.execute_async_script(WAIT, 200)
    assert page.execute_script(PRESSED) == []
    assert page.execute_script("return document.querySelector('audio').paused")


def test_without_scripts_each_cell_has_its_player(page):
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.refresh()
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    shown = "return [...document.querySelectorAll('audio')].map(a => a.controls)"
    assert page.execute_script(shown) == [True] * 4
