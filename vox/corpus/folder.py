"""What lies in a folder of recordings: which form it has, its files, labels, and what is wrong."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from vox.corpus import layouts, manifests, metadata
from vox.corpus.metadata import METADATA
from vox.corpus.recording import Problem, Scan, split_of
from vox.corpus.walk import Sounds, sounds_in
from vox.errors import VoxError
from vox.names import clean, printable


def scan(path: Path) -> Scan:
    """Read the labels of a corpus in whichever form it has.

    What its owner wrote comes before what is guessed: a folder with a ``metadata.csv`` is read by
    that, then lhotse manifests count, then the layouts of `vox.corpus.layouts`, and at last the
    folder's own first level, or the second where the first divides it into ``train`` and others.

    Raises
    ------
    VoxError
        There is no such folder or manifest, or its labels cannot be read at all.
    """
    if manifests.is_manifest(path):
        return manifests.scan(path)
    if not os.path.isdir(path):
        there = os.path.exists(path)
        what = "is a file, not a folder" if there else "there is no such folder or file"
        raise VoxError(
            f"corpus '{printable(path, 240)}': {what}; give 'demo', a folder of recordings or a "
            "lhotse manifest (.jsonl, .jsonl.gz or .json)"
        )
    if (path / METADATA).is_file():
        return _scan_folder(path)
    if manifests.inside(path):
        return manifests.scan(path)
    return layouts.scan(path) or _scan_folder(path)


def _scan_folder(folder: Path) -> Scan:
    """Read the labels of a folder, from ``metadata.csv`` or from its folder levels."""
    sounds = sounds_in(folder, beside=(METADATA,))
    found = Scan(folder, problems=sounds.problems, notes=sounds.notes)
    if (folder / METADATA).is_file():
        metadata.scan(folder, sounds, found)
    else:
        _from_folders(sounds, found)
    found.recordings.sort(key=lambda recording: recording.file)
    return found


def _from_folders(sounds: Sounds, found: Scan) -> None:
    """The first folder level names the speaker; below ``train`` and its like, the second does."""
    levels = {name: PurePosixPath(name).parts[:-1] for name in sounds.files}
    first = {parts[0]: split_of(parts[0]) for parts in levels.values() if parts}
    deep = any(len(parts) > 1 for parts in levels.values())
    divided = deep and "train" in first.values() and None not in first.values()
    listed = ", ".join(sorted(first))
    if divided:
        found.notes.append(f"read as splits, with speakers below: {listed}")
    elif "train" in first.values():
        told = [name for name, split in first.items() if split]
        found.notes.append(f"read as speakers, though named like splits: {', '.join(sorted(told))}")
    for name, file in sounds.files.items():
        parts = levels[name]
        if len(parts) > divided:
            split = first[parts[0]] if divided else None
            found.add(file, {"speaker": clean(parts[divided])}, split=split)
        else:
            where = f"a folder {parts[0]}/SPEAKER" if parts else "a folder named after who speaks"
            reason = f"no speaker: put it into {where}, or write a {METADATA}"
            found.problems.append(Problem(name, reason))
