"""Scores in a notebook: the table, the plot, the examples, the verdicts, and a diagnosis."""

from __future__ import annotations

import html
import io
from pathlib import Path
from typing import Any

from IPython.display import clear_output

from vox.corpus import Corpus
from vox.drawing import Drawing
from vox.evaluation import LEGEND, SYSTEMS, Evaluation, Interval, judges
from vox.files import write_atomically
from vox.notebook.players import Players, sentences
from vox.runs import Run
from vox.runs.writing import told_if_full
from vox.table import Table, show
from vox.words import EXAMPLES, MET, NAMES, REQUIREMENTS, TITLES, decided, negated

SCORES_DATA = "application/vnd.vox.scores+json"
"""Media type of scores as data: ``count``, ``means`` by system and score, ``met``."""


class Note:
    """A line in place of what cannot be shown here."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.text)}</p>"


def absent() -> Note:
    """Say which judges are not installed, and what to call."""
    return Note(
        f"得点を付けるには {', '.join(judges.missing())} が要る。入れるには: {judges.INSTALL}"
    )


class Scores:
    """A run scored by independent judges; Jupyter shows the table.

    Without the judges it says what to install, and the notebook goes on.

    Parameters
    ----------
    run, corpus, count
        As for `vox.evaluation.Evaluation`.
    """

    def __init__(self, run: Run, corpus: Corpus, count: int = 16) -> None:
        self.evaluation: Evaluation | None = None
        self.note = absent()
        if not judges.missing():
            self.evaluation = Evaluation(run, corpus, count)
            clear_output()  # the progress bar

    def table(self) -> Table | Note:
        """Return means and 95 % intervals over the utterances, a row a score."""
        if self.evaluation is None:
            return self.note
        means = self.evaluation.means
        names = [NAMES[name] for name in SYSTEMS]
        rows = [
            (f"{TITLES[s.name]} {s.better}", *(str(means[x][s.name]) for x in SYSTEMS))
            for s in self.evaluation.scores
        ]
        unseen = "" if self.evaluation.unseen else "、学習に使った録音を含む"
        count = len(self.evaluation.pairs)
        return Table((f"変換 {count} 件の平均 (95% 区間{unseen})", *names), rows)

    def mean(self, system: str, score: str) -> Interval | Note:
        """Return the mean of a score with its interval."""
        return self.note if self.evaluation is None else self.evaluation.means[system][score]

    def words_lost(self) -> tuple[str, bool | str | None]:
        """Return what was measured of the words, and whether they are lost, for a `Claim`."""
        if self.evaluation is None:
            return str(self.note), None
        content, _ = self.evaluation.verdicts
        errors = [self.mean(system, "phone_error") for system in ("output", "copy", "ceiling")]
        told = f"音素の誤り {errors[0]}、入力の写しでは {errors[1]}、上限では {errors[2]}"
        return told, negated(decided(content.met))

    def recognised(self) -> bool | str | None:
        """Return whether the target speaker is recognised, for a `Claim`."""
        if self.evaluation is None:
            return None
        return decided(self.evaluation.verdicts[1].met)

    def figure(self) -> Drawing | Note:
        """Draw content against target."""
        return self.note if self.evaluation is None else self.evaluation.figure()

    def examples(self) -> Examples | Note:
        """Return the best, the median and the worst conversion with players."""
        return self.note if self.evaluation is None else Examples(self.evaluation)

    def verdicts(self) -> Table | Note:
        """Say whether the two requirements of module/vox are met, and by which thresholds."""
        if self.evaluation is None:
            return self.note
        rows = []
        for verdict in self.evaluation.verdicts:
            name, measured = REQUIREMENTS[verdict.requirement]
            bound = "上端が {} 以下" if verdict.requirement == "content" else "下端が {} 以上"
            met = MET[verdict.met]
            rows.append(
                (name, measured, str(verdict.measured), bound.format(verdict.threshold), met)
            )
            if verdict.beside is not None:
                beside = ("", "うち入力の写しだけからの増加", str(verdict.beside), "", "")
                rows.append(beside)
        return Table(("要件", "測ったもの", "値 (95% 区間)", "基準", "判定"), rows)

    def diagnosis(self) -> Table | Note:
        """Show what is no score: whom the discriminator sees, and how much the label matters."""
        if self.evaluation is None:
            return self.note
        wins = self.evaluation.means["output"]["target_wins"]
        effect = self.evaluation.effect
        rows = [
            ("学習した discriminator が目標の話者と答える割合", self.evaluation.fooled),
            ("独立した判定が元より目標の話者に近いとする割合", str(wins)),
            ("ラベルの効き (出力の差 / 入力との距離)", effect and effect.ratio),
        ]
        return Table(("診断 (得点ではない)", "値"), rows)

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def _repr_mimebundle_(self, **how: Any) -> dict[str, Any]:
        shown: dict[str, Any] = {"text/html": self._repr_html_(), "text/plain": repr(self)}
        if self.evaluation is None:
            return shown
        means = self.evaluation.means
        told = {
            "count": len(self.evaluation.pairs),
            "means": {x: {name: str(mean) for name, mean in means[x].items()} for x in SYSTEMS},
            "met": {verdict.requirement: verdict.met for verdict in self.evaluation.verdicts},
        }
        return {SCORES_DATA: told, **shown}


class Examples:
    """The best, the median and the worst conversion, each with its scores and players.

    Beside them stand the bounds: the copy of the input, and the copy synthesis of the target's
    recording, the ceiling.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation

    def rows(self) -> list[tuple[str, str, str, Players]]:
        """Return name, scores, sentence (as HTML) and players of each."""
        rows = []
        output = self.evaluation.system("output")
        for name, pair in self.evaluation.examples.items():
            of = (output["source"] == pair.source.file) & (output["target"] == pair.target.file)
            scores = output[of].iloc[0]
            source, target = pair.speakers
            told = (
                f"{source} → {target}、音素の誤り {scores['phone_error']:.2f}、"
                f"目標との類似 {scores['similarity_target']:.2f}、"
                f"元との類似 {scores['similarity_source']:.2f}"
            )
            played = {
                f"{EXAMPLES[name]}: {NAMES[system]}": self.evaluation.scorer.sound(pair, system)
                for system in ("source", "target", "output", "copy", "ceiling")
            }
            said = sentences(pair.source, pair.target)
            rows.append((EXAMPLES[name], told, said, Players(played)))
        return rows

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {told}" for name, told, *_ in self.rows())

    def _repr_html_(self) -> str:
        return "".join(
            f"<p>{html.escape(f'{name} ({told})')}</p>{said}{players._repr_html_()}"
            for name, told, said, players in self.rows()
        )


