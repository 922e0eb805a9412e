"""Runs found by name, before anything heavy is imported."""

from __future__ import annotations

from pathlib import Path

from vox.errors import VoxError, unknown

VOICES = Path(__file__).parents[1] / "voices" / "3cd41fe0.safetensors"
"""The trained converter that comes with the package; ``make voices`` makes it."""


def find_run(name: str | Path, directory: str | Path = "runs") -> Path:
    """Return a run's folder, or the file it is packed in.

    Parameters
    ----------
    name
        Either, or how the folder's name in `directory` begins; empty for the voices of the package.
    directory
        Where runs are kept.

    Raises
    ------
    VoxError
        There is no such run, or several.
    """
    if not str(name):
        return VOICES
    if (Path(name) / "run.json").is_file() or Path(name).is_file():
        return Path(name)
    known = sorted(path.parent.name for path in Path(directory).glob("*/run.json"))
    found = [folder for folder in known if folder.startswith(str(name))]
    if len(found) > 1:
        raise VoxError(f"run {str(name)!r} could be {' or '.join(found)}; name one of them")
    if not found:
        where = f"of {directory}/; vox train ID makes one"
        raise VoxError(f"{unknown('run', name, known)} {where}")
    return Path(directory) / found[0]
