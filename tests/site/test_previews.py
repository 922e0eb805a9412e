"""What a link leads to is told beside it, by mouse and keyboard, without a server too."""

import pytest
from test_browser import address, browser, show  # noqa: F401 - fixtures

CARD = """
const card = document.getElementById("vox-preview");
const link = document.querySelector("[aria-describedby=vox-preview]");
return card.hidden ? null : [card.innerText, link?.getAttribute("href"), link?.title,
  card.getBoundingClientRect().right <= document.documentElement.clientWidth];
"""
LINK = "[...document.querySelectorAll('article p a')].find(a => a.href.endsWith('9ada9179.html'))"


def hover(browser, wanted, kind="mouse"):  # noqa: F811
    over = "new PointerEvent('pointerover', {bubbles: true, pointerType: arguments[0]})"
    browser.execute_script(f"({wanted}).dispatchEvent({over})", kind)
    browser.execute_async_script("setTimeout(arguments[0], 900)")


@pytest.mark.parametrize("from_files", [False, True], ids=["server", "files"])
@pytest.mark.parametrize(("home", "words"), [("", "2019: unsatisfied"), ("en/", "not reproduced")])
def test_a_link_is_previewed(site, address, browser, from_files, home, words):  # noqa: F811
    show(browser, 1280, "light")
    base = site.as_uri() if from_files else address
    browser.get_log("browser")
    browser.get(f"{base}/{home}experiments/cfcefd21.html")
    assert browser.execute_script(CARD) is None
    hover(browser, LINK)
    text, href, title, inside = browser.execute_script(CARD)
    assert "9ada9179 — " in text
    assert "2019-03-08 – 2019-03-09" in text
    assert words in text
    assert (href, title, inside) == ("9ada9179.html", "", True)
    hover(browser, "document.querySelector('h1')")
    assert browser.execute_script(CARD) is None
    assert [e for e in browser.get_log("browser") if e["level"] == "SEVERE"] == []


def test_the_keyboard_previews_too_and_escape_ends_it(address, browser):  # noqa: F811
    from selenium.webdriver.common.keys import Keys

    show(browser, 390, "dark")
    browser.get(f"{address}/experiments/cfcefd21.html")
    browser.execute_script(f"({LINK}).focus({{focusVisible: true}})")
    browser.execute_async_script("setTimeout(arguments[0], 900)")
    text, *_, inside = browser.execute_script(CARD)
    assert "9ada9179" in text
    assert inside
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert browser.execute_script(CARD) is None


def test_nodes_of_the_family_are_previewed_and_a_finger_is_left_alone(address, browser):  # noqa: F811
    show(browser, 1280, "light")
    browser.get(f"{address}/index.html")
    node = "document.querySelector('.vox-diagram a[href$=\"cfcefd21.html\"]')"
    hover(browser, node, kind="touch")
    assert browser.execute_script(CARD) is None
    hover(browser, node)
    assert "cfcefd21" in browser.execute_script(CARD)[0]
