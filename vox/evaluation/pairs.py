"""What is converted to whom: held-out recordings and speakers in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vox.corpus import Corpus, Recording
from vox.corpus.recording import Split
from vox.errors import VoxError, unknown

LONGEST = 15.0  # s of a recording that are converted and judged
SHORTEST = 1.0  # s: judges of voices and phones are lost on less


@dataclass(frozen=True)
class Pair:
    """A held-out recording and the speaker it is converted to, with a recording of that speaker."""

    source: Recording
    target: Recording

    @property
    def parallel(self) -> bool:
        """Whether both say the same."""
        return bool(self.source.text) and self.source.text == self.target.text

    @property
    def speakers(self) -> tuple[str, str]:
        """Source and target speaker."""
        return self.source.labels["speaker"], self.target.labels["speaker"]


def pairs(
    corpus: Corpus, speakers: Sequence[str], count: int, sources: Sequence[str] | None = None
) -> list[Pair]:
    """Choose what is converted to whom: speakers and sentences in turn, the same each time.

    Parameters
    ----------
    corpus
        Its held-out recordings of a second or more are used; all of them where fewer than two
        speakers have any. A recording of the same sentence by the target speaker may be one that
        was trained on: it is not converted.
    speakers
        Who can be converted to; the sources are those of them that the corpus has.
    count
        Conversions.
    sources
        Who is converted, such as a speaker that was not trained on; by default all of `speakers`.

    Raises
    ------
    VoxError
        The corpus has fewer than two of these speakers.
    """
    splits: tuple[Split | None, ...] = ("test", None)
    for split in splits:
        of: dict[str, list[Recording]] = {}
        for recording in corpus.select(split):
            name = recording.labels.get("speaker", "")
            if name in (*speakers, *(sources or ())) and corpus.seconds(recording) >= SHORTEST:
                of.setdefault(name, []).append(recording)
        if len(of) > 1:
            break
    if len(of) < 2:
        raise VoxError(
            f"{corpus.name}: scores need recordings of {SHORTEST:g} s or more of two speakers that "
            f"the run knows, and it has them of {len(of)}"
        )
    for name in sources or ():
        if name not in of:
            raise VoxError(f"{unknown('source', name, of)}, which have recordings to be judged")
    spoken: dict[tuple[str, str], list[Recording]] = {}
    for recording in corpus.recordings:
        if recording.text and corpus.seconds(recording) >= SHORTEST:
            key = (recording.labels.get("speaker", ""), recording.text)
            spoken.setdefault(key, []).append(recording)
    names, chosen = sorted(of), []
    converted = list(sources or names)
    for i in range(count):
        turn, place = divmod(i, len(converted))
        one = converted[place]
        behind = names.index(one) + 1
        others = [name for name in names[behind:] + names[: behind - 1] if name in speakers]
        if not others:
            raise VoxError(
                f"{corpus.name}: of {one!r} there is nobody else to convert to that the run knows"
            )
        other = others[turn % len(others)]
        source = of[one][turn % len(of[one])]
        same = [r for r in of[other] if source.text and r.text == source.text]
        same = same or spoken.get((other, source.text), [])
        chosen.append(Pair(source, (same or of[other])[turn % len(same or of[other])]))
    return list(dict.fromkeys(chosen))
