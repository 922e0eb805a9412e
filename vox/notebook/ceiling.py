"""Copy synthesis in a notebook: what the representation can reach, scored and heard."""

from __future__ import annotations

from collections.abc import Sequence

from IPython.display import clear_output

from vox.corpus import Corpus
from vox.drawing import Drawing
from vox.evaluation import Interval, judges
from vox.evaluation.ceiling import RECORDING, SCORED, Ceiling
from vox.notebook.players import Players
from vox.notebook.scores import Note, absent
from vox.representation import Spectrogram
from vox.table import Table

TITLES = {
    "phone_error": "音素の誤り ↓",
    "similarity": "話者の類似 ↑",
    "quality": "DNSMOS ↑",
    "distortion": "MCD (dB) ↓",
    "pitch_correlation": "高さの相関 ↑",
}


class CopyScores:
    """Copy syntheses at several floors, scored; Jupyter shows the table.

    Without the judges it says what to install, and the notebook goes on.

    Parameters
    ----------
    corpus, spectrogram, floors, count
        As for `vox.evaluation.ceiling.Ceiling`.
    """

    def __init__(
        self,
        corpus: Corpus,
        spectrogram: Spectrogram,
        floors: Sequence[float | None],
        count: int,
    ) -> None:
        self.ceiling: Ceiling | None = None
        self.means: dict[str, dict[str, Interval]] = {}
        self.note = absent()
        if not judges.missing():
            self.ceiling = Ceiling(corpus, spectrogram, floors, count)
            self.means = self.ceiling.means
            clear_output()  # the progress bar

    def table(self) -> Table | Note:
        """Return the mean of each score with its 95 % interval, a row a way to copy."""
        if self.ceiling is None:
            return self.note
        rows = [
            (_name(way), *(str(means[score]) for score in SCORED))
            for way, means in self.means.items()
        ]
        count = len(self.ceiling.recordings)
        header = (f"録音 {count} 件の平均 (95% 区間)", *(TITLES[score] for score in SCORED))
        return Table(header, rows)

    def figure(self) -> Drawing | Note:
        """Draw phone error and similarity."""
        return self.note if self.ceiling is None else self.ceiling.figure()

    def sounds(self, which: int = 0) -> Players | Note:
        """Return a recording and its copies with players."""
        if self.ceiling is None:
            return self.note
        made = self.ceiling.sounds(self.ceiling.recordings[which])
        return Players({_name(way): pcm for way, pcm in made.items()})

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def _name(way: str) -> str:
    if way == RECORDING:
        return "録音"
    name = way.replace("no floor", "床なし").replace("floor ", "床 ")
    return name.replace(", as it is", " のまま").replace(", silenced", "、無音に戻す")
