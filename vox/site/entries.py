"""What the site holds: experiments, issues and posts, and how they belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from vox.curves import Curves
from vox.site import pictures
from vox.site.bench import Group, Said, sentences
from vox.words import MET, VERDICTS

KINDS = ("experiments", "issues", "posts")
REQUIREMENTS = {"content": "言葉が残る", "target": "目標とわかる"}
"""Of module/vox, by the names that records have for them."""


@dataclass
class Entry:
    """One page of a collection.

    Attributes
    ----------
    kind
        One of `KINDS`: the folder it lies in.
    name
        An experiment's id, an issue's path (``module/vox``), a post's file name.
    title, date, url
        As the page has them; the address from the site's root.
    meta
        All that the page says of itself.
    heard
        Its groups of sounds.
    notebook
        Address of its notebook from the site's root, if it is one.
    links
        Names of the pages it links to.
    summary
        Its first paragraph, plain.
    curves
        Losses of its record's run.
    """

    kind: str
    name: str
    title: str
    url: str
    date: str = ""
    meta: dict[str, Any] = field(default_factory=dict)
    heard: list[Group] = field(default_factory=list)
    notebook: str | None = None
    links: set[str] = field(default_factory=set)
    summary: str = ""
    curves: Curves | None = None

    @property
    def parent(self) -> str | None:
        """Name of the parent: an experiment's own, or the path above an issue."""
        if self.kind == "issues":
            return self.name.rpartition("/")[0] or None
        parent = self.meta.get("parent")
        return None if parent is None else str(parent)

    @property
    def short(self) -> str:
        """An id, the last name of an issue's path, or a post's title."""
        return self.title if self.kind == "posts" else self.name.rpartition("/")[2]

    @property
    def issues(self) -> tuple[str, ...]:
        """Names of the issues it belongs to."""
        return tuple(map(str, self.meta.get("issues") or ()))

    @property
    def tags(self) -> tuple[str, ...]:
        """Such as ``closed`` and ``satisfied``."""
        return tuple(map(str, self.meta.get("tags") or ()))

    @property
    def verdicts(self) -> dict[str, int]:
        """How many claims its record found reproduced, not reproduced, beyond measuring."""
        given = [claim["verdict"] for claim in self._record.get("claims") or ()]
        return {v: given.count(v) for v in VERDICTS.values() if v in given}

    @property
    def met(self) -> dict[str, bool | None]:
        """Whether its record meets the requirements; empty where nothing was scored."""
        told = (self._record.get("scores") or {}).get("met") or {}
        return {name: told[key] for key, name in REQUIREMENTS.items() if key in told}

    def said(self, say: Callable[[str], str]) -> list[str]:
        """Return what its record found, in words."""
        claims = [f"{say(verdict)} {count}" for verdict, count in self.verdicts.items()]
        return claims + [f"{say(name)}: {say(MET[met])}" for name, met in self.met.items()]

    def badge(self, tag: str) -> str:
        """Return a tag; where its author judged, with the year, which is not today's."""
        judged = tag.endswith("satisfied") and self.date
        return f"{self.date[:4]}: {tag}" if judged else tag

    @property
    def picture(self) -> dict[str, str] | None:
        """The figure of a record to show it by: the conversion's where there is one."""
        shown = self._media(".png", ".svg")
        wanted = [m for m in shown if m["text"] == "output"]  # a panel of the conversion's figure
        wanted += [m for m in shown if str(m["text"]).startswith("Spectrograms of source")]
        return next(iter([*wanted, *reversed(shown)]), None)

    @property
    def thumbnail(self) -> str | None:
        """Where the picture lies once more, small."""
        return pictures.thumbnail(self.picture["file"]) if self.picture else None

    @property
    def sound(self) -> dict[str, str] | None:
        """The sound of a record to play beside it: the output where there is one."""
        sounds = self._media(".flac")
        wanted = [m for m in sounds if str(m["text"]).startswith("出力")]
        return next(iter([*wanted, *sounds]), None)

    @property
    def _record(self) -> dict[str, Any]:
        return self.meta.get("record") or {}

    def _media(self, *suffixes: str) -> list[dict[str, str]]:
        media = self._record.get("media") or ()
        return [one for one in media if str(one["file"]).endswith(suffixes)]


