"""The listening bench: the sounds of a record at one transport, over pictures of them.

A record holds groups of players. On the site a group becomes a bench: its sounds, and beside them
what the experiment's parent made of the same sentence, are switched at the same position. What
moves is done by docs/assets/bench.js; without scripts the players are plain ones.
"""

from __future__ import annotations

import functools
import html
import io
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import numpy as np
import soundfile
from PIL import Image

from vox.audio import Pcm
from vox.language import JAPANESE

_GROUP = re.compile(
    r"(?:<p>(?P<caption>[^<]*)</p>)?"
    r'(?P<said>(?:<p class="vox-said"[^>]*>[^<]*</p>)*)'
    r'<div class="vox-players"[^>]*>(?P<inside>.*?</audio></div>)</div>',
    re.S,
)
_SAID = re.compile(r'<p class="vox-said"(?: lang="([\w-]*)")?>([^<]*)</p>')
_WHO = re.compile(r"(?:[(]|: )([^(:]+ → [^、()]+)")
_SOUND = re.compile(r'aria-label="([^"]*)" src="((?!data:)[^":]+\.(?:flac|ogg))"')
ROLES = {
    "source": re.compile(r"元: |元の録音"),
    "target": re.compile(r"目標: |目標の話者の録音"),
    "output": re.compile(r"出力: |変換$"),
}
"""How the label of a sound begins, by what it is."""
SIZE = (600, 132)
"""Pixels of a picture: the time, and the spectrogram below the waveform."""
WAVE = 36
"""Pixels of the height that are the waveform's."""


Said = tuple[str, str]
"""A sentence: its language (BCP 47, empty where nobody told it) and its text, escaped."""


@dataclass(frozen=True)
class Sound:
    """A sound of a record.

    Attributes
    ----------
    label
        Escaped.
    file
        Its address from the page's folder.
    seconds
        Its length.
    digest
        Of its samples: the same in every record that holds the same sound.
    """

    label: str
    file: str
    seconds: float
    digest: str

    @property
    def role(self) -> str | None:
        """One of `ROLES`, or None for a bound and the like."""
        return next((role for role, begins in ROLES.items() if begins.match(self.label)), None)


@dataclass(frozen=True)
class Group:
    """Sounds that a record shows together, what stands above them, escaped, and what they say."""

    caption: str
    said: tuple[Said, ...]
    sounds: tuple[Sound, ...]

    def of(self, role: str) -> Sound | None:
        """Return the sound that is the source, the target or the output."""
        return next((sound for sound in self.sounds if sound.role == role), None)

    def same(self, other: Group) -> bool:
        """Whether both convert the same recording to the same: told by the sounds themselves."""
        ours, theirs = (
            [(role, sound.digest) for role in ("source", "target") if (sound := group.of(role))]
            for group in (self, other)
        )
        return bool(ours) and ours == theirs

    def told(self, known: Mapping[str, Said]) -> Sequence[Said]:
        """Return what is said, by the sounds themselves (`sentences`) where the group is silent."""
        heard = [known[sound.digest] for sound in self.sounds if sound.digest in known]
        return self.said or heard[:1]

    @property
    def who(self) -> str:
        """Source and target speaker, as in ``alex → anika``; empty where nothing tells them."""
        output = self.of("output")
        found = _WHO.search(f"{self.caption}\n{output.label if output else ''}")
        return found[1] if found else ""


def groups(text: str, folder: Path) -> list[Group]:
    """Return the groups of players in the HTML of a record whose page lies in a folder."""
    return [group for found in _GROUP.finditer(text) if (group := _group(found, folder))]


def _group(found: re.Match[str], folder: Path) -> Group | None:
    named = _SOUND.findall(found["inside"])
    paths = [(folder / file).resolve() for _, file in named]
    beside = all(path.is_file() and path.is_relative_to(folder.resolve()) for path in paths)
    if len(named) != found["inside"].count("<audio") or not beside:
        return None  # sounds that are no files of this page have no pictures
    heads = {label.partition(": ")[0] for label, _ in named if ": " in label}
    shared = heads.pop() + ": " if len(heads) == 1 and len(named) > 1 else ""
    if not all(label.startswith(shared) for label, _ in named):
        shared = ""
    sounds = [
        Sound(label.removeprefix(shared), file, *_measured(path, path.stat().st_mtime))
        for (label, file), path in zip(named, paths, strict=True)
    ]
    caption, said = found["caption"] or "", tuple(_SAID.findall(found["said"]))
    if caption and not said and named[0][0].startswith("元: "):
        # older records have the sentence there, without its language; all are of one corpus
        caption, said = "", (("en", caption),)
    return Group(caption, said, tuple(sounds))


@functools.lru_cache(maxsize=4096)
def _measured(path: Path, changed: float) -> tuple[float, str]:
    """Seconds and digest of a sound. FLAC carries the MD5 of its samples in its first block."""
    data = path.read_bytes()
    whole = data[26:42] if data[:4] == b"fLaC" else b""
    digest = whole.hex() if any(whole) else sha256(data).hexdigest()
    return soundfile.info(path).duration, digest


def sentences(heard: Iterable[Group]) -> dict[str, Said]:
    """Return by a sound's digest what is said in it, where a record tells it."""
    return {
        sound.digest: group.said[0]
        for group in heard
        if len(group.said) == 1
        for sound in group.sounds
    }


