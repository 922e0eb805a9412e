"""Keeping what C libraries print from the user's terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_inside = 0
_kept = -1


@contextmanager
def quiet() -> Iterator[None]:
    """Send what is written to the standard error of the process itself nowhere.

    libmpg123 writes there, past Python. It is for code of others that calls it; `vox.audio.read`
    does not. Threads may be inside together: the first closes, the last opens again.
    """
    global _inside, _kept
    with _lock:
        if not _inside:
            if sys.stderr is not None:
                sys.stderr.flush()
            _kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                os.dup2(_kept, 2)
                os.close(_kept)
