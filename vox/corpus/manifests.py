"""lhotse manifests as a corpus: recordings with their supervisions, or cuts.

lhotse itself reads them, so it is imported where a manifest is, and nowhere before.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from vox.corpus.recording import Problem, Scan
from vox.corpus.utterances import Gathering
from vox.errors import VoxError, install
from vox.progress import bar

# librispeech_recordings_train-clean-100.jsonl.gz: what stands around the kind names the part
NAME = re.compile(
    r"(?P<before>(?:.*[^a-z])?)(?P<kind>recordings|supervisions|cuts)(?P<after>(?:[^a-z].*)?)",
    re.IGNORECASE,
)
SUFFIXES = (".jsonl", ".jsonl.gz", ".json", ".json.gz")
Part = tuple[str, str]


def is_manifest(path: Path) -> bool:
    """Whether a path is a file that is called like a manifest."""
    return path.name.lower().endswith(SUFFIXES) and path.is_file()


def inside(folder: Path) -> dict[str, dict[Part, Path]]:
    """Return the manifests that lie in a folder, by their kind and the rest of their name."""
    found: dict[str, dict[Part, Path]] = {}
    if not os.access(folder, os.R_OK):
        return found  # which is told elsewhere
    for path in sorted(folder.iterdir()):
        told = _told(path.name)
        if told and path.is_file():
            kind, part = told
            found.setdefault(kind, {}).setdefault(part, path)  # .jsonl before .jsonl.gz
    return found


def _told(name: str) -> tuple[str, Part] | None:
    """Return the kind that a file's name tells, and the part of a corpus.

    Examples
    --------
    >>> _told("librispeech_recordings_dev-clean.jsonl.gz"), _told("cuts.json")
    (('recordings', ('librispeech_', '_dev-clean')), ('cuts', ('', '')))
    >>> _told("shortcuts.json"), _told("recordings.csv")
    (None, None)
    """
    stem = re.sub(r"\.jsonl?(\.gz)?$", "", name, flags=re.IGNORECASE)
    match = NAME.fullmatch(stem) if stem != name else None
    return (match["kind"].lower(), (match["before"], match["after"])) if match else None


def scan(path: Path) -> Scan:
    """Read the utterances of a manifest, or of all manifests in a folder.

    Parameters
    ----------
    path
        A manifest of cuts; one of recordings or of supervisions, with the other beside it under
        the same name but for that word; or a folder of such, of which all parts are taken. Where a
        folder holds both, recordings with supervisions are taken, and cuts are not.

    Returns
    -------
    Scan
        A recording for each supervision, named by its id.

    Raises
    ------
    VoxError
        lhotse is not installed, a manifest cannot be read, or its partner is not there.

    Notes
    -----
    Labels are as `vox.corpus.utterances` takes them. A relative path is tried from the working
    folder, then from the manifest's.
    """
    pairs, cuts, found = _chosen(path)
    gathered = Gathering(found)
    with bar(None, unit="entry", title="reading manifests") as progress:
        for recordings, supervisions in pairs:
            listed = _entries(recordings, "recordings", progress, found)
            sounds = gathered.sounds(listed, recordings.parent)
            gathered.take(_entries(supervisions, "supervisions", progress, found), sounds)
        for manifest in cuts:
            gathered.take_cuts(_entries(manifest, "cuts", progress, found), manifest.parent)
    gathered.finish()
    return found


def _chosen(path: Path) -> tuple[list[tuple[Path, Path]], list[Path], Scan]:
    """Return which manifests are read: pairs of recordings and supervisions, and cuts."""
    found = Scan(path)
    if path.is_dir():
        kinds = inside(path)
    else:
        kind, part = _told(path.name) or ("cuts", None)  # any name will do for cuts
        if part is None or kind == "cuts":
            return [], [path], found
        beside = inside(path.parent)
        kinds = {k: {part: beside[k][part]} for k in beside if k != "cuts" and part in beside[k]}
        kinds[kind] = {part: path}
    recordings, supervisions = kinds.get("recordings", {}), kinds.get("supervisions", {})
    pairs = [(recordings[part], supervisions[part]) for part in recordings if part in supervisions]
    cuts = [] if pairs else list(kinds.get("cuts", {}).values())
    alone = [
        Problem(manifest.name, f"its {other} are not beside it, as {part[0]}{other}{part[1]}.*")
        for own, other in (("recordings", "supervisions"), ("supervisions", "recordings"))
        for part, manifest in kinds.get(own, {}).items()
        if part not in kinds.get(other, {})
    ]
    if not pairs and not cuts:
        listed = "; ".join(map(str, alone[:3]))
        raise VoxError(
            f"corpus {str(path)!r}: a corpus needs recordings and supervisions, or cuts; {listed}"
        )
    found.problems += alone
    if pairs and "cuts" in kinds:
        listed = ", ".join(manifest.name for manifest in kinds["cuts"].values())
        found.notes.append(f"recordings and supervisions are used, and no cuts: {listed}")
    return pairs, cuts, found


def _lhotse(path: Path) -> ModuleType:
    try:
        import lhotse
    except ImportError as error:
        raise VoxError(
            f"corpus {str(path)!r}: lhotse manifests need lhotse, which cannot be imported "
            f"({error}): {install('corpora')}"
        ) from error
    module: ModuleType = lhotse
    return module


def _entries(path: Path, kind: str, progress: Any, found: Scan) -> Iterator[Any]:
    """Yield what a manifest lists; an entry that is none is listed, unless all are such."""
    lhotse = _lhotse(path)
    wanted = {
        "recordings": lhotse.Recording,
        "supervisions": lhotse.SupervisionSegment,
        "cuts": lhotse.cut.Cut,
    }[kind]
    good, bad = 0, []
    try:
        for number, told in _told_entries(path):
            try:
                entry = _entry(lhotse, told, wanted)
            except Exception as error:  # of JSON, of any of lhotse's constructors
                reason = f"{type(error).__name__}: {error}"
                bad.append(Problem(f"{path.name} entry {number}", f"no {kind[:-1]} ({reason})"))
                continue
            good += 1
            progress.update()
            yield entry
    except (OSError, EOFError, ValueError, zlib.error) as error:  # of the file as a whole
        raise VoxError(
            f"{path}: not a lhotse manifest of {kind} ({type(error).__name__}: {error})"
        ) from error
    if bad and not good:
        raise VoxError(f"{path}: not a lhotse manifest of {kind}; {bad[0]}")
    found.problems += bad


def _told_entries(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the number of each entry from 1 on, and what stands there: a line, or JSON's value."""
    name = path.name.lower()
    with gzip.open(path) if name.endswith(".gz") else open(path, "rb") as file:
        if ".jsonl" in name:
            yield from ((i, line) for i, line in enumerate(file, 1) if line.strip())
            return
        told = json.load(file)
    if not isinstance(told, list):
        raise ValueError(f"it holds a {type(told).__name__}, and no list")
    yield from enumerate(told, 1)


def _entry(lhotse: ModuleType, told: Any, wanted: type) -> Any:
    if isinstance(told, bytes):
        told = json.loads(told)
    if not isinstance(told, dict):
        raise TypeError(f"it is a {type(told).__name__}")
    entry = lhotse.serialization.deserialize_item(told)
    if not isinstance(entry, wanted):
        raise TypeError(f"it lists a {type(entry).__name__}")
    return entry
