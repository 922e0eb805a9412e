"""A corpus: labelled recordings with their PCM, from a folder, manifests, or the embedded one."""

from __future__ import annotations

import html
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from vox.audio import Pcm
from vox.corpus.folder import scan
from vox.corpus.recording import GROUPS, Problem, Recording, Scan, Split, with_all_trained
from vox.corpus.segment import Segment
from vox.corpus.store import SAMPLE_RATE, PcmStore, digests
from vox.errors import VoxError, unknown
from vox.labels import LabelSpace
from vox.names import clean, nfc, printable
from vox.table import Table

DEMO = Path(__file__).parent / "demo"


@dataclass(frozen=True, repr=False)
class Corpus:
    """Labelled recordings whose PCM is ready to be read.

    Attributes
    ----------
    name
        ``"demo"``, or the path that was given.
    recordings
        All that are usable, sorted by file name.
    problems
        Files and rows that are not usable, each with its reason.
    notes
        What else is worth knowing, such as columns that are not used.
    labels
        The groups and classes that occur.
    fingerprint
        Changes when any recording's name, contents, label or split does, and with nothing else.
    """

    name: str
    recordings: tuple[Recording, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    labels: LabelSpace
    fingerprint: str
    store: PcmStore
    _digests: Mapping[str, str]
    _samples: Pcm

    sample_rate = SAMPLE_RATE

    def digest(self, recording: Recording) -> str:
        """Return the SHA-256 of a recording's file, or what tells its segment of one."""
        return self._digests[recording.file]

    def pcm(self, recording: Recording | str) -> Pcm:
        """Return the samples of a recording, or of a file name, shape ``(time,)``, read-only.

        Raises
        ------
        VoxError
            No usable recording has that file name.
        """
        start, length = self.span(recording)
        return self._samples[start : start + length]

    def span(self, recording: Recording | str) -> tuple[int, int]:
        """Return the first sample and the number of samples of a recording in the store.

        Errors as for `pcm`.
        """
        file = nfc(recording) if isinstance(recording, str) else recording.file
        if file not in self._digests:
            raise unknown("recording", file, self._digests)
        return self.store.spans[self._digests[file]]

    def seconds(self, recording: Recording) -> float:
        """Return how long a recording is."""
        return self.span(recording)[1] / SAMPLE_RATE

    @property
    def minutes(self) -> float:
        """Length of all recordings."""
        return sum(map(self.seconds, self.recordings)) / 60

    def select(self, split: Split | None = None, **labels: str) -> tuple[Recording, ...]:
        """Return the recordings of a split that carry all the labels given.

        Examples
        --------
        >>> import vox
        >>> corpus = vox.load_corpus("demo")
        >>> len(corpus.select("test", speaker="anika"))
        6
        """
        self.labels.index(**labels)  # says so when a group or class does not exist
        labels = {group: clean(name) for group, name in labels.items()}
        return tuple(
            recording
            for recording in self.recordings
            if (split is None or recording.split == split)
            and all(recording.labels.get(group) == name for group, name in labels.items())
        )

    def without(self, **labels: str) -> Corpus:
        """Return the corpus as if it had no recordings that carry all the labels given.

        Examples
        --------
        >>> import vox
        >>> print(vox.load_corpus("demo").without(speaker="anika"))
        demo: 168 recordings (42 held out), 15.4 minutes, 7 speaker, 4 birthplace, 2 sex
        """
        gone = set(self.select(None, **labels))
        return self.only(r for r in self.recordings if r not in gone)

    def only(self, recordings: Iterable[Recording]) -> Corpus:
        """Return the corpus as if it had some of its recordings alone, in the order of its own.

        Raises
        ------
        VoxError
            There are none.

        Examples
        --------
        >>> import vox
        >>> corpus = vox.load_corpus("demo")
        >>> print(corpus.only(corpus.select(speaker="anika")))
        demo: 24 recordings (6 held out), 1.9 minutes, 1 speaker, 1 birthplace, 1 sex
        """
        wanted = set(recordings)
        left = tuple(r for r in self.recordings if r in wanted)
        if not left:
            raise VoxError(f"{printable(self.name)}: no recording of it is left")
        fingerprint = _fingerprint(left, self._digests)
        return replace(self, recordings=left, labels=_labels(left), fingerprint=fingerprint)

    def counts(self, group: str) -> dict[str, int]:
        """Return the recordings of each class of a group; unlabelled ones under ``""``."""
        counted = Counter(recording.labels.get(group, "") for recording in self.recordings)
        return dict(sorted(counted.items()))

    def __str__(self) -> str:
        held_out = len(self.select("test"))
        return (
            f"{printable(self.name)}: {len(self.recordings)} recordings ({held_out} held out), "
            f"{self.minutes:.1f} minutes, {self.labels}"
        )

    def __repr__(self) -> str:
        return f"Corpus({self})"

    def table(self) -> Table:
        """Return the classes of each group with their recordings."""
        rows = [
            (
                group.name,
                len(group.classes),
                ", ".join(
                    f"{printable(name, 80) or '(unlabelled)'} {count}"
                    for name, count in self.counts(group.name).items()
                ),
            )
            for group in self.labels.groups
        ]
        return Table(("group", "classes", "recordings of each"), rows)

    def _repr_html_(self) -> str:
        problems = Table(
            ("not usable", "reason"), [(p.where, p.reason) for p in self.problems[:20]]
        )
        return (
            f"<p>{html.escape(str(self))}</p>{self.table()._repr_html_()}"
            f"{problems._repr_html_() if self.problems else ''}"
        )


def load_corpus(path: str | Path = "demo", *, allow_commands: bool = False) -> Corpus:
    """Load the embedded corpus, a folder of recordings, or lhotse manifests.

    Parameters
    ----------
    path
        ``"demo"``, or what has one of these forms, of which the first that fits counts:

        - a folder with a ``metadata.csv`` (columns ``file_name``, ``speaker``, ``birthplace``,
          ``sex``, and optionally ``text``, ``language`` (of the text, such as ``en``) and
          ``split``, which is ``train``, or ``test``, ``dev`` and their like; an empty field is
          unlabelled);
        - lhotse manifests, which need the extra ``corpora``: a folder of them or one of
          them, JSON Lines or JSON, also with gzip. Those of recordings go with those of
          supervisions by their names (``x_recordings_y.jsonl.gz``, ``x_supervisions_y.jsonl.gz``);
          cuts (``x_cuts_y.jsonl.gz``) stand alone, and are not used where a folder holds both.
          Each supervision is a recording named by its id, of its channel, or the mean of its
          channels. Its sex is ``gender``, and its birthplace the first that ``custom`` has of
          birthplace, accent, accents, region, dialect and country. Paths are tried as they are,
          then from the manifest's folder;
        - VCTK or JVS as they unzip: see `vox.corpus.layouts.scan`;
        - any other folder, whose first level names the speaker; or the second, where the first
          divides it into ``train`` and others (``test``, ``dev``, ``valid``, ...), which are held
          out.

        Audio in folders is of any format, rate and channel count that libsndfile or FFmpeg reads;
        channels are averaged. Where no split is given, about one recording in eight is held out, by
        its file's name or its id, but for the only one of a speaker. Names that differ in how they
        are composed (NFC, NFD) are one.
    allow_commands
        Whether what a manifest names as a command is run to get the sound: only where you trust
        who wrote it. What was decoded once is kept, and needs it no more.

    Returns
    -------
    Corpus
        What is usable; what is not is listed in its ``problems``.

    Raises
    ------
    VoxError
        There is no such folder or manifest, its labels cannot be read, lhotse is needed and not
        installed, or nothing in it is usable.

    Examples
    --------
    >>> corpus = load_corpus("demo")
    >>> print(corpus)
    demo: 192 recordings (48 held out), 17.3 minutes, 8 speaker, 4 birthplace, 2 sex
    """
    if not isinstance(path, str | Path):
        raise VoxError(
            f"corpus must be text, not {path!r}; write ./{path} for a folder of that name"
        )
    if not str(path):
        raise VoxError("corpus '': no path; give 'demo' or a folder of recordings")
    folder = DEMO if str(path) == "demo" else Path(os.path.expanduser(path))
    found = scan(folder)
    digest_of, sources, unread = _sources(found)
    store = PcmStore(sources, allow_commands=allow_commands)
    problems, usable = list(found.problems), []
    for recording in found.recordings:
        reason = unread.get(recording.file) or store.reasons.get(digest_of[recording.file])
        if reason:
            problems.append(Problem(recording.file, reason))
        else:
            usable.append(recording)
    name = "demo" if folder == DEMO else str(path)
    if not usable:
        listed = "".join(f"\n  {problem}" for problem in problems[:10])
        more = f"\n  and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise VoxError(
            f"corpus '{printable(name, 240)}': nothing usable in it"
            f"{':' if listed else ''}{listed}{more}"
        )
    usable, taken_back = with_all_trained(usable, found.unsplit)
    if taken_back:
        found.notes.append(
            f"{taken_back} recordings are trained on and not held out: the only ones of a class"
        )
    found.notes += _told(
        (r.file, store.notes[digest_of[r.file]]) for r in usable if digest_of[r.file] in store.notes
    )
    twins = len(usable) - len({digest_of[recording.file] for recording in usable})
    if twins:
        found.notes.append(f"{twins} recordings have the same contents as another")
    return Corpus(
        name=name,
        recordings=tuple(usable),
        problems=tuple(problems),
        notes=tuple(found.notes),
        labels=_labels(usable),
        fingerprint=_fingerprint(usable, digest_of),
        store=store,
        _digests={recording.file: digest_of[recording.file] for recording in usable},
        _samples=store.samples(),
    )


