"""Interruptions that wait for the end of the step they fall into."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def interruption() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM in the list that is yielded, so that no step is cut in two.

    A second signal acts at once. Signals reach only the main thread; elsewhere nothing is caught.
    """
    caught: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield caught
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    old: dict[int, Any] = {number: signal.getsignal(number) for number in numbers}

    def note(number: int, frame: Any) -> None:
        caught.append(number)
        signal.signal(number, old[number])

    for number in old:
        signal.signal(number, note)
    try:
        yield caught
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
