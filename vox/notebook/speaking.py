"""What a notebook shows and prints, in English: by the words that the site shows records with."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from IPython.core.getipython import get_ipython

from vox import language
from vox.english import WORDS
from vox.errors import unknown
from vox.language import LANGUAGES, Words

_words: Words | None = None
_listening = False


def speak(spoken: str) -> None:
    """Let the notebook that runs here show what it shows in Japanese (``ja``) or English (``en``).

    Sentences of one notebook alone are told by the metadata of its cells, which lie in
    ``notebooks/`` or here; what stands nowhere in English stays Japanese, marked as such. Data
    that a record keeps, such as verdicts, are not touched.

    Raises
    ------
    VoxError
        It speaks no other.
    """
    global _words
    if spoken not in LANGUAGES:
        raise unknown("language", spoken, LANGUAGES)
    _words = Words(_beside(), WORDS) if spoken == "en" else None
    shell = get_ipython()
    if _words and not _listening and shell is not None and shell.display_formatter is not None:
        _listen(shell.display_formatter)


def _listen(formatter: Any) -> None:
    global _listening
    _listening = True
    form, write = formatter.format, sys.stdout.write

    def formed(*what: Any, **how: Any) -> Any:
        data, metadata = form(*what, **how)
        return ({**data, **language.shown(data, _words)} if _words else data), metadata

    def written(text: str) -> int:
        return write(language.printed(text, _words) if _words else text)

    formatter.format = formed
    sys.stdout.write = written  # type: ignore[method-assign]


def _beside() -> dict[str, str]:
    found: dict[str, str] = {}
    folder = Path("notebooks") if Path("notebooks").is_dir() else Path()
    for path in sorted([*folder.glob("*.ipynb"), *folder.glob("posts/*.ipynb")]):
        try:
            found |= language.beside(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # no notebook of ours
    return found
