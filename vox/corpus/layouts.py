"""VCTK and JVS as they unzip, told by their folders.

Each of their layouts is recognised in the folder given, or in its only sub-folder, which an archive
may add. Names of recordings are relative to the corpus itself, so both have the same fingerprint.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from vox.corpus.recording import Problem, Scan, known, sex
from vox.corpus.walk import is_hidden
from vox.names import clean, printable, readable

# VCTK 0.92, then 0.80 and before
VCTK_SOUNDS = ("wav48_silence_trimmed", "wav48")
VCTK_SPEAKERS = "speaker-info.txt"
VCTK_FILE = re.compile(r"(?P<sentence>.+?)(_(?P<microphone>mic\d))?\.(flac|wav)", re.IGNORECASE)
MICROPHONES = ("mic1", "mic2")
JVS_SPEAKER = re.compile(r"jvs\d{3}")
JVS_SPEAKERS = "gender_f0range.txt"
JVS_USED, JVS_LEFT_OUT = ("parallel100", "nonpara30"), ("whisper10", "falset10")  # spelt so
JVS_SOUNDS, JVS_TEXTS = "wav24kHz16bit", "transcripts_utf8.txt"


def scan(folder: Path) -> Scan | None:
    """Read the labels of a folder in a known layout; None for any other folder.

    VCTK
        ``wav48_silence_trimmed/p225/p225_001_mic1.flac`` (0.92) or ``wav48/p225/p225_001.wav``
        (0.80), ``txt/p225/p225_001.txt``, ``speaker-info.txt``. The birthplace is the accent. A
        sentence is taken from its first microphone, or from the second where there is no first.
    JVS
        ``jvs001/parallel100/wav24kHz16bit/*.wav`` with ``transcripts_utf8.txt`` beside it, the
        same for ``nonpara30``, and ``gender_f0range.txt``. Whispers and falsettos are left out.
    """
    for root in (folder, _only_folder(folder)):
        reader = root and _reader(root)
        if root and reader:
            found = reader(root)
            found.recordings.sort(key=lambda recording: recording.file)
            return found
    return None


def _only_folder(folder: Path) -> Path | None:
    inside = _folders(folder)
    return inside[0] if len(inside) == 1 else None


def _reader(root: Path) -> Callable[[Path], Scan] | None:
    if (root / "txt").is_dir() and any((root / name).is_dir() for name in VCTK_SOUNDS):
        return _vctk
    if any((root / name / used).is_dir() for name in _jvs_speakers(root) for used in JVS_USED):
        return _jvs
    return None


def _vctk(root: Path) -> Scan:
    sounds = next(root / name for name in VCTK_SOUNDS if (root / name).is_dir())
    found = Scan(root, notes=[f"read as VCTK, by its folders {sounds.name} and txt"])
    told = _table(root / VCTK_SPEAKERS, found)
    unpaired = several = untold = 0
    for folder in _folders(sounds, found):
        speaker = folder.name
        # 0.80 writes the ids without the p
        age_sex_accent = told.get(speaker) or told.get(speaker.removeprefix("p")) or []
        untold += not age_sex_accent
        labels = {"speaker": clean(speaker)}
        if len(age_sex_accent) > 1:
            labels["sex"] = sex(age_sex_accent[1])
        if len(age_sex_accent) > 2 and not age_sex_accent[2].startswith("("):  # a comment
            labels["birthplace"] = known(age_sex_accent[2])
        labels = {group: name for group, name in labels.items() if name}
        takes: dict[str, dict[str, str]] = {}
        for name in _files(folder, found):
            match = VCTK_FILE.fullmatch(name)
            if match:
                microphone = (match["microphone"] or "").lower()
                takes.setdefault(match["sentence"], {})[microphone] = name
        for sentence, by_microphone in takes.items():
            microphone = min(by_microphone)  # none, mic1, mic2
            unpaired += microphone not in ("", MICROPHONES[0])
            several += len(by_microphone) > 1
            file = f"{sounds.name}/{speaker}/{by_microphone[microphone]}"
            text = _text(root / "txt" / speaker / f"{sentence}.txt")
            found.add(file, labels, text=text, language="en")
    if several or unpaired:
        found.notes.append(
            f"one microphone a sentence: {MICROPHONES[0]}, and another in {unpaired} sentences "
            f"that have no {MICROPHONES[0]}"
        )
    if untold and told:
        found.notes.append(f"{untold} speakers without a line in {VCTK_SPEAKERS}")
    return found


def _jvs(root: Path) -> Scan:
    found = Scan(root, notes=["read as JVS, by its folders jvs001, jvs002, ..."])
    told = _table(root / JVS_SPEAKERS, found)
    left_out: Counter[str] = Counter()
    untold = 0
    for speaker in _jvs_speakers(root, found):
        labels = {"speaker": speaker}
        untold += speaker not in told
        if label := sex(next(iter(told.get(speaker, [])), None)):
            labels["sex"] = label
        for part in JVS_USED:
            folder = root / speaker / part
            lines = _text(folder / JVS_TEXTS).splitlines()
            texts = dict(line.split(":", 1) for line in lines if ":" in line)
            for name in _files(folder / JVS_SOUNDS, found):
                if name.lower().endswith(".wav"):
                    file = f"{speaker}/{part}/{JVS_SOUNDS}/{name}"
                    found.add(file, labels, text=texts.get(name[:-4], ""), language="ja")
        for part in JVS_LEFT_OUT:
            left_out[part] += sum(
                name.lower().endswith(".wav")
                for name in _files(root / speaker / part / JVS_SOUNDS, found)
            )
    if left_out.total():
        listed = ", ".join(f"{count} of {part}" for part, count in left_out.items() if count)
        found.notes.append(f"another way of speaking, left out: {listed}")
    if untold and told:
        found.notes.append(f"{untold} speakers without a line in {JVS_SPEAKERS}")
    return found


def _jvs_speakers(root: Path, found: Scan | None = None) -> list[str]:
    return [folder.name for folder in _folders(root, found) if JVS_SPEAKER.fullmatch(folder.name)]


def _table(path: Path, found: Scan) -> dict[str, list[str]]:
    """Return the words of each line by their first, without the header; empty if there is none."""
    lines = [line.split() for line in _text(path).splitlines()]
    if not lines:
        found.notes.append(f"no {path.name}: speakers have no other label")
    return {words[0]: words[1:] for words in lines[1:] if words}


def _text(path: Path) -> str:
    """Read a text if it is there; bytes that are not UTF-8 spoil their character alone."""
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""


def _folders(folder: Path, found: Scan | None = None) -> list[Path]:
    try:
        with os.scandir(folder) as inside:  # a folder may hold a great many files besides
            names = [e.name for e in inside if e.is_dir() and not is_hidden(e.name)]
    except OSError as error:
        _refuse(folder, error, found)
        return []
    return [folder / name for name in sorted(names)]


def _files(folder: Path, found: Scan) -> Iterator[str]:
    """Yield the names of the files in a folder, sorted; hidden ones are passed over."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        _refuse(folder, error, found)
        return
    for name in names:
        if not readable(name):
            where = f"'{printable(folder / name, 240)}'"
            found.problems.append(Problem(where, "its name is not printable text"))
        elif not is_hidden(name):
            yield name


def _refuse(folder: Path, error: OSError, found: Scan | None) -> None:
    """List a folder that cannot be read; one that is not there is none."""
    if found and not isinstance(error, FileNotFoundError | NotADirectoryError):
        where = os.path.relpath(folder, found.root)
        found.problems.append(Problem(where, f"cannot be read: {error.strerror}"))
