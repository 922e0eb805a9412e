"""out.html: one file, in the language that the notebook was run in."""

import re
import warnings
from html import unescape

import nbformat
import papermill
import pytest

from vox.language import JAPANESE, digest
from vox.site import diagrams, standalone

PARAMETERS = """corpus, profile, device, seed, directory = "demo", "auto", "cpu", 0, "runs"
epochs = batch_size = learning_rate = width = None
language = "ja\""""
SHOWN = """import numpy as np
import vox
from vox import notebook
from vox.drawing import drawing
p = notebook.parameters(globals())
print("2 フレーム = 1 秒 -> 3")
notebook.Players({"元: alex": np.zeros(160, np.float32)})"""
CLAIM = 'notebook.claims(notebook.Claim("小さい", "3", True))'
FIGURE = """figure = drawing(3, 2)
figure.subplots().plot([0, 1])
figure.alt = "A line"
figure"""
SOURCE = "graph TD\\na[1] --> b[2]"
DIAGRAM = f"""from IPython.display import Markdown
Markdown(
    "<details><summary>two nodes</summary>\\n\\n```mermaid\\n{SOURCE}\\n```"
    "\\n\\n</details>"
)"""
TEXT = "# 題名\n\n## 節\n\n本文 ![](data:image/gif;base64,AAAA)\n\n### 小節"
ENGLISH = "# Title\n\n## Section\n\nText ![](data:image/gif;base64,AAAA)\n\n### Below"


def small():
    """A notebook with a text, players, a table, a figure, a diagram, and a sentence of its own."""
    book = nbformat.v4.new_notebook()
    text = nbformat.v4.new_markdown_cell(TEXT, id="t")
    text.metadata["en"] = {"text": ENGLISH, "of": digest(TEXT)}
    given = nbformat.v4.new_code_cell(PARAMETERS, id="p")
    given.metadata["tags"] = ["parameters"]
    claim = nbformat.v4.new_code_cell(CLAIM, id="c")
    claim.metadata["en"] = {"小さい": "it is small"}
    others = [nbformat.v4.new_code_cell(x, id=f"x{i}") for i, x in enumerate((FIGURE, DIAGRAM))]
    shown = nbformat.v4.new_code_cell(SHOWN, id="s")
    book.cells = [text, given, shown, claim, *others]
    book.metadata["kernelspec"] = {
        "name": "python3", "display_name": "Python 3", "language": "python",
    }  # fmt: skip
    return book


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The notebook in each language, by papermill alone."""
    folder = tmp_path_factory.mktemp("both")
    nbformat.write(small(), folder / "small.ipynb")
    for spoken, given in (("ja", {}), ("en", {"language": "en"})):
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            papermill.execute_notebook(
                folder / "small.ipynb", folder / f"{spoken}.ipynb", given, progress_bar=False,
                cwd=folder,
            )  # fmt: skip
    return folder


def outputs(path):
    book = nbformat.read(path, as_version=4)
    parts = [o for cell in book.cells for o in cell.get("outputs", ())]
    return "".join(o.get("text", "") + o.get("data", {}).get("text/html", "") for o in parts)


def test_a_notebook_shows_its_own_words_in_the_language_asked_for(executed):
    ja, en = (outputs(executed / f"{spoken}.ipynb") for spoken in ("ja", "en"))
    for word in ("フレーム", "元: alex", "2019年の主張", "小さい", "再現"):
        assert word in ja
    assert not JAPANESE.search(en)
    for word in ("2 frames = 1 s", "Source: alex", "Claim of 2019", "it is small", "reproduced"):
        assert word in en


def test_verdicts_that_a_record_keeps_stay_what_they_are(executed):
    book = nbformat.read(executed / "en.ipynb", as_version=4)
    kept = [
        v for cell in book.cells for o in cell.get("outputs", ())
        for kind, v in o.get("data", {}).items() if kind.startswith("application/vnd.vox.claims")
    ]  # fmt: skip
    assert kept[0][0]["verdict"] == "再現"


@pytest.fixture(scope="module")
def drawings(tmp_path_factory):
    """A diagram that is drawn already."""
    folder = tmp_path_factory.mktemp("drawings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diagrams, "_draw", lambda id, source: '<svg id="d" role="img"></svg>')
        diagrams.svg(SOURCE.replace("\\n", "\n"), folder)
    return folder


@pytest.mark.parametrize("spoken", ["ja", "en"])
def test_the_page_stands_alone(executed, drawings, spoken):
    page = standalone.page(executed / f"{spoken}.ipynb", drawings)
    assert f'<html lang="{spoken}">' in page
    assert f"<title>{ {'ja': '題名', 'en': 'Title'}[spoken] }</title>" in page
    loaded = re.findall(
        r'(?:\bsrc|<link[^>]* href|<image[^>]* href)="([^"]*)"|url\(([^)]*)\)|@import', page
    )
    assert all(re.match("data:|#", address) for pair in loaded for address in filter(None, pair))
    assert "<script" not in page
    images = re.findall(r"<img [^>]*>", page)
    assert images
    assert all('alt="' in image for image in images)
    assert '<svg aria-label="two nodes" id="d" role="img">' in page
    assert page.count("<audio ") == 1
    assert 'aria-label="A line"' in page
    linked = re.findall(r'<li><a href="#([^"]+)">([^<]+)</a>', page)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len({*ids})
    assert {unescape(id) for id, _ in linked} <= {unescape(id) for id in ids}
    wanted = {"ja": ["節", "小節"], "en": ["Section", "Below"]}[spoken]
    assert [title for _, title in linked] == wanted
    text = re.sub(r"<(style|details class=.vox-code.).*?</(style|details)>", "", page, flags=re.S)
    assert bool(JAPANESE.search(text)) == (spoken == "ja")


def test_without_a_browser_a_diagram_is_its_source(executed, tmp_path, monkeypatch):
    monkeypatch.setattr(diagrams, "_draw", lambda id, source: None)
    page = standalone.page(executed / "ja.ipynb", tmp_path)
    found = re.search(
        r"<details><summary>two nodes</summary>\s*<pre[^>]*><code>(.*?)</code>", page, re.S
    )
    assert unescape(found[1]).strip() == SOURCE.replace("\\n", "\n")
