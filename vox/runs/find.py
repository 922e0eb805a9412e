"""Runs found by name, before anything heavy is imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vox.errors import VoxError, unknown
from vox.names import printable

LATEST = "latest"

VOICES = Path(__file__).parents[1] / "voices" / "3cd41fe0.safetensors"
"""The trained converter that comes with the package; ``make voices`` makes it."""


def find_run(name: str | Path, directory: str | Path = "runs") -> Path:
    """Return a run's folder, or the file it is packed in.

    Parameters
    ----------
    name
        Either, or how the folder's name in `directory` begins; ``"latest"`` for the run that was
        trained last; empty for the voices of the package.
    directory
        Where runs are kept.

    Raises
    ------
    VoxError
        There is no such run, or several: their corpora and dates are listed.
    """
    if not str(name):
        return VOICES
    if _is_file(Path(name) / "run.json") or _is_file(Path(name)):
        return Path(name)
    known = sorted(path.parent for path in Path(directory).glob("*/run.json"))
    if str(name) == LATEST and known:
        return max(known, key=lambda folder: _told(folder)[1:])
    found = [folder for folder in known if folder.name == str(name)]
    found = found or [folder for folder in known if folder.name.startswith(str(name))]
    if len(found) > 1:
        newest = sorted(found, key=lambda folder: _told(folder)[1:], reverse=True)
        lines = "".join(f"\n  {folder.name}  {_described(folder)}" for folder in newest[:20])
        more = f"\n  and {len(newest) - 20} older" if len(newest) > 20 else ""
        raise VoxError(
            f"run '{printable(name, 80)}' could be one of {len(found)}; name more of it, or "
            f"{LATEST} for the last of all:{lines}{more}"
        )
    if not found:
        where = f"of {directory}/; vox train ID makes one"
        raise VoxError(f"{unknown('run', name, [f.name for f in known])} {where}")
    return found[0]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _told(folder: Path) -> tuple[dict[str, Any], str, float]:
    """Return what a run's description tells, its time in ISO 8601, and the file's time."""
    path = folder / "run.json"
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return told, str(told["provenance"]["time"]), path.stat().st_mtime
    except (OSError, ValueError, KeyError, TypeError):
        return {}, "", 0.0


def _described(folder: Path) -> str:
    told, time, _ = _told(folder)
    if not told:
        return "(its run.json is damaged)"
    corpus, iterations = told.get("corpus", "?"), told["provenance"].get("iterations", "?")
    return f"{time[:16].replace('T', ' ')}  {iterations} iterations  {printable(corpus, 120)}"
