"""Broken sound files and hostile folders, for ``vox corpus`` and ``vox convert``."""

from __future__ import annotations

import contextlib
import io
import os
import socket
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from random import Random

import numpy as np
import soundfile
from harness import DamageError, Verdict, isolated, judged
from mutations import RATES, broken_bytes
from workshop import run_folder, speak, tone

from vox.audio import pieces
from vox.cli import main

KINDS = (
    ("wav", "WAV", "PCM_16"), ("wav", "WAV", "PCM_24"), ("wav", "WAV", "FLOAT"),
    ("wav", "WAV", "ULAW"), ("wav", "WAVEX", "PCM_16"), ("wav", "RF64", "PCM_16"),
    ("flac", "FLAC", "PCM_16"), ("ogg", "OGG", "VORBIS"), ("opus", "OGG", "OPUS"),
    ("mp3", "MP3", "MPEG_LAYER_III"), ("aiff", "AIFF", "PCM_16"), ("au", "AU", "PCM_16"),
    ("caf", "CAF", "PCM_16"), ("w64", "W64", "PCM_16"),
)  # fmt: skip
UNMUTATED = 0.1  # share of files that are left whole


def sound(draw: Random) -> tuple[str, bytes, str]:
    """Draw a suffix, the contents of a sound file, and what was done to it; "" is nothing."""
    suffix, container, encoding = draw.choice(KINDS)
    rate = draw.choice((8_000, 16_000, 48_000))
    channels = draw.choice((1, 1, 2)) if container == "MP3" else draw.choice((1, 1, 2, 6))
    data = _encoded(container, encoding, rate, channels, draw.choice((0.3, 1.2)))
    told = f"{container} {encoding} {rate} Hz x {channels}"
    if draw.random() < UNMUTATED:
        return suffix, data, ""
    if container in ("WAV", "WAVEX") and draw.random() < 0.3:
        odd = draw.choice(RATES)
        return suffix, data[:24] + odd.to_bytes(4, "little") + data[28:], f"{told}: rate {odd}"
    data, how = broken_bytes(draw, data)
    return suffix, data, f"{told}: {how}"


@cache
def _encoded(container: str, encoding: str, rate: int, channels: int, seconds: float) -> bytes:
    pcm = np.repeat(tone(200, seconds, rate)[:, None], channels, axis=1)
    out = io.BytesIO()
    soundfile.write(out, pcm, rate, format=container, subtype=encoding)
    return out.getvalue()


def audio(draw: Random, folder: Path) -> Verdict:
    """A broken sound in a corpus, whose other recordings must serve, or converted."""
    suffix, data, broken = sound(draw)
    what = f"{suffix}: {broken or 'whole'}"
    if draw.random() < 0.5:
        speak(folder / "corpus")
        (folder / "corpus" / "ada" / f"x.{suffix}").write_bytes(data)
        work = partial(_whole_corpus, folder / "corpus", usable=5 if not broken else 4)
        return judged(f"corpus with {what}", isolated(work, folder), folder, statuses=(0,))
    path = folder / f"x.{suffix}"
    path.write_bytes(data)
    work = partial(_converted, path, folder / "out.wav")
    statuses = () if broken else (0,)
    return judged(f"convert {what}", isolated(work, folder), folder, statuses=statuses)


def _whole_corpus(folder: Path, usable: int) -> int:
    """Check a corpus, and see that what is whole in it is usable."""
    status = main(["corpus", str(folder)])
    from vox.corpus import load_corpus

    with contextlib.redirect_stderr(io.StringIO()):
        found = {recording.file for recording in load_corpus(folder).recordings}
    wanted = {f"{speaker}/{i}.wav" for speaker in ("ada", "bob") for i in range(2)}
    if wanted - found or len(found) < usable:
        raise DamageError(f"of whole recordings only {sorted(found)} are usable")
    return status


def _converted(source: Path, target: Path) -> int:
    """Convert a file, and see that nothing of it is cut."""
    words = ["--run", str(run_folder()), "--speaker", "bob"]
    status = main(["convert", str(source), "-o", str(target), *words])
    if status:
        if target.exists():
            raise DamageError("refused, and something was written")
        return status
    pcm, rate = soundfile.read(target)
    if not np.isfinite(pcm).all():
        raise DamageError("what was written is not finite")
    with contextlib.suppress(soundfile.LibsndfileError), _silenced():
        read, own = soundfile.read(source)
        told: list[str] = []  # what damage took away is told, or it is cut in silence
        for _ in pieces(source, rate, notes=told):
            pass
        if (len(read) > len(pcm) and "passed over" not in str(told)) or own != rate:
            raise DamageError(
                f"{len(pcm)} samples at {rate} Hz were written, of {len(read)} at {own}"
            )
    return status


@contextlib.contextmanager
def _silenced():
    """Keep what a library says from standard error."""
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)


def _file(name: str, data: bytes = b"RIFFnothing") -> Callable[[Path, Random], None]:
    def put(folder: Path, draw: Random) -> None:
        path = folder / name  # the system's own encoding: what is no UTF-8 is escaped in names
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    return put


def _link(name: str, target: str) -> Callable[[Path, Random], None]:
    def put(folder: Path, draw: Random) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    return put


