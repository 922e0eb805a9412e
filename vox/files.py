"""Files that are written whole or not at all, and the folder that caches lie in.

What is being written lies beside its place as a *part*, ``NAME.0f3a92c1.part``, whose writer holds
a lock on it as long as it lives. So whoever comes by can tell what a killed writer left behind, and
sweeps it away.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from platformdirs import user_cache_path

from vox.errors import VoxError

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be deleted anyway
    fcntl = None  # type: ignore[assignment]

PART = re.compile(r"(?P<name>.+)\.[0-9a-f]+\.part", re.DOTALL)


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
    """Write a whole file or nothing: a reader never sees half of it.

    Parts that killed writers of the same file left are swept away first.
    """
    sweep(path.parent, lambda name: name == _stem(path))
    with part_of(path) as part, open(part, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def remember(path: Path, data: bytes) -> None:
    """Write into the cache what saves time the next time, if it can be written at all."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data)


@contextmanager
def part_of(path: Path, *, hidden: bool = False) -> Iterator[Path]:
    """Give a file to write into, which takes the name of `path` when the block is left.

    If the block raises something, nothing is left.

    Parameters
    ----------
    path
        Of the file; its folder is there.
    hidden
        Whether the part's name begins with a dot: in folders that people look into.
    """
    part, held = _fresh(path, "." if hidden else "")
    try:
        yield part
        os.replace(part, path)
    finally:
        if held is not None:
            os.close(held)
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def check_new(target: Path, *, force: bool) -> None:
    """Raise a `VoxError` where a file exists that nobody asked to overwrite."""
    if target.exists() and not force:
        raise VoxError(f"{target}: exists already; --force overwrites it")


def file_name(*parts: str, suffix: str = "", most: int = 240) -> str:
    """Return a name that a file can have anywhere, made of names of anything.

    Parameters
    ----------
    parts
        Joined; what would be a folder's border becomes a hyphen, and the last gives way where all
        is too long.
    suffix
        It ends in that.
    most
        Bytes of all of it.

    Examples
    --------
    >>> file_name("a/b", suffix=".wav"), file_name("..", suffix=".wav")
    ('a-b.wav', '-..wav')
    """
    text = re.sub(r'[/\\:*?"<>|\x00-\x1f]', "-", "".join(parts))
    text = re.sub(r"^\.", "-", text) or "-"  # a dot in front would hide it
    room = most - len(os.fsencode(suffix))
    return os.fsencode(text)[:room].decode("utf-8", "ignore") + suffix


def _stem(path: Path) -> str:
    """What a part is named by: names have at most 255 bytes."""
    short = len(os.fsencode(path.name)) < 230
    return path.name if short else sha256(os.fsencode(path.name)).hexdigest()


def _fresh(path: Path, lead: str) -> tuple[Path, int | None]:
    """Make an empty part of `path`, and hold it: the descriptor that does."""
    while True:
        part = path.with_name(f"{lead}{_stem(path)}.{secrets.token_hex(4)}.part")
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
        if fcntl is None:
            os.close(descriptor)
            return part, None
        with contextlib.suppress(OSError):  # a file system without locks: nobody sweeps there
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.path.exists(part):
            return part, descriptor
        os.close(descriptor)  # swept away before it was held


def sweep(folder: Path, mine: Callable[[str], bool] = lambda name: True) -> None:
    """Delete the parts in a folder whose writers are gone.

    Parameters
    ----------
    folder
        Need not be there.
    mine
        Whether to, by the name of what was being written.
    """
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return
    for name in names:
        match = PART.fullmatch(name)
        if match and mine(match["name"]):
            with contextlib.suppress(OSError):
                _sweep(folder / name)


def _sweep(part: Path) -> None:
    if fcntl is None:
        part.unlink()
        return
    descriptor = os.open(part, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises while its writer lives
        part.unlink()
    finally:
        os.close(descriptor)
