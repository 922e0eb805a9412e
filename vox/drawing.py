"""Figures as SVG in the page's colours, with a text for those who cannot see them.

Names are drawn in them as they are.
"""

from __future__ import annotations

import base64
import html
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, cast

import matplotlib
import matplotlib.pyplot as plt
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

PAPER = "#fdfcfb"
"""What is drawn in it takes the colour of the page's background, as black that of its text."""
_PAPER = "var(--md-default-bg-color,var(--jp-layout-color0,#fff))"
_RC: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "vox"}
_DPI = 144  # of spectrograms and other pictures within, one and a half a pixel of CSS
_SMALLEST = 0.68  # of its natural size, at which letters are still 9 pixels high
RASTER = re.compile(r'(?<= href=")data:image/([a-z]+);base64,([^"]*)')


class Drawing(Figure):
    """A figure with a text for those who cannot see it; Jupyter shows it as SVG.

    Attributes
    ----------
    alt
        The text.
    panels
        Axes that stay together; what is not on one line with others where a page is narrow. All of
        them together where it is empty. The text of a panel but the first is its title.
    data
        What is drawn, by media type, where a record keeps it.
    """

    alt = ""
    panels: Sequence[Sequence[Axes]] = ()
    data: Mapping[str, Any] = MappingProxyType({})

    def svgs(self) -> list[str]:
        """Return the panels as SVG, each an element that a page can hold.

        Black is the colour of the page's text, letters are letters, pictures within are WebP.
        """
        self.draw_without_rendering()
        engine, shown = self.get_layout_engine(), [a for a in self.axes if a.get_visible()]
        for axes in shown:
            if legend := axes.get_legend():
                legend.get_frame().set_facecolor(PAPER)
        made: list[str] = []
        try:
            self.set_layout_engine("none")  # each panel stays where it is among the others
            for panel in self.panels or [shown]:
                for axes in shown:
                    axes.set_visible(axes in panel)
                label = panel[0].get_title() if made else self.alt
                made.append(self._svg(panel if self.panels else None, label or self.alt))
        finally:
            for axes in shown:
                axes.set_visible(True)
            self.set_layout_engine(engine)
        return made

    def _svg(self, panel: Sequence[Axes] | None, label: str) -> str:
        box = None
        if panel is not None:
            inside = [found for axes in panel if (found := axes.get_tightbbox()) is not None]
            union = Bbox.union(inside)  # in dots
            left, right = union.x0 / self.dpi - 0.05, union.x1 / self.dpi + 0.05
            box = Bbox([[left, 0], [right, self.get_figheight()]])
        buffer = io.StringIO()
        with matplotlib.rc_context(_RC):
            self.savefig(
                buffer, format="svg", transparent=True, dpi=_DPI, bbox_inches=box,
                metadata={"Date": None},
            )  # fmt: skip
        return tidied(buffer.getvalue(), f'role="img" aria-label="{html.escape(label)}"')

    def _repr_mimebundle_(self, **how: Any) -> dict[str, Any]:
        return dict(self.data)

    def _repr_html_(self) -> str:
        style = "display:flex;flex-wrap:wrap;gap:.5em;overflow-x:auto"
        return f'<div class="vox-figure" tabindex="0" style="{style}">{"".join(self.svgs())}</div>'


def tidied(svg: str, named: str) -> str:
    """Return what matplotlib wrote as an element in the colours of the page that holds it.

    Parameters
    ----------
    svg
        With ``svg.fonttype`` "none".
    named
        Attributes that say what it shows.
    """
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.S)
    opened = re.search(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt" viewBox="([^"]*)"', svg)
    if opened is None:
        raise ValueError("no SVG of matplotlib")
    width, height = (round(float(size) * 4 / 3) for size in opened.groups()[:2])
    inside = svg[svg.index(">", opened.end()) + 1 :]
    inside = re.sub(r"\s*\n\s*", " ", inside).replace("> <", "><")
    inside = re.sub(r"<[^>]+>", _rounded, inside)  # tags alone: what is written stays as it is
    inside = re.sub(r"(?<=[\dzMLQC]) (?=[MLQCz])|(?<=[MLQC]) ", "", inside)
    inside = re.sub(r" ?font-family: [^;\"]*;?", "", inside)
    inside = inside.replace("#000000", "currentColor").replace(PAPER, _PAPER)
    inside = RASTER.sub(_webp, inside.replace("xlink:href", "href"))
    used = set(re.findall(r'(?:url\(| href=")#([^")]+)', inside))
    mark = "v" + sha256(inside.encode()).hexdigest()[:6]  # the same names stand in other figures
    for name in used:
        inside = re.sub(rf'(?<=#|"){re.escape(name)}(?=[")])', f"{mark}{name}", inside)
    inside = re.sub(rf' id="(?!{mark})[^"]*"', "", inside)
    style = f"flex:0 1 {width}px;max-width:100%;min-width:{round(_SMALLEST * width)}px;height:auto"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="vox-drawn" {named} width="{width}" '
        f'height="{height}" viewBox="{opened[3]}" style="{style}" fill="currentColor" '
        f'font-family="sans-serif" stroke-linejoin="round">{inside.strip()}'
    )


def _rounded(tag: re.Match[str]) -> str:
    return re.sub(r"(?<!opacity: )-?\b\d+\.\d{2,}", lambda found: f"{float(found[0]):.1f}", tag[0])


def _webp(found: re.Match[str]) -> str:
    """A picture within, at a quarter of the size and in colours that the eye takes for the same."""
    written = base64.b64decode(found[2])
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(written)) as picture:
        picture.save(buffer, "webp", quality=80)
    if len(buffer.getvalue()) >= len(written):
        return found[0]
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


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