def mounted(
    text: str,
    folder: Path,
    parent: tuple[str, Sequence[Group]] | None = None,
    known: Mapping[str, Said] = MappingProxyType({}),
) -> str:
    """Put a bench in the place of each group of players.

    Parameters
    ----------
    text
        A page with the HTML of a record.
    folder
        The page's, where its sounds are found.
    parent
        Name and groups of the experiment that the page's own was made from.
    known
        What is said in sounds, as `sentences` returns it: for groups that do not tell it.
    """
    above, heard = parent or ("", ())

    def bench(found: re.Match[str]) -> str:
        group = _group(found, folder)
        if not group:
            return found[0]
        outputs = [sound for other in heard if group.same(other) and (sound := other.of("output"))]
        theirs = [replace(sound, label=f"親 {above}") for sound in outputs[:1]]
        return written(group.caption, group.told(known), [*group.sounds, *theirs])

    return _GROUP.sub(bench, text)


def written(caption: str, said: Iterable[Said], sounds: Iterable[Sound], prefix: str = "") -> str:
    """Return a bench as HTML; ``prefix`` leads from the page to the sounds' folder."""
    told = list(said)
    tracks = []
    for sound in sounds:
        file, picture = prefix + sound.file, prefix + picture_of(sound.file)
        role = f' data-role="{sound.role}"' if sound.role else ""
        tracks.append(
            f'<div class="vox-track"{role} data-seconds="{sound.seconds:.3f}">'
            f'<span class="vox-name">{sound.label}</span>'
            f'<audio controls preload="none" aria-label="{sound.label}" src="{file}"></audio>'
            f'<div class="vox-picture"><img loading="lazy" width="{SIZE[0]}" height="{SIZE[1]}" '
            f'src="{picture}" alt="{sound.label} の波形とスペクトログラム"></div></div>'
        )
    lines = [caption, *(_sentence(*one) for one in told)]
    above = "\n".join(filter(None, lines))
    above = f"<figcaption>{above}</figcaption>" if above else ""
    named = caption or " / ".join(text for _, text in told)
    label = html.escape(f"聴き比べ {html.unescape(named)}".strip())
    figure = f'<figure class="vox-bench" data-search-exclude aria-label="{label}">'
    return f"{figure}{above}{''.join(tracks)}</figure>"


def _sentence(language: str, text: str) -> str:
    tongue = language or ("ja" if JAPANESE.search(text) else "")
    of = f' lang="{tongue}"' if tongue else ""
    return f'<p class="vox-said"{of}>{text}</p>'


def picture_of(file: str) -> str:
    """Return where the picture of a sound lies: beside it."""
    return str(Path(file).with_suffix(".webp"))


@functools.lru_cache(maxsize=1024)
def picture(path: Path, changed: float) -> bytes:
    """Return waveform and spectrogram as WebP, dark on white; ``changed`` is the file's time."""
    pcm, rate = soundfile.read(path, dtype="float32", always_2d=True)
    buffer = io.BytesIO()
    Image.fromarray(drawn(pcm.mean(1), rate)).save(buffer, "webp", quality=45, method=4)
    return buffer.getvalue()


def drawn(pcm: Pcm, sample_rate: int) -> np.ndarray:
    """Draw a sound of shape ``(time,)``: uint8 of shape ``(height, width)``, 255 where nothing is.

    The waveform as extremes a column, and the magnitudes down to -65 dB below the loudest at mel
    frequencies (O'Shaughnessy's formula) from 60 Hz to half the sample rate.
    """
    width, height = SIZE[0], SIZE[1] - WAVE
    frame = 512
    padded = np.pad(pcm, (frame // 2, frame))
    starts = np.linspace(0, max(len(pcm) - 1, 0), width).astype(int)
    frames = padded[starts[:, None] + np.arange(frame)]
    loud = np.abs(np.fft.rfft(frames * np.hanning(frame), axis=1))  # (column, bin)
    mel = np.linspace(
        2595 * np.log10(1 + 60 / 700), 2595 * np.log10(1 + sample_rate / 1400), height
    )
    bins = 700 * (10 ** (mel / 2595) - 1) / sample_rate * frame
    low = np.minimum(bins.astype(int), loud.shape[1] - 2)
    high = loud[:, low] * (1 - (bins - low)) + loud[:, low + 1] * (bins - low)
    decibels = 20 * np.log10(np.maximum(high / max(float(high.max()), 1e-9), 1e-9))
    shade = np.clip(1 + decibels / 65, 0, 1).T[::-1]
    edges = np.linspace(0, len(pcm), width + 1).astype(int)
    parts = [pcm[a : max(b, a + 1)] for a, b in itertools.pairwise(edges)]
    extreme = np.array([(part.min(initial=0), part.max(initial=0)) for part in parts])
    extreme = extreme / max(float(np.abs(extreme).max()), 1e-9) * (WAVE / 2 - 1)
    row = np.arange(WAVE)[:, None] - (WAVE - 1) / 2
    wave = ((row >= extreme[:, 0] - 0.5) & (row <= extreme[:, 1] + 0.5)) * 0.8
    return np.round(255 * (1 - np.vstack([wave, shade]))).astype(np.uint8)
