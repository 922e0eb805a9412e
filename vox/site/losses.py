"""Loss curves of an experiment over those of its parent, from the data that both records keep."""

from __future__ import annotations

import functools
import re

from vox.curves import Curves
from vox.site.entries import Entry
from vox.site.scales import scale

_OUTPUT = re.compile(r'(<div class="vox-output vox-curves">).*?</div></div>', re.S)


def laid(text: str, entry: Entry, parent: Entry | None) -> str:
    """Lay the curves on an experiment's page over its parent's, and say what both are.

    Parameters
    ----------
    text
        The page as Markdown.
    entry, parent
        It is left as the record shows it where either keeps no curves or they share none.
    """
    own, other = entry.curves, parent.curves if parent else None
    if own is None or parent is None or other is None or not {*own.curves} & {*other.curves}:
        return text
    drawn = _drawn(own, other, parent.name)
    told = (
        f"実線はこの記録 ({_scale(entry)}、{own.iterations} 回)、"
        f"破線は親 {parent.name} の記録 ({_scale(parent)}、{other.iterations} 回)。"
    )
    return _OUTPUT.sub(lambda found: f"{found[1]}{drawn}<p>{told}</p></div>", text, count=1)


def _scale(entry: Entry) -> str:
    return scale(entry.meta.get("record") or {}) or "独自"


@functools.lru_cache(maxsize=128)
def _drawn(own: Curves, other: Curves, named: str) -> str:
    """Both languages show one drawing."""
    return own.figure(other, named)._repr_html_()
