"""Figures with a text for those who cannot see them, and names drawn in them as they are."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import cast

import matplotlib.pyplot as plt
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text


class Drawing(Figure):
    """A figure with a text for those who cannot see it; `vox.notebook` gives it to Jupyter."""

    alt = ""


def drawing(width: float, height: float) -> Drawing:
    """Return an empty drawing of a size in inches."""
    figure = plt.figure(FigureClass=Drawing, figsize=(width, height), layout="constrained")
    plt.close(figure)  # shown when it is returned, not once more by pyplot
    return cast(Drawing, figure)


def literally(text: Text) -> Text:
    """Let a name be drawn as it is written: no formula between dollars, in fonts that have it.

    Parameters
    ----------
    text
        Such as ``axes.set_title(name)`` returns.

    Returns
    -------
    matplotlib.text.Text
        The same, in its own font, with others behind it where characters are missing: Noto Sans CJK
        for Chinese, Japanese and Korean, then whatever is installed. What no font has is written as
        its number, such as ``[U+0E01]``.
    """
    text.set_parse_math(False)
    own = font_manager.findfont(text.get_fontproperties())
    missing = {c for c in text.get_text() if not c.isspace() and ord(c) not in _characters(own)}
    if not missing:
        return text
    families = list(text.get_fontfamily())
    for path in (_noto(), *_installed()):
        held = {c for c in missing if ord(c) in _characters(path)}
        if held:
            families.append(font_manager.get_font(path).family_name)
            missing -= held
        if not missing:
            break
    text.set_fontfamily(families)
    for character in missing:
        joins = unicodedata.category(character) in ("Cf", "Mn")  # of emoji: not seen by themselves
        number = "" if joins else f"[U+{ord(character):04X}]"
        text.set_text(text.get_text().replace(character, number))
    return text


@cache
def _installed() -> list[str]:
    """All fonts that matplotlib finds, but for the one that has a box for every character."""
    fonts = font_manager.fontManager.ttflist
    return sorted({font.fname for font in fonts if not font.name.startswith("Last Resort")})


@cache
def _characters(path: str) -> frozenset[int]:
    try:
        return frozenset(font_manager.get_font(path).get_charmap())
    except (OSError, RuntimeError):  # a font that was removed, or of a kind that is not read
        return frozenset()


@cache
def _noto() -> str:
    """Noto Sans CJK, from its package: few systems have such a font."""
    from noto_cjk_sans_jp_regular import FONT_PATH

    font_manager.fontManager.addfont(FONT_PATH)
    return str(FONT_PATH)
