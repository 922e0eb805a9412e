"""The app in a browser: a file, a microphone, a voice that is learned, and who is asked."""

import base64
import importlib.util
import io
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import numpy as np
import pytest
import soundfile

import vox
from vox.evaluation import judges
from vox.representation import World

WAIT = 120  # s: machines that test much at once are slow


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    corpus = vox.load_corpus("demo")
    path = tmp_path_factory.mktemp("recording") / "one.wav"
    soundfile.write(path, corpus.pcm(corpus.select("test", speaker="victor")[0])[:32_000], 16_000)
    return path


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    if not importlib.util.find_spec("gradio"):
        pytest.skip("no gradio, of the extra app")
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        pytest.skip("no chromium and chromedriver to look at the app with")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["--directory", str(tmp_path_factory.mktemp("runs")), "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "vox", "app", *words], stdout=subprocess.PIPE, text=True
    )
    line = process.stdout.readline()
    yield re.search(r"http://\S+", line)[0].rstrip("/")
    process.terminate()
    process.wait(60)


@pytest.fixture(scope="module")
def browser(address, recording):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for word in (
        "headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
        "disable-background-networking", "disable-component-update", "disable-sync",
        "use-fake-ui-for-media-stream", "use-fake-device-for-media-stream",
        f"use-file-for-fake-audio-capture={recording}",
    ):  # fmt: skip
        options.add_argument(f"--{word}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(
        options=options, service=webdriver.ChromeService(shutil.which("chromedriver"))
    )
    driver.implicitly_wait(WAIT)
    yield driver
    driver.quit()


@pytest.fixture
def page(browser, address):
    def at(width=1280):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get(address)
        found(browser, "#convert")
        until(lambda: browser.execute_script("return document.documentElement.lang") == "en")
        return browser

    return at


def found(browser, selector):
    return browser.find_element("css selector", selector)


def until(true):
    began = time.monotonic()
    while not (value := true()):
        assert time.monotonic() - began < WAIT
        time.sleep(0.3)
    return value


def said(browser, where="#told"):
    script = f"return document.querySelector('{where} p')?.textContent ?? ''"
    return until(lambda: browser.execute_script(script))


def give(browser, path):
    found(browser, "#source input[type=file]").send_keys(str(path))
    until(lambda: path.name in browser.execute_script(LOADED) or "audio" in page_of(browser))


LOADED = "return document.querySelector('#source').innerText"


def page_of(browser):
    return browser.execute_script(
        "return [...document.querySelectorAll('#source audio, #source .waveform-container, "
        "#source [data-testid=waveform-x]')].length ? 'audio' : ''"
    )


def requested(browser):
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]


def heard(browser):
    """The converted sound's samples."""
    script = "return document.querySelectorAll('#pair audio')[1]?.src ?? ''"
    source = until(lambda: browser.execute_script(script))
    pcm, _ = soundfile.read(io.BytesIO(base64.b64decode(source.partition(",")[2])))
    return pcm


@pytest.mark.parametrize("width", [1280, 390])
def test_a_file_is_converted(page, recording, tmp_path, width):
    browser = page(width)
    give(browser, recording)
    found(browser, "#convert").click()
    assert said(browser) == "one.wav (2.0 s) was converted to alex."
    assert len(heard(browser)) == 32_000
    alts = "return [...document.querySelectorAll('#pair img')].map(e => e.alt)"
    assert browser.execute_script(alts) == [
        "Spectrogram of 2.0 s: Source: one.wav",
        "Spectrogram of 2.0 s: Converted to alex",
    ]
    wide = "const e = document.documentElement; return e.scrollWidth - e.clientWidth"
    assert browser.execute_script(wide) <= 1
    places = "return [...document.querySelectorAll('#pair figure')].map(e => e.offsetTop)"
    tops = browser.execute_script(places)
    assert (tops[0] == tops[1]) == (width > 600)
    browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    found(browser, "#load").click()
    file = tmp_path / "one as alex.wav"
    until(file.is_file)
    assert soundfile.info(file).frames == 32_000