def _sparse(folder: Path, draw: Random) -> None:
    with open(folder / "ada" / "large.wav", "wb") as file:
        file.write(_encoded("WAV", "PCM_16", 16_000, 1, 0.3)[:40] + b"\xff\xff\xff\x7f")
        file.truncate(draw.choice((2**18, 2**20)))


def _deep(folder: Path, draw: Random) -> None:
    path = folder / "ada" / "/".join(["d"] * draw.choice((20, 400)))
    path.mkdir(parents=True)
    (path / "x.wav").write_bytes(b"")


def _socket(folder: Path, draw: Random) -> None:
    here = os.open(folder / "ada", os.O_RDONLY)
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(f"/proc/self/fd/{here}/s.wav")
    os.close(here)


def _unreadable(folder: Path, draw: Random) -> None:
    path = folder / "cyd"
    path.mkdir(exist_ok=True)
    (path / "0.wav").write_bytes(b"")
    path.chmod(0)


INGREDIENTS: tuple[Callable[[Path, Random], None], ...] = (
    _file("ada/._0.wav"), _file("__MACOSX/ada/0.wav"), _file(".ipynb_checkpoints/a/0.wav"),
    _file("ada/.ipynb_checkpoints/0.wav"), _file("Thumbs.db"), _file("ada/desktop.ini"),
    _file("ada/empty.wav", b""), _file("ada/text.wav", b"not a sound\n" * 50), _file("alone.wav"),
    _file("ada/new\nline.wav"), _file("ada/\x1b[31mred.wav"), _file("ada/\udcff\udcfe.wav"),
    _file("\udcff/0.wav"), _file("か\u3099/0.wav"), _file("が/0.wav"), _file("ada/e\u0301.wav"),
    _file("ada/full\u3000width.wav"), _file("ada/no\u00a0break.wav"), _file("👩‍👩‍👧/0.wav"),
    _file(f"ada/{'n' * 250}.wav"), _file("ada/-o.wav"), _file("ada/a b'c\"d$x^2$.wav"),
    _file("ada/\u202etxt.wav"), _file("x.wav/0.wav"), _file("ada/y.wav/z.wav"), _file("ada/X.WAV"),
    _file("ada/0.wav.wav"), _file("ada/con.wav"), _file("a\\b/0.wav"), _file("nan/0.wav"),
    _link("ada/loop", ".."), _link("ada/self.wav", "self.wav"), _link("ada/gone.wav", "nowhere"),
    _link("ada/twin.wav", "0.wav"), _link("cyd", "ada"), _link("ada/null.wav", "/dev/zero"),
    _link("root", "/dev"),
    lambda folder, draw: os.mkfifo(folder / "ada" / "fifo.wav"),
    lambda folder, draw: (folder / "ada" / "folder.wav").mkdir(),
    lambda folder, draw: (folder / "empty").mkdir(),
    _sparse, _deep, _socket, _unreadable,
)  # fmt: skip
FORMS: tuple[Callable[[Path, Random], None], ...] = (
    _file("recordings.jsonl", b""), _file("cuts.jsonl.gz", b"x"), _file("cuts.json", b"[]"),
    _file("txt/a/0.txt"), _file("wav48/p225/p225_001.wav"), _file("speaker-info.txt", b"\xff\n"),
    _file("jvs001/parallel100/wav24kHz16bit/0.wav"), _file("gender_f0range.txt", b"jvs001\n"),
    _file("jvs001/parallel100/transcripts_utf8.txt", b"\xff:\n:"), _file("train/ann/0.wav"),
    _file("supervisions.jsonl", b"{}"), _file("metadata.csv", b""), _file("metadata.csv", b"\0,"),
    lambda folder, draw: (folder / "metadata.csv").mkdir(),
    lambda folder, draw: os.mkfifo(folder / "metadata.csv"),
    lambda folder, draw: os.mkfifo(folder / "cuts.jsonl"),
)  # fmt: skip
"""What may turn a folder into another form of corpus, so that nothing need be usable in it."""


def folders(draw: Random, folder: Path) -> Verdict:
    """A hostile folder, as a corpus or as what is converted; what is whole in it must serve."""
    source = speak(folder / "source")
    chosen = draw.sample(INGREDIENTS, draw.randint(1, 3))
    formed = draw.random() < 0.2
    chosen += draw.sample(FORMS, draw.randint(1, 3)) if formed else []
    for put in chosen:
        with contextlib.suppress(OSError):  # two that exclude each other
            put(source, draw)
    numbers = [(*INGREDIENTS, *FORMS).index(put) for put in chosen]
    if draw.random() < 0.6:
        work = (
            partial(main, ["corpus", str(source)]) if formed else partial(_whole_corpus, source, 4)
        )
        statuses = () if formed else (0,)
        return judged(f"corpus {numbers}", isolated(work, folder), folder, statuses=statuses)
    work = partial(_converted_folder, source, folder / "out")
    return judged(f"convert {numbers}", isolated(work, folder), folder)


def _converted_folder(source: Path, target: Path) -> int:
    words = ["--run", str(run_folder()), "--speaker", "bob"]
    status = main(["convert", str(source), "-o", str(target), *words])
    for speaker in ("ada", "bob"):
        for i in range(2):
            path = target / speaker / f"{i}.wav"
            if not path.is_file() or soundfile.info(path).frames != 19_200:
                raise DamageError(f"{speaker}/{i}.wav was not converted (exit status {status})")
    return status