class Entries:
    """All entries of the site, by their name."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.by_name = {entry.name: entry for entry in entries}

    @cached_property
    def said(self) -> dict[str, Said]:
        """What is said in the sounds of all records."""
        return sentences(group for entry in self.by_name.values() for group in entry.heard)

    def of(self, kind: str) -> list[Entry]:
        """Return a collection, the newest first."""
        found = [entry for entry in self.by_name.values() if entry.kind == kind]
        return sorted(found, key=lambda e: (e.date, self._depth(e), e.name), reverse=True)

    def _depth(self, entry: Entry) -> int:
        """How many generations stand above an entry: of one day, a child is the newer."""
        depth, name = 0, entry.parent
        while name in self.by_name and depth < len(self.by_name):
            depth, name = depth + 1, self.by_name[name].parent
        return depth

    def above(self, entry: Entry) -> list[Entry]:
        """Return the parent, its parent and so on, the first of all first."""
        found: list[Entry] = []
        while (parent := self.by_name.get(entry.parent or "")) and parent not in found:
            found.insert(0, parent)
            entry = parent
        return found

    def beside(self, entry: Entry) -> tuple[Entry | None, Entry | None]:
        """Return the entries of the same kind before and after it, by date."""
        row = [None, *reversed(self.of(entry.kind)), None]
        place = row.index(entry)
        return row[place - 1], row[place + 1]

    def children(self, entry: Entry) -> list[Entry]:
        """Return the entries of the same kind whose parent it is, the oldest first."""
        return [other for other in reversed(self.of(entry.kind)) if other.parent == entry.name]

    def belonging(self, issue: Entry) -> list[Entry]:
        """Return what belongs to an issue, the newest first."""
        return [e for e in self._dated() if issue.name in e.issues]

    def days(self, entry: Entry) -> list[str]:
        """Return the days of an entry: the first and the last, or one, or none.

        An experiment's are those of its page; of an issue it is when what belongs to it began, and
        the newest of that.
        """
        days = [entry.date, str(entry.meta.get("closed") or "")]
        if entry.kind == "issues" and not entry.date:
            days = sorted(e.date for e in self.belonging(entry) if e.date)
            days = days[:1] + days[-1:]
        return list(dict.fromkeys(filter(None, days)))

    def meeting(self, issue: Entry) -> list[Entry]:
        """Return what belongs to an issue and whose record meets all requirements, newest first."""
        return [e for e in self.belonging(issue) if e.met and all(e.met.values())]

    def backlinks(self, entry: Entry) -> list[Entry]:
        """Return the entries that link to this one, the newest first."""
        return [e for e in self._dated() if entry.name in e.links and e is not entry]

    def related(self, entry: Entry, count: int = 4) -> list[Entry]:
        """Return the entries that link to the most of what this one links to."""
        family = {entry.name, entry.parent, *(child.name for child in self.children(entry))}

        def shared(other: Entry) -> int:
            return len((entry.links | {entry.name}) & (other.links | {other.name}))

        others = [e for e in self._dated() if e.kind != "issues" and e.name not in family]
        ranked = sorted(others, key=shared, reverse=True)
        return [other for other in ranked if shared(other)][:count]

    def family(self) -> str:
        """Return the descent of the experiments as mermaid, each node a link to its page."""
        lines = ["graph TD", "accTitle: 系列の系譜"]
        for entry in reversed(self.of("experiments")):
            state = "satisfied" if "satisfied" in entry.tags else "other"
            lines.append(f'x{entry.name}["{entry.name}<br/>{entry.date}"]:::{state}')
            if entry.parent in self.by_name:
                lines.append(f"x{entry.parent} --> x{entry.name}")
            lines.append(f'click x{entry.name} "{entry.url.removeprefix("en/")}"')
        return "\n".join([*lines, "classDef satisfied stroke-width:3px"])

    def _dated(self) -> list[Entry]:
        everything = [entry for kind in KINDS for entry in self.of(kind)]
        return sorted(everything, key=lambda entry: entry.date, reverse=True)