def _told(notes: Iterable[tuple[str, str]], most: int = 10) -> list[str]:
    """List what is worth knowing of recordings, as far as anybody reads on."""
    listed = [f"{file}: {note}" for file, note in notes]
    more = [f"and {len(listed) - most} recordings more of that kind"] if len(listed) > most else []
    return listed[:most] + more


def _labels(recordings: Iterable[Recording]) -> LabelSpace:
    """The groups and classes that occur."""
    named = list(recordings)
    found = {g: sorted({r.labels[g] for r in named if g in r.labels}) for g in GROUPS}
    return LabelSpace.of({group: names for group, names in found.items() if names})


def _fingerprint(recordings: Iterable[Recording], digest_of: Mapping[str, str]) -> str:
    """Changes with each recording's name, contents, labels and split."""
    told = [[r.file, digest_of[r.file], sorted(r.labels.items()), r.split] for r in recordings]
    return sha256(json.dumps(told).encode()).hexdigest()


def _sources(
    found: Scan,
) -> tuple[dict[str, str], dict[str, Path | Segment], dict[str, str]]:
    """Return the digest of each recording, what to decode for each digest, and what is not there.

    Segments of a file are decoded one after the other, from its beginning to its end.
    """
    own = {r.file: found.paths.get(r.file, r.file) for r in found.recordings
           if r.file not in found.segments}  # fmt: skip
    segments = sorted(found.segments.items(), key=lambda pair: (pair[1].files, pair[1].start))
    behind = dict.fromkeys(file for _, segment in segments for file in segment.files)
    contents, absent = digests(found.root, [*own.values(), *behind])
    digest_of = {name: contents[file] for name, file in own.items() if file in contents}
    unread = {name: absent[file] for name, file in own.items() if file in absent}
    sources: dict[str, Path | Segment] = {}
    for name, digest in sorted(digest_of.items(), key=lambda pair: pair[1]):
        sources[digest] = found.root / own[name]
    for file, segment in segments:
        missing = [name for name in segment.files if name in absent]
        if missing:
            unread[file] = f"{missing[0]}: {absent[missing[0]]}"
        else:
            digest_of[file] = segment.digest(contents)
            sources[digest_of[file]] = segment
    return digest_of, sources, unread
