"""Which suffixes name sound."""

from __future__ import annotations

import soundfile

WRITABLE: dict[str, tuple[str, str | None]] = {
    **{f".{name.lower()}": (name, None) for name in soundfile.available_formats() if name != "RAW"},
    ".aif": ("AIFF", None), ".aifc": ("AIFF", None), ".oga": ("OGG", None),
    ".opus": ("OGG", "OPUS"), ".snd": ("AU", None),
}  # fmt: skip
"""What is written, and read too, by suffix: container, and encoding if it is not the usual one.
Headerless .raw says neither its rate nor its format, and is left out."""

READABLE = frozenset(WRITABLE) | {
    ".3g2", ".3ga", ".3gp", ".aac", ".ac3", ".amr", ".ape", ".asf", ".avi", ".awb", ".bwf", ".dsf",
    ".flv", ".m2a", ".m4a", ".m4b", ".m4r", ".m4v", ".mka", ".mkv", ".mov", ".mp1", ".mp2", ".mp4",
    ".mpa", ".mpc", ".mpeg", ".mpg", ".ogv", ".ogx", ".qt", ".spx", ".tak", ".tta", ".wave",
    ".webm", ".wma", ".wmv", ".wv",
}  # fmt: skip
"""What is taken for sound by its suffix: what libsndfile writes, and what FFmpeg reads."""
