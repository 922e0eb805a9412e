"""Runs found by name, before anything heavy is imported."""

from __future__ import annotations

from pathlib import Path

from vox.errors import VoxError, unknown


def find_run(name: str | Path, directory: str | Path = "runs") -> Path:
    """Return a run's folder, given as such or by how its name in `directory` begins.

    Raises
    ------
    VoxError
        There is no such run, or several.
    """
    if (Path(name) / "run.json").is_file():
        return Path(name)
    known = sorted(path.parent.name for path in Path(directory).glob("*/run.json"))
    found = [folder for folder in known if folder.startswith(str(name))]
    if len(found) > 1:
        raise VoxError(f"run {str(name)!r} could be {' or '.join(found)}; name one of them")
    if not found:
        where = f"of {directory}/; vox train ID makes one"
        raise VoxError(f"{unknown('run', name, known)} {where}")
    return Path(directory) / found[0]
