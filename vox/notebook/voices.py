"""One sentence by all voices of a run, and the successor of 2019's experiments to listen to."""

from __future__ import annotations

import html
from pathlib import Path

from vox.audio import Pcm
from vox.errors import VoxError
from vox.files import file_name, sweep, write_atomically
from vox.notebook.players import Players, sentences
from vox.notebook.sounds import Conversion, Example
from vox.runs import Run
from vox.runs.find import VOICES
from vox.runs.writing import told_if_full, write_whole

MADE = '<meta name="generator" content="vox demo">'
"""By which a page that may be written anew is known."""


def check_folder(folder: Path) -> None:
    """Raise a `VoxError` for a folder that holds what `Voices.write` did not write.

    Hidden files are passed over. The page is written first, so that a folder is known in which it
    was killed.
    """
    page = folder / "index.html"
    with told_if_full(folder):
        if not folder.exists() or all(path.name[0] == "." for path in folder.iterdir()):
            return
        if page.is_file() and MADE in page.read_text(encoding="utf-8", errors="replace"):
            return
    raise VoxError(f"{folder}: holds other files; name a folder of its own for the voices")


class Voices:
    """A recording converted to each speaker that a run was trained on; Jupyter shows the players.

    Parameters
    ----------
    run
        Trained, of an experiment that converts.
    pcm
        Shape ``(time,)``.
    name
        Of its speaker.
    """

    def __init__(self, run: Run, pcm: Pcm, name: str) -> None:
        self.sample_rate, self.name = run.experiment.representation.sample_rate, name
        self.sounds = {speaker: run.convert(pcm, speaker=speaker) for speaker in run.speakers}
        self.source = pcm

    @property
    def players(self) -> Players:
        """The source first."""
        return Players({f"source: {self.name}": self.source, **self.sounds}, self.sample_rate)

    def write(self, folder: Path, text: str = "") -> Path:
        """Write all as WAV files, and a page to listen to them, which any browser shows.

        Returns
        -------
        pathlib.Path
            Of the page.

        Raises
        ------
        VoxError
            The folder cannot be written, or holds files that this did not write.
        """
        page = folder / "index.html"
        check_folder(folder)
        title = html.escape(f"{self.name} by {len(self.sounds)} voices")
        written = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
            f'{MADE}<meta name="viewport" content="width=device-width">'
            "<style>body{font:16px sans-serif;max-width:70em;margin:auto;padding:1em}</style>"
            f"<h1>{title}</h1><p>{html.escape(text)}</p>{self.players._repr_html_()}</html>"
        )
        with told_if_full(page):
            folder.mkdir(parents=True, exist_ok=True)
            sweep(folder)
            write_atomically(page, written.encode(errors="backslashreplace"))
            taken = {"source"}
            write_whole(folder / "source.wav", self.source, self.sample_rate)
            for name, pcm in self.sounds.items():
                own, number = file_name(name), 1
                while (file := own if number == 1 else f"{own} {number}").casefold() in taken:
                    number += 1
                taken.add(file.casefold())
                write_whole(folder / f"{file}.wav", pcm, self.sample_rate)
        return page

    def __repr__(self) -> str:
        return repr(self.players)

    def _repr_html_(self) -> str:
        return Players({f"元: {self.name}": self.source, **self.sounds})._repr_html_()


class Successor:
    """What an experiment's conversion sounds like beside its successor's, which comes trained.

    Parameters
    ----------
    example
        The sentence; it goes to its target speaker, or to two voices of the package where that is
        none of them.
    conversion
        Of the experiment.
    """

    def __init__(self, example: Example, conversion: Conversion) -> None:
        source, target = example.speakers
        self.run, self.example = Run(VOICES), example
        known = self.run.speakers
        pcm = example.source_pcm
        made = {
            f"後継 {self.run.experiment.id}: {source} → {name}": self.run.convert(pcm, speaker=name)
            for name in ((target,) if target in known else known[:2])
        }
        self.sounds = {
            f"元: {source}": pcm,
            f"目標: {target}": example.target_pcm,
            f"この実験: {source} → {target}": conversion.output,
            **made,
            "目標の複製合成 (上限)": self.run.experiment.representation.copy_synthesis(
                example.target_pcm
            ),
        }

    def __repr__(self) -> str:
        return repr(Players(self.sounds))

    def _repr_html_(self) -> str:
        said = sentences(self.example.source, self.example.target)
        return said + Players(self.sounds)._repr_html_()
