"""What of a corpus an experiment can use, told in lines."""

from __future__ import annotations

from vox.corpus import Corpus
from vox.corpus.recording import Split
from vox.errors import VoxError
from vox.names import listed, printable
from vox.representation.base import Representation


def usable(corpus: Corpus, representation: Representation) -> tuple[list[str], str]:
    """Tell what is in a corpus, which windows it gives, and what is not usable and why.

    Parameters
    ----------
    corpus
        That was loaded.
    representation
        Whose windows count.

    Returns
    -------
    list of str
        Lines to print.
    str
        What keeps all of it from being trained on; empty if nothing does.
    """
    lines = [f"{corpus}\n\n{corpus.table()}\n"]
    problems, notes, hindrance = list(corpus.problems), list(corpus.notes), ""
    splits: tuple[Split, ...] = ("train", "test")
    for split in splits:
        said = "no recordings"
        try:
            windows = representation.windows(corpus, split=split) if corpus.select(split) else None
        except VoxError as error:
            windows, said = None, str(error)
        if windows is None:
            lines.append(f"{split}: {printable(said)}")
            if split == "train":
                hindrance = f"{printable(corpus.name)}: nothing to train on in it"
            continue
        problems += windows.left_out
        lines.append(
            f"{split}: {len(windows)} recordings with {sum(windows.counts)} usable windows of "
            f"{representation.seconds:.2f} s that overlap by half"
        )
        if split == "train":
            for group, names in windows.untrained().items():
                notes.append(f"nothing to train on of {len(names)} {group}: {listed(names)}")
    if max(corpus.labels.sizes) < 2:
        notes.append("one class alone in each group: nobody to convert to, nothing to tell apart")
    lines.append(f"fingerprint {corpus.fingerprint[:16]}")
    lines += [f"note: {printable(note)}" for note in notes]
    if problems:
        lines += [f"\nnot usable ({len(problems)}):", *(f"  {problem}" for problem in problems)]
    return lines, hindrance
