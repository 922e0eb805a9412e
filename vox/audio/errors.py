"""The error for a file that is no usable sound."""

from __future__ import annotations

from pathlib import Path

from vox.errors import VoxError


class AudioError(VoxError):
    """A file that is no usable sound; ``reason`` says why without naming the file."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason
