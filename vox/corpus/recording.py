"""What a corpus is made of before any sound is read: recordings, labels, what is wrong with them.

Each form that a corpus may have (a folder, a known layout, lhotse manifests) is read into a `Scan`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Literal

from vox.corpus.segment import Segment
from vox.names import clean, nfc, printable

GROUPS = ("speaker", "birthplace", "sex")
HELD_OUT = 8  # without a split of their own, about one recording in so many is held out
# how corpora write that they do not know; pandas leaves "nan" where a field was empty
UNKNOWN = {"", "unknown", "unk", "u", "n/a", "na", "nan", "none", "null", "-", "?"}
# the longer two are Common Voice's
SEXES = {"f": "female", "female": "female", "female_feminine": "female",
         "m": "male", "male": "male", "male_masculine": "male"}  # fmt: skip
# names that recipes of corpora use, by the tags of BCP 47
LANGUAGES = {"chinese": "zh", "english": "en", "french": "fr", "german": "de", "italian": "it",
             "japanese": "ja", "korean": "ko", "mandarin": "zh", "russian": "ru",
             "spanish": "es"}  # fmt: skip
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

Split = Literal["train", "test"]
SPLITS: dict[str, Split] = {
    "train": "train", "training": "train",
    "test": "test", "testing": "test", "eval": "test", "evaluation": "test",
    "dev": "test", "val": "test", "valid": "test", "validation": "test",
}  # fmt: skip
"""How corpora divide themselves: what is for choosing among trainings is not trained on either."""


@dataclass(frozen=True)
class Recording:
    """One labelled recording of a corpus.

    Attributes
    ----------
    file
        Path inside the corpus, with forward slashes and in NFC, or the id of an utterance in a
        manifest.
    labels
        Class names by group; a group that is not there is unlabelled. Not to be changed:
        recordings of the same labels may share them.
    split
        ``"train"``, or ``"test"`` for recordings that no training sees.
    text
        What is said, where it is known; recordings of the same text are parallel.
    language
        Of the text, as HTML names it (BCP 47, such as ``"en"``); empty where it is not known.
    """

    file: str
    labels: dict[str, str] = field(hash=False)
    split: Split = "train"
    text: str = ""
    language: str = ""


@dataclass(frozen=True)
class Problem:
    """A file, a row or an utterance that cannot be used, and why; both as they may be printed."""

    where: str
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "where", printable(self.where, 240))
        object.__setattr__(self, "reason", printable(self.reason, 480))

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass
class Scan:
    """What a corpus holds before any sound is read.

    Attributes
    ----------
    root
        The folder that the recordings' files lie in, or the manifest that names them.
    recordings, problems, notes
        As `vox.Corpus` has them.
    segments
        Where the sound of a recording comes from, by its ``file``; a recording that is not in it
        is a file below `root`.
    paths
        Where that file lies, by its ``file``, if its name is composed in another way there.
    unsplit
        The ``file`` of each recording of which nobody told the split.
    """

    root: Path
    recordings: list[Recording] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    segments: dict[str, Segment] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    unsplit: set[str] = field(default_factory=set)

    def add(
        self,
        file: str,
        labels: dict[str, str],
        *,
        split: Split | None = None,
        text: str = "",
        language: str = "",
    ) -> None:
        """Add a recording; without a split of its own it is split by its name.

        Parameters
        ----------
        file
            As it lies on the disk.
        labels
            As `known` returns them.
        split, text, language
            Where they are told.
        """
        name = nfc(file)
        if name != file:
            self.paths[name] = file
        if split is None:
            self.unsplit.add(name)
        spoken = nfc(" ".join(text.split()))
        self.recordings.append(Recording(name, labels, split or held_out(name), spoken, language))


def split_of(name: str) -> Split | None:
    """Return the split that corpora mean by a name; None for a name that is none.

    Examples
    --------
    >>> split_of("Train"), split_of("dev-clean"), split_of("test2"), split_of("trainer")
    ('train', 'test', 'test', None)
    """
    return SPLITS.get(re.split(r"[-_ \d]", name.casefold(), maxsplit=1)[0])


def held_out(file: str) -> Split:
    """Split by the file's name, so that the same file falls on the same side everywhere."""
    return "test" if sha256(file.encode()).digest()[0] % HELD_OUT == 0 else "train"


def with_all_trained(
    recordings: Iterable[Recording], unsplit: set[str]
) -> tuple[list[Recording], int]:
    """Take one recording back into training of each class that would have none there.

    Parameters
    ----------
    recordings
        In their order.
    unsplit
        The ``file`` of those whose split was not told; no other is touched.

    Returns
    -------
    list of Recording
        The same, in the same order.
    int
        How many were taken back.
    """
    kept, moved = list(recordings), 0
    for group in GROUPS:
        trained = {r.labels.get(group) for r in kept if r.split == "train"}
        for i, recording in enumerate(kept):
            label = recording.labels.get(group)
            if label and label not in trained and recording.file in unsplit:
                kept[i] = replace(recording, split="train")
                trained.add(label)
                moved += 1
    return kept, moved


def known(label: object) -> str:
    """Return a label as others wrote it, or nothing where they wrote that they do not know it.

    It is the one way in which labels come in: in NFC, and printable.

    Examples
    --------
    >>> known(" Scottish "), known("Unknown"), known(None), known(["US", "nan", "Texas"])
    ('Scottish', '', '', 'US, Texas')
    """
    if isinstance(label, dict | bool):
        return ""  # no name
    if isinstance(label, list | tuple):
        return ", ".join(filter(None, map(known, label)))
    text = "" if label is None else clean(str(label).strip())
    return "" if text.casefold() in UNKNOWN else text


def language(label: object) -> str:
    """Return a language as HTML names it; nothing where that is not what corpora wrote.

    Examples
    --------
    >>> language("English"), language("pt-BR"), language("mixed, mostly Dutch"), language(None)
    ('en', 'pt-BR', '', '')
    """
    text = known(label)
    tag = LANGUAGES.get(text.casefold(), text)
    return tag if LANGUAGE_TAG.fullmatch(tag) else ""


def sex(label: object) -> str:
    """Return ``"female"`` or ``"male"`` for what corpora write instead, else the label as `known`.

    Examples
    --------
    >>> sex("F"), sex("male_masculine"), sex("other"), sex("unknown")
    ('female', 'male', 'other', '')
    """
    text = known(label)
    return SEXES.get(text.casefold(), text)
