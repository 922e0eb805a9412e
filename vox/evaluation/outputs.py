"""Conversions that were made elsewhere, scored like those of a run."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from vox.audio import READABLE, Pcm, read
from vox.corpus import Corpus
from vox.corpus.store import digests
from vox.errors import VoxError
from vox.evaluation.converters import AsRecorded, Bounds
from vox.evaluation.judges import RATE
from vox.evaluation.label_effect import LabelEffect
from vox.evaluation.pairs import LONGEST, Pair
from vox.files import cache_folder
from vox.names import nfc


class Outputs:
    """A folder of conversions, as something that converts.

    The conversion of the recording ``a/b.flac`` to the speaker ``ivan`` is ``ivan/a/b.wav`` below
    the folder: the target speaker, then the path of the source in the corpus, with the suffix of
    any sound format in place of its own or behind it. Rate and channels are free; the time axis is
    the source's.

    Parameters
    ----------
    folder
        Where the conversions lie.
    corpus
        Whose recordings were converted.
    bounds
        What they stand beside: ``Through(run.experiment.representation)`` puts them beside the
        bounds of a run, and without any they stand beside the recordings themselves.
    speakers
        Who was converted to; all of the corpus, if None.
    """

    def __init__(
        self,
        folder: str | Path,
        corpus: Corpus,
        bounds: Bounds | None = None,
        speakers: Sequence[str] | None = None,
    ) -> None:
        self.folder, self.corpus = Path(folder), corpus
        self.bounds: Bounds = bounds or AsRecorded()
        self.speakers = tuple(speakers or filter(None, corpus.counts("speaker")))
        if not self.folder.is_dir():
            raise VoxError(f"{folder}: no folder of conversions here")
        self._files = sorted(
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.suffix.lower() in READABLE and path.is_file()
        )
        self._by_name = {nfc(_bare(file)): file for file in self._files}
        self._by_name |= {nfc(file): file for file in self._files}

    @property
    def name(self) -> str:
        """The folder's."""
        return self.folder.resolve().name

    @property
    def key(self) -> str:
        """The contents of all its sounds."""
        found, _ = digests(self.folder, self._files)
        return sha256(repr(sorted(found.items())).encode()).hexdigest()

    @property
    def kept(self) -> Path:
        """In the cache folder: the folder of conversions belongs to whoever made them."""
        return cache_folder() / "scores"

    def ready(self, pairs: list[Pair]) -> None:
        """Raise a `VoxError` that lists the conversions that are not there."""
        paths = [self._stem(pair) for pair in pairs if self._find(pair) is None]
        if paths:
            listed = "".join(f"\n  {path}" for path in paths)
            raise VoxError(
                f"{self.folder}: {len(paths)} of {len(pairs)} conversions are not there; with the "
                f"suffix of a sound format (.wav, .flac, ...) in place of the last:{listed}"
            )

    def convert(self, pair: Pair, pcm: Pcm) -> Pcm:
        """Read as much of the conversion as is judged of a source."""
        found = self._find(pair)
        if found is None:
            self.ready([pair])
        return read(self.folder / str(found), RATE)[: round(LONGEST * RATE)]

    def effect(self, corpus: Corpus) -> LabelEffect | None:
        """None: there is no network to be asked."""
        return None

    def fooled(self, corpus: Corpus) -> float | None:
        """None: there is no critic to be asked."""
        return None

    @staticmethod
    def _stem(pair: Pair) -> str:
        return nfc(f"{pair.speakers[1]}/{pair.source.file.lstrip('/')}")

    def _find(self, pair: Pair) -> str | None:
        """The file of a pair; ids of utterances may hold dots, so both ways to name it count."""
        stem = self._stem(pair)
        return self._by_name.get(stem) or self._by_name.get(_bare(stem))


def _bare(file: str) -> str:
    """A path without the suffix of a sound format, if it has one."""
    path = Path(file)
    return file[: -len(path.suffix)] if path.suffix.lower() in READABLE else file
