"""What the page converts, and how source and conversion are shown: nothing of a browser."""

from __future__ import annotations

import base64
import html
import io
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from vox.audio import AudioError, Pcm, read
from vox.drawing import drawing
from vox.errors import VoxError
from vox.files import file_name
from vox.notebook.players import flac
from vox.representation import Adjustment
from vox.runs import Run
from vox.runs.convert_files import convert_files
from vox.runs.find import VOICES
from vox.runs.writing import told_if_full

WINDOW = 512  # samples of a spectrogram's window
COLUMNS = 1200  # of a spectrogram at most
DECIBELS = 80  # below the loudest: what is drawn


def converters(directory: str | Path = "runs") -> list[tuple[str, str]]:
    """Return name and folder of the runs that can convert to speakers, the package's voices first.

    Parameters
    ----------
    directory
        Where runs are kept; what is no whole run there is passed over.
    """
    found = [(f"the package's voices ({VOICES.stem})", str(VOICES))]
    newest = sorted(
        ((_changed(path), path.parent) for path in Path(directory).glob("*/run.json")), reverse=True
    )
    for changed, folder in newest:
        try:
            run = _run(str(folder), changed)
        except VoxError:
            continue
        if run.experiment.objective.converts and speakers(str(run.folder)):
            found.append((run.folder.name, str(run.folder)))
    return found


def speakers(folder: str) -> list[str]:
    """Return the voices that a run converts to; the newly learned ones come last."""
    return list(_loaded(folder).speakers)


def _loaded(folder: str) -> Run:
    """Return a run, read anew when it was trained further."""
    path = Path(folder)
    told = path if path.is_file() else path / "run.json"
    if not told.is_file():
        raise VoxError(f"{folder}: no run there any more; choose another")
    return _run(folder, told.stat().st_mtime_ns)


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # deleted meanwhile
        return 0


@lru_cache(maxsize=8)
def _run(folder: str, changed: int) -> Run:
    return Run(folder)


@dataclass(frozen=True)
class Request:
    """What a user asks for.

    Attributes
    ----------
    source
        The file to convert; None where none was given.
    run
        Its folder, or the file that it is packed in.
    speaker
        To convert to.
    strength, pitch, formant
        As for `vox.runs.Run.convert`.
    """

    source: str | None
    run: str
    speaker: str | None
    strength: float = 1.0
    pitch: str | float = "target"
    formant: float = 0.0

    def converted(self, folder: Path) -> Conversion:
        """Convert the file into another in a folder, at its own rate and length.

        Raises
        ------
        VoxError
            No file, no speaker, a file that is no usable sound (told by its name alone: its place
            is the page's business), and as for `convert_files`.
        """
        if not self.source:
            raise VoxError("There is nothing to convert yet: record a sound or drop a file.")
        if not self.speaker:
            raise VoxError("Choose a voice to convert to.")
        wanted = Adjustment.of(strength=self.strength, pitch=self.pitch, formant=self.formant)
        source, run = Path(self.source), _loaded(self.run)
        rate = run.experiment.representation.sample_rate
        name = file_name(
            source.stem, suffix=file_name(f" as {self.speaker}", suffix=".wav", most=120)
        )
        notes: list[str] = []
        with told_if_full(Path(name)):
            target = Path(tempfile.mkdtemp(dir=folder)) / name
        try:
            before = read(source, rate)
            convert_files(
                run, source, target, {"speaker": self.speaker}, wanted=wanted, force=True,
                say=notes.append,
            )  # fmt: skip
        except AudioError as error:
            raise VoxError(f"{source.name}: {error.reason}") from error
        told = tuple(note.removeprefix(f"note: {source}: ") for note in notes)
        after = read(target, rate)
        return Conversion(source.name, self.speaker, before, after, rate, target, told)


@dataclass(frozen=True)
class Conversion:
    """A sound and what became of it.

    Attributes
    ----------
    name
        Of the source's file.
    speaker
        Converted to.
    source, output
        Shape ``(time,)``.
    sample_rate
        Of both, in Hz.
    file
        The output at the source's own rate, to be downloaded.
    notes
        What is worth knowing, such as channels that cancel each other out, or clipping.
    """

    name: str
    speaker: str
    source: Pcm
    output: Pcm
    sample_rate: int
    file: Path
    notes: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """What was done, in a sentence, and what is worth knowing of it."""
        seconds = len(self.source) / self.sample_rate
        mind = f" Mind: {'; '.join(self.notes)}." if self.notes else ""
        return f"{self.name} ({seconds:.1f} s) was converted to {self.speaker}.{mind}"

    def page(self) -> str:
        """Return both with a player each over its spectrogram, as HTML."""
        return (
            '<div class="vox-pair">'
            f"{self._figure(f'Source: {self.name}', self.source)}"
            f"{self._figure(f'Converted to {self.speaker}', self.output)}</div>"
        )

    def _figure(self, title: str, pcm: Pcm) -> str:
        name = html.escape(title)
        picture = base64.b64encode(spectrogram(pcm, self.sample_rate)).decode()
        seconds = len(pcm) / self.sample_rate
        return (
            f"<figure><figcaption>{name}</figcaption>"
            f'<audio controls aria-label="{name}" src="{flac(pcm, self.sample_rate)}"></audio>'
            f'<img alt="Spectrogram of {seconds:.1f} s: {name}" '
            f'src="data:image/png;base64,{picture}"></figure>'
        )


def spectrogram(pcm: Pcm, sample_rate: int) -> bytes:
    """Return the spectrogram of a sound as PNG, in dB below its loudest point.

    Parameters
    ----------
    pcm
        Shape ``(time,)``.
    sample_rate
        In Hz.
    """
    hop = max(WINDOW // 4, len(pcm) // COLUMNS)
    padded = np.pad(pcm, (0, max(0, WINDOW - len(pcm))))
    columns = [padded[at : at + WINDOW] for at in range(0, len(padded) - WINDOW + 1, hop)]
    magnitude = np.abs(np.fft.rfft(np.stack(columns) * np.hanning(WINDOW), axis=1)).T
    decibels = 20 * np.log10(np.maximum(magnitude / max(magnitude.max(), 1e-9), 1e-9))
    figure = drawing(6, 2.8)
    axes = figure.subplots()
    axes.imshow(
        decibels, origin="lower", aspect="auto", cmap="magma", vmin=-DECIBELS, vmax=0,
        extent=(0, len(pcm) / sample_rate, 0, sample_rate / 2000),
    )  # fmt: skip
    axes.set_xlabel("time (s)")
    axes.set_ylabel("frequency (kHz)")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()