def write_report(evaluation: Evaluation, folder: Path) -> Path:
    """Write the scores of a run as a page that any browser shows, sounds and all.

    Returns
    -------
    pathlib.Path
        Of the page; ``scores.csv`` (each utterance) and ``scores.png`` lie beside it.

    Raises
    ------
    VoxError
        The folder cannot be written.
    """
    table = evaluation.utterances.to_csv(index=False)
    figure = evaluation.figure()
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=150)
    sections = []
    for name, pair in evaluation.examples.items():
        sounds = {LEGEND[system]: evaluation.scorer.sound(pair, system) for system in SYSTEMS}
        title = html.escape(f"{name}: {pair.source.file} to {pair.speakers[1]}")
        sections.append(f"<h2>{title}</h2>{Players(sounds)._repr_html_()}")
    title = html.escape(f"Scores of {evaluation.converter.name} on {evaluation.corpus.name}")
    text = "".join(f"<p>{html.escape(line)}</p>" for line in told(evaluation))
    page = folder / "index.html"
    written = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font:16px sans-serif;max-width:70em;margin:auto;padding:1em}"
        "table{border-collapse:collapse;display:block;overflow-x:auto}"
        "td,th{padding:.2em .6em;border-bottom:1px solid #ccc}img{max-width:100%}</style>"
        f"<h1>{title}</h1>{evaluation.table()._repr_html_()}{text}"
        f'<img src="scores.png" alt="{html.escape(figure.alt)}">{"".join(sections)}</html>'
    )
    with told_if_full(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / "scores.csv", table.encode(errors="backslashreplace"))
        write_atomically(folder / "scores.png", picture.getvalue())
        write_atomically(page, written.encode(errors="backslashreplace"))
    return page


def told(evaluation: Evaluation) -> list[str]:
    """Return the verdicts and the diagnosis as lines of English."""
    content, target = evaluation.verdicts
    yes = {True: "yes", False: "no", None: "open (the interval holds the threshold)"}
    unseen = "held out" if evaluation.unseen else "NOT all held out: some were trained on"
    effect, fooled = evaluation.effect, evaluation.fooled
    return [
        f"{len(evaluation.pairs)} conversions of recordings that are {unseen}; in brackets 95 % "
        "intervals over them, and behind those how many have the score where not all do",
        f"content kept: {yes[content.met]}; phone error above the larger of two bounds (copy of "
        f"the input, target's copy synthesis) {content.measured}, wanted: upper end at most "
        f"{content.threshold}; above the copy alone {content.beside}",
        f"target recognised: {yes[target.met]}; conversions nearer to the target than to the "
        f"source {target.measured}, wanted: lower end at least {target.threshold}",
        f"label effect (distance between outputs for two labels over that to the input): "
        f"{show(effect and effect.ratio)}",
        f"diagnostic, no score: the discriminator takes {show(fooled)} of the converted windows "
        "for their target",
        *(f"more judges: {install}" for install in evaluation.absent),
    ]
