"""lhotse manifests as a corpus: recordings with their supervisions, or cuts.

lhotse itself reads them, so it is imported where a manifest is, and nowhere before.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from vox.corpus.recording import Problem, Scan
from vox.corpus.utterances import Gathering, sound_of
from vox.errors import VoxError
from vox.progress import bar

# librispeech_recordings_train-clean-100.jsonl.gz: what stands around the kind names the part
NAME = re.compile(
    r"(?P<before>(?:.*[^a-z])?)(?P<kind>recordings|supervisions|cuts)(?P<after>(?:[^a-z].*)?)",
    re.IGNORECASE,
)
SUFFIXES = (".jsonl", ".jsonl.gz", ".json", ".json.gz")
CLASSES = {"recordings": "RecordingSet", "supervisions": "SupervisionSet", "cuts": "CutSet"}
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
            sounds = {
                each.id: sound_of(each, recordings.parent)
                for each in _entries(recordings, "recordings", progress)
            }
            gathered.take(_entries(supervisions, "supervisions", progress), sounds)
        for manifest in cuts:
            gathered.take_cuts(_entries(manifest, "cuts", progress), manifest.parent)
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
            f"({error}): pip install 'vox[corpora]'"
        ) from error
    module: ModuleType = lhotse
    return module


def _entries(path: Path, kind: str, progress: Any) -> Iterator[Any]:
    """Yield what a manifest lists, read line by line where it is JSON Lines."""
    lhotse = _lhotse(path)
    kinds = getattr(lhotse, CLASSES[kind])
    wanted = {
        "recordings": lhotse.Recording,
        "supervisions": lhotse.SupervisionSegment,
        "cuts": lhotse.cut.Cut,
    }[kind]
    try:
        lazy = ".jsonl" in path.name.lower()
        for entry in kinds.from_jsonl_lazy(path) if lazy else kinds.from_json(path):
            if not isinstance(entry, wanted):
                raise TypeError(f"it lists a {type(entry).__name__}")
            progress.update()
            yield entry
    except Exception as error:  # of the decompression, of JSON, of any of lhotse's constructors
        raise VoxError(
            f"{path}: not a lhotse manifest of {kind} ({type(error).__name__}: {error})"
        ) from error
