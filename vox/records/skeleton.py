"""A new experiment: its file in the series and the skeleton of its notebook."""

from __future__ import annotations

import json
import re
import secrets
from datetime import date
from pathlib import Path
from typing import Any

import nbformat

from vox.definition import Experiment
from vox.errors import VoxError
from vox.series import ids

ENTRY = '''"""{id}: {change}."""

from dataclasses import replace
from datetime import date

from vox.definition import Page
from vox.series import experiment

PARENT = experiment("{parent}")
EXPERIMENT = replace(
    PARENT,
    page=Page(
        id="{id}",
        title={title},
        change="{change}",
        opened=date({year}, {month}, {day}),
        parent=PARENT,
        issues={issues},
        tags=("open",),
    ),
    # What it changes: a part with another field, such as
    # representation=replace(PARENT.representation, floor=1e-5),
)
'''

PARAMETERS = """# papermill で変えられる値。None は「プロファイルの値のまま」。
corpus = "demo"  # または録音のフォルダ
profile = "auto"  # "page"、"hours"、"demo"、"auto" (CUDA があれば page、なければ demo)
device = "auto"
seed = 0
directory = "runs"
language = "ja"  # または "en"
epochs = None
batch_size = None
learning_rate = None
width = None"""

BEGIN = """import vox
from vox import notebook

p = notebook.parameters(globals())  # 知らない名前や型の違う値はここで止まる
page = vox.experiment("{id}")
e = p.scaled(page)
notebook.RanAt(p, page)"""

ABSTRACT = """## 概要

何を問うのか、何を変えるのかを書く。

<details><summary>Abstract (English)</summary>

What is asked, and what is changed.

</details>"""

CLAIMS = """notebook.claims(
    notebook.Claim("何が起きると考えたか", "測ったもの", None),
)"""

TRAIN = """run = p.train(page, corpus_in_use)
print(f"{run.provenance['iterations']} iterations, {run.provenance['wall_time_s']} s")"""

EXAMPLE = """example = notebook.example(corpus_in_use)
example.figure(e.representation)"""


def new(parent: Experiment, id: str = "", *, title: str = "", root: Path = Path()) -> list[Path]:
    """Write the file and the notebook of an experiment that changes another.

    Parameters
    ----------
    parent
        What it changes.
    id
        Eight hexadecimal digits; drawn where there are none.
    title
        Of its page.
    root
        Of the repository.

    Returns
    -------
    list of pathlib.Path
        What was written: the entry in ``vox/series`` and the notebook in ``notebooks``.

    Raises
    ------
    VoxError
        There is no such repository, the id is taken or none, or a file exists.
    """
    id = id or secrets.token_hex(4)
    if not re.fullmatch("[0-9a-f]{8}", id):
        raise VoxError(f"{id!r} is no id of an experiment: eight hexadecimal digits")
    if id in ids():
        raise VoxError(f"{id} exists already")
    series, notebooks = root / "vox" / "series", root / "notebooks"
    for folder in (series, notebooks):
        if not folder.is_dir():
            raise VoxError(
                f"{folder}: there is no such folder; call from the root of the repository (an "
                "experiment outside of it is a file of your own: vox train ./mine.py)"
            )
    today, change = date.today(), f"what it changes from {parent.id}"
    title = title or f"{parent.id} を変える"
    issues = ", ".join(f'"{issue}"' for issue in parent.issues)
    entry = ENTRY.format(
        id=id, parent=parent.id, title=json.dumps(title, ensure_ascii=False), change=change,
        issues=f"({issues},)" if issues else "()",
        year=today.year, month=today.month, day=today.day,
    )  # fmt: skip
    meta: dict[str, Any] = {
        "id": id, "title": title, "date": str(today), "parent": parent.id,
        "issues": list(parent.issues), "tags": ["open"],
    }  # fmt: skip
    written = {series / f"{id}.py": entry, notebooks / f"{id}.ipynb": _notebook(parent, meta)}
    for path in written:
        if path.exists():
            raise VoxError(f"{path}: exists already")
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
    return list(written)


def _notebook(parent: Experiment, meta: dict[str, Any]) -> str:
    """The skeleton, with the sections of every notebook in their order."""
    id = str(meta["id"])
    pictures = [f'page.diagram("{name}")' for name in parent.networks]
    sections: list[tuple[str, list[str]]] = [
        (f"# 実験記録 {id} — {meta['title']}", []),
        (ABSTRACT, []),
        ("## 入力データ", ["corpus_in_use = vox.load_corpus(p.corpus)\ncorpus_in_use", EXAMPLE]),
        ("## モデル", [*pictures, "notebook.parameter_counts(page)"]),
        (f"## 学習\n\n[{parent.id}]({parent.id}.ipynb) と同じ。", []),
        ("## 学習パラメータ\n\n親から変えたもの。", ["page.changes()", "e.changes(page)", "e"]),
        ("## 結果", _results(parent)),
        ("## 主張の検証", [CLAIMS]),
        ("## 訂正\n\nなし。", []),
        ("## 考察\n\n何がわかったかを書く。", []),
        ("## 再現情報", ["run"] if parent.networks else []),
        ("## 脚注\n\nなし。", []),
    ]
    book = nbformat.v4.new_notebook()
    book.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "vox": meta,
    }
    for i, (text, codes) in enumerate(sections):
        book.cells.append(nbformat.v4.new_markdown_cell(text, id=f"m{i:02d}"))
        if not i:
            parameters = nbformat.v4.new_code_cell(PARAMETERS, id="parameters")
            parameters.metadata["tags"] = ["parameters"]
            begin = nbformat.v4.new_code_cell(BEGIN.format(id=id), id="begin")
            book.cells += [parameters, begin]
        for j, code in enumerate(codes):
            book.cells.append(nbformat.v4.new_code_cell(code, id=f"c{i:02d}{j}"))
    text = nbformat.writes(book)
    return f"{text}\n"


def _results(parent: Experiment) -> list[str]:
    """What a run of its kind can show."""
    if not parent.networks:
        return []
    shown = [TRAIN]
    if parent.objective.slots:
        shown.append("notebook.losses_figure(run.losses)")
    if parent.objective.converts:
        shown += [
            "conversion = notebook.Conversion(run, example)\nconversion",
            "conversion.figure()",
            "scores = notebook.Scores(run, corpus_in_use)\nscores",
            "scores.verdicts()",
        ]
    elif parent.objective.classifies:
        shown.append("from vox.evaluation import predictions\n\npredictions(run, corpus_in_use)")
    elif "autoencoder" in parent.networks:
        shown += ["heard = notebook.Reconstruction(run, example)\nheard", "heard.figure()"]
    return shown