def test_pitch_and_strength_are_as_they_are_set(page, recording):
    """Three semitones above the source's, by the page's own fields; and no strength is the copy."""
    browser = page()
    give(browser, recording)
    found(browser, "#pitch input[value=semitones]").click()
    number(browser, "#semitones", 3)
    found(browser, "#convert").click()
    said(browser)
    source, _ = soundfile.read(recording, dtype="float32")
    higher = heard(browser)
    moved, before = (judges.mean_pitch(judges.pitch(pcm)) for pcm in (higher, source))
    assert moved - before == pytest.approx(3, abs=0.2)
    number(browser, "#strength", 0)
    found(browser, "#pitch input[value=target]").click()
    found(browser, "#convert").click()
    until(lambda: not np.array_equal(heard(browser), higher))
    assert np.abs(heard(browser) - World().copy(source)).max() < 1e-3


def number(browser, where, value):
    """Type a number into a slider's field."""
    from selenium.webdriver.common.keys import Keys

    field = found(browser, f"{where} input[type=number]")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(str(value), Keys.TAB)


def test_a_microphone_is_converted(page):
    browser = page()
    found(browser, "#source [aria-label='Record audio']").click()
    found(browser, "#source .record-button").click()
    time.sleep(3)
    found(browser, "#source .stop-button").click()
    until(lambda: page_of(browser))
    time.sleep(1)
    found(browser, "#convert").click()
    assert "was converted to alex" in said(browser)
    pcm = heard(browser)
    assert len(pcm) > 16_000
    assert np.sqrt(np.mean(pcm**2)) > 0.005


def test_bad_input_is_a_sentence(page, tmp_path):
    browser = page()
    found(browser, "#convert").click()
    assert said(browser) == "There is nothing to convert yet: record a sound or drop a file."
    found(browser, "#learn").click()
    assert "Give the voice a name" in said(browser, "#progress")
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF no sound at all")
    give(browser, bad)
    found(browser, "#convert").click()
    until(lambda: said(browser).startswith("bad.wav: "))
    assert "Traceback" not in browser.page_source


def test_everything_has_a_name_and_is_reached_by_keys(page):
    from selenium.webdriver.common.keys import Keys

    browser = page()
    unnamed = """
      return [...document.querySelectorAll("input, textarea, button, select, audio")].filter(e =>
        e.offsetParent && e.type !== "file" && !(e.ariaLabel || e.labels?.length || e.title ||
        e.textContent.trim() || e.getAttribute("aria-labelledby"))).map(e => e.outerHTML)"""
    assert browser.execute_script(unnamed) == []
    parts = ["run", "voice", "pitch", "convert", "files", "name", "corpus", "way", "learn"]
    inside = f"return {parts}.filter(id => document.activeElement.closest('#' + id))"
    reached = set()
    for _ in range(45):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        reached.update(browser.execute_script(inside))
    assert reached == set(parts)


def test_a_voice_is_learned_stopped_and_gone_on_with(page, recording, tmp_path):
    browser = page()
    (tmp_path / "mine").mkdir()
    pcm, rate = soundfile.read(recording)
    for i in range(3):
        soundfile.write(tmp_path / "mine" / f"{i}.wav", np.tile(pcm, 2), rate)
    found(browser, "#files input[type=file]").send_keys(str(tmp_path / "mine"))
    until(lambda: "2.wav" in found(browser, "#files").text.replace("\n", ""))
    found(browser, "#name input, #name textarea").send_keys("me")
    found(browser, "#learn").click()
    until(lambda: said(browser, "#progress").startswith("Learning: "))
    found(browser, "#stop").click()
    until(lambda: said(browser, "#progress").startswith("Stopped."))
    found(browser, "#learn").click()
    until(lambda: said(browser, "#progress").startswith("Learned: 3cd41fe0"))
    voice = "return document.querySelector('#voice input').value"
    until(lambda: browser.execute_script(voice) == "me")


def test_no_other_host_is_asked_and_nothing_fails(page, address):
    """The last test: the log has all requests since the first."""
    browser = page()
    urls = [url for url in requested(browser) if url.startswith(("http", "ws"))]
    assert len(urls) > 20
    assert {urlsplit(url).netloc for url in urls} == {urlsplit(address).netloc}
    severe = [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"]
    assert [m for m in severe if "MediaError" not in m] == []  # of bad.wav
