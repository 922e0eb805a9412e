"""Names that people gave to files, speakers, texts: one form of each, one way to print them.

A name may reach us composed or decomposed (macOS keeps が as か with a mark behind it), and may
hold what a terminal obeys. `nfc` is where a name comes in, `printable` where it goes out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

JOINERS = "\u200c\u200d"  # inside of emoji and of words in several scripts
UNREADABLE = ("Cc", "Cs", "Zl", "Zp")  # control characters, broken encodings, line separators
SHOWN = ("Zs", "Co", "Cn")  # any space, private use, and what is newer than this Python


def nfc(text: str) -> str:
    r"""Return a name in the form in which all are compared, Unicode's NFC.

    Examples
    --------
    >>> nfc("か\u3099く") == "がく"
    True
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def readable(text: str) -> bool:
    r"""Whether a name is text: no control characters, no bytes that are not UTF-8.

    Examples
    --------
    >>> readable("山田　太郎"), readable("a\x1b[2J"), readable("a\udcff")
    (True, False, False)
    """
    return text.isprintable() or not any(unicodedata.category(c) in UNREADABLE for c in text)


def printable(text: object, most: int | None = None) -> str:
    r"""Return a name as it may be printed: what steers a terminal, or is not seen, is escaped.

    Parameters
    ----------
    text
        Anything; its `str` is taken.
    most
        Characters of the result: the middle of a longer one is left out.

    Examples
    --------
    >>> print(printable("two\nlines"), printable("\x1b[31mred"), printable("山田　太郎"))
    two\nlines \x1b[31mred 山田　太郎
    >>> printable("a" * 50, 9)
    'aaaa…aaaa'
    """
    text = str(text)
    if most is not None and len(text) > most:
        half = (most - 1) // 2
        text = f"{text[: most - 1 - half]}…{text[len(text) - half :]}"
    if text.isprintable():
        return text
    return "".join(c if _shown(c) else c.encode("unicode_escape").decode() for c in text)


def printable_lines(text: object, most: int | None = 1000) -> str:
    """Return a message as it may be printed: `printable` of each of its lines."""
    return "\n".join(printable(line, most) for line in str(text).split("\n"))


def listed(names: Iterable[object], most: int = 8) -> str:
    """Return names in a line, and how many more there are.

    Examples
    --------
    >>> listed("abcd", 3)
    'a, b, c and 1 more'
    """
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(printable(name, 80) for name in every[:most]) + more


def clean(text: object) -> str:
    r"""Return a label in the form in which it is kept: `nfc`, and `printable`.

    Examples
    --------
    >>> clean("か\u3099く"), clean("ann\x1b[31m")
    ('がく', 'ann\\x1b[31m')
    """
    return printable(nfc(str(text)))


def _shown(c: str) -> bool:
    return c.isprintable() or c in JOINERS or unicodedata.category(c) in SHOWN
