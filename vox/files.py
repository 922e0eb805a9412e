"""Files that are written whole or not at all, and the folder that caches lie in."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from vox.errors import VoxError


def cache_folder() -> Path:
    """Where what can be made again lies: ``$VOX_CACHE``, or the user's cache folder."""
    return Path(os.environ.get("VOX_CACHE") or user_cache_path("vox"))


@contextmanager
def writable_cache() -> Iterator[None]:
    """Say what to do where the cache folder cannot be written."""
    try:
        yield
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise VoxError(
            f"the cache folder {cache_folder()} cannot be written: {reason}; "
            "name a folder with room in the environment variable VOX_CACHE"
        ) from error


def write_atomically(path: Path, data: bytes) -> None:
    """Write a whole file or nothing: a reader never sees half of it."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
