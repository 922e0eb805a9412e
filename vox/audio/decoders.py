"""The two decoders, and which of them reads what.

libsndfile reads what it can: WAV and its relatives, AIFF, AU, CAF, FLAC, Ogg. FFmpeg, which PyAV
brings, reads MPEG audio, whose length libsndfile takes from headers that only estimate it, and
what libsndfile does not know: what telephones record, and videos. What both read without loss comes
out of both alike, to the bit.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt
import soundfile

from vox.audio.containers import Layout, layout
from vox.audio.errors import AudioError
from vox.audio.mpeg import Promise, promise

Block = npt.NDArray[np.float32]
TRUNCATED = "truncated, its header promises more samples than it holds"
UNKNOWN = 2**62  # frames: libsndfile's way of saying that a FLAC header does not tell
VALUES = 2**19  # in a block, of all channels
SLACK = 0.5  # seconds that a container's length may be off

CONTAINERS = (
    "aac", "ac3", "aiff", "amr", "amrnb", "amrwb", "ape", "asf", "au", "avi", "caf", "dsf", "dts",
    "eac3", "flac", "flv", "loas", "matroska", "mov", "mp3", "mpc", "mpc8", "mpeg", "mpegts", "ogg",
    "tak", "tta", "w64", "wav", "wv",
)  # fmt: skip
"""What FFmpeg may take a file for. Not playlists and the like, which name other files."""
RAW = ("aac", "ac3", "amr", "amrnb", "amrwb", "dts", "eac3", "flv", "loas", "mp3", "mpeg", "mpegts")
"""Those of them that do not tell their length: FFmpeg estimates it."""
RESYNCHRONISED = ("aac", "ac3", "eac3", "mp3", "mpegts")
"""Those whose decoder finds its way behind what is no sound, such as tags between joined files."""


def decoder(path: Path, resources: ExitStack) -> Decoder:
    """Open a sound file with the decoder that is right for it: the one place where that is decided.

    Raises
    ------
    AudioError
        Neither reads it, or it is truncated.
    """
    found = layout(path)
    if found.truncated:
        raise AudioError(path, TRUNCATED)
    if found.unindexed:
        raise AudioError(path, "truncated: an MP4's index (moov), written last, is not there")
    if found.mpeg:
        return Ffmpeg(path, resources, promise(path))
    try:
        sound = Libsndfile(path, resources, found)
    except soundfile.LibsndfileError as error:
        try:
            return Ffmpeg(path, resources)
        except AudioError as other:
            if error.code == 1 or other.reason != NOT_AUDIO:  # 1: it knows no such format
                raise
            raise AudioError(path, f"damaged: {_told(error)}") from error
    if sound.frames is None:  # a FLAC from a pipe, which libsndfile cannot find its way in
        return Ffmpeg(path, resources)
    return sound


class Decoder(ABC):
    """A sound file that is open for reading.

    Attributes
    ----------
    sample_rate
        In Hz.
    frames
        Samples of each channel, where its header tells; it may only estimate them.
    container, encoding
        As libsndfile names them, to write alike; empty for what it does not write.
    notes
        What else is worth knowing; complete when all was read.
    """

    sample_rate: int
    frames: int | None
    container = ""
    encoding = ""
    notes: list[str]

    @abstractmethod
    def blocks(self) -> Iterator[Block]:
        """Yield all samples, shape ``(time, channels)``; fewer than are promised is an error."""


class Libsndfile(Decoder):
    """Read through soundfile: the whole file, or the streams of a chained one, one by one."""

    def __init__(self, path: Path, resources: ExitStack, found: Layout) -> None:
        self.path, self.notes = path, []
        self._files = [
            resources.enter_context(_SoundFile(_opened(path, found, part, resources)))
            for part in found.parts
        ]
        first = self._files[0]
        self.sample_rate, self.container, self.encoding = (
            first.samplerate, first.format, first.subtype
        )  # fmt: skip
        known = sum(file.frames for file in self._files)
        self.frames = known if known < UNKNOWN else None
        rates = {file.samplerate for file in self._files}
        if len(rates) > 1:
            listed = " and ".join(f"{rate} Hz" for rate in sorted(rates))
            raise AudioError(path, f"its streams follow each other at {listed}; save it at one")
        if found.behind:
            told = f"{known / self.sample_rate:.2f} s, as its header tells"
            self.notes.append(f"{told}, are read; the {found.behind} bytes behind them are not")

    def blocks(self) -> Iterator[Block]:
        """As `Decoder.blocks`.

        Not `SoundFile.blocks`: where a decoder gives out early, that repeats what its buffer held.
        """
        for file in self._files:
            read, count = 0, max(1, VALUES // file.channels)
            try:
                while len(block := file.read(count, dtype="float32", always_2d=True)):
                    read += len(block)
                    yield block
            except (RuntimeError, TypeError) as error:  # TypeError: soundfile cannot seek
                raise AudioError(self.path, f"truncated or damaged ({_told(error)})") from error
            if read < file.frames:
                raise AudioError(self.path, TRUNCATED)


class Ffmpeg(Decoder):
    """Read through PyAV: the first stream of sound of whatever the file holds."""

    def __init__(self, path: Path, resources: ExitStack, promised: Promise | None = None) -> None:
        import av  # it takes a moment, and most corpora do without

        self.path, self.notes = path, []
        if promised and promised.free:
            reason = "MPEG audio in free format, without a bit rate, which FFmpeg does not read"
            raise AudioError(path, f"{reason}; save it as another format")
        try:
            self._file = resources.enter_context(
                av.open(
                    f"file:{path}",  # some names would be addresses
                    "r",
                    options={"format_whitelist": ",".join(CONTAINERS)},
                    metadata_errors="replace",
                )
            )
        except UnicodeEncodeError as error:
            raise AudioError(path, "its name is no UTF-8, which PyAV needs; rename it") from error
        except av.FFmpegError as error:
            raise AudioError(path, NOT_AUDIO) from error
        if not self._file.streams.audio:
            raise AudioError(path, "no sound in it")
        self._stream = self._file.streams.audio[0]
        if len(self._file.streams.audio) > 1:
            count = len(self._file.streams.audio)
            self.notes.append(f"the first of its {count} streams of sound is read")
        if not self._stream.codec_context:
            raise AudioError(path, "its sound has an encoding that FFmpeg does not know")
        codec = self._stream.codec_context
        names = self._file.format.name.split(",")
        self._resynchronised = any(name in RESYNCHRONISED for name in names)
        self.container, self.encoding = names[0].upper(), MPEG.get(codec.name, "")
        if not codec.sample_rate or not codec.format:
            raise AudioError(path, "damaged: its header tells no sample rate or no encoding")
        if codec.name == "flac":
            self.encoding = "PCM_16" if codec.format.name.startswith("s16") else "PCM_24"
        self.sample_rate = codec.sample_rate
        told = Fraction(self._file.duration or 0, 1_000_000)
        self._least = Fraction(0)  # seconds that it promises, where that is no estimate
        # what Matroska's header does not tell FFmpeg estimates, and says so of the stream
        estimated = "matroska" in names and self._stream.duration is not None
        if promised and promised.samples:
            told = Fraction(promised.samples, self.sample_rate)
            self._least = told - Fraction(promised.frame, self.sample_rate)
        elif not estimated and not any(name in RAW for name in names):
            self._least = told - Fraction(SLACK)
        self.frames = round(told * self.sample_rate) or None

    def blocks(self) -> Iterator[Block]:
        """As `Decoder.blocks`."""
        held: list[Block] = []
        read, channels = 0, 0
        for block in self._decoded():
            read += len(block)
            if block.shape[1] != channels or sum(map(np.size, held)) >= VALUES:
                yield from _joined(held)
                held, channels = [], block.shape[1]
            held.append(block)
        yield from _joined(held)
        seen = max(Fraction(read, self.sample_rate), self._seen)
        if seen < self._least:
            raise AudioError(self.path, TRUNCATED)

    def _decoded(self) -> Iterator[Block]:
        import av

        self._seen, begin, lost, found = Fraction(0), None, 0, False
        try:
            for packet in self._file.demux():
                if packet.pts is not None and packet.time_base is not None:
                    at = packet.pts * packet.time_base
                    begin = at if begin is None else min(begin, at)
                    self._seen = max(
                        self._seen, at - begin + (packet.duration or 0) * packet.time_base
                    )
                if packet.stream is not self._stream and packet.stream != self._stream:
                    continue
                if packet.is_corrupt and not self._resynchronised:
                    raise AudioError(self.path, TRUNCATED)
                try:
                    frames = cast(list[Any], packet.decode())
                except av.FFmpegError as error:
                    if not self._resynchronised:
                        raise AudioError(
                            self.path, f"truncated or damaged, at {float(self._seen):.2f} s"
                        ) from error
                    lost += 1
                    continue
                for frame in frames:
                    if frame.sample_rate != self.sample_rate:
                        raise AudioError(
                            self.path,
                            f"its rate changes from {self.sample_rate} to {frame.sample_rate} Hz; "
                            "save it at one",
                        )
                    found = True
                    yield _samples(frame)
        except (av.FFmpegError, IndexError) as error:  # IndexError: a stream that was not announced
            raise AudioError(
                self.path, f"truncated or damaged, at {float(self._seen):.2f} s"
            ) from error
        if lost and found:
            self.notes.append(f"{lost} packets in it are no sound that FFmpeg reads; passed over")


MPEG = {
    "mp1": "MPEG_LAYER_I", "mp1float": "MPEG_LAYER_I", "mp2": "MPEG_LAYER_II",
    "mp2float": "MPEG_LAYER_II", "mp3": "MPEG_LAYER_III", "mp3float": "MPEG_LAYER_III",
}  # fmt: skip
"""FFmpeg's names of encodings as libsndfile has them."""
NOT_AUDIO = "not audio that libsndfile reads, nor FFmpeg"


def _joined(blocks: list[Block]) -> Iterator[Block]:
    if blocks:
        yield np.concatenate(blocks)


def _samples(frame: Any) -> Block:
    """Samples of a frame as floats, scaled as libsndfile does."""
    pcm = frame.to_ndarray()
    pcm = pcm.T if frame.format.is_planar else pcm.reshape(-1, frame.layout.nb_channels)
    if pcm.dtype == np.uint8:
        return (pcm.astype(np.float32) - 128) / 128
    scale = 1.0 if pcm.dtype.kind == "f" else 1.0 / 2.0 ** (8 * pcm.dtype.itemsize - 1)
    return cast(Block, pcm.astype(np.float32) * np.float32(scale))


def _told(error: Exception) -> str:
    if isinstance(error, soundfile.LibsndfileError) and error.code > 2:  # 2: the system, no reason
        return str(error.error_string).rstrip(". ")
    return "libsndfile cannot read it"


class _SoundFile(soundfile.SoundFile):  # type: ignore[misc]
    """A file in which soundfile seeks after each block it reads, but for DWVW, which cannot."""

    def seekable(self) -> bool:
        return bool(super().seekable()) and not self.subtype.startswith("DWVW")


def _opened(
    path: Path, found: Layout, part: tuple[int, int], resources: ExitStack
) -> str | bytes | _View:
    if len(found.parts) == 1 and not found.patches:
        return encoded(path)
    return _View(resources.enter_context(open(path, "rb")), *part, found.patches)


def encoded(path: Path) -> str | bytes:
    """Return a path as soundfile opens it, whose own way knows names of UTF-8 alone."""
    return str(path) if os.name == "nt" else os.fsencode(path)


class _View:
    """A stretch of a file, with other bytes in some places, as a file of its own."""

    def __init__(self, file: BinaryIO, begin: int, end: int, patches: dict[int, bytes]) -> None:
        self._file, self._begin, self._end, self._patches = file, begin, end, patches
        self._at = begin

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = (self._begin, self._at, self._end)[whence] + offset
        return self.tell()

    def tell(self) -> int:
        return self._at - self._begin

    def read(self, count: int = -1) -> bytes:
        left = max(0, self._end - self._at)
        self._file.seek(self._at)
        data = bytearray(self._file.read(left if count < 0 else min(count, left)))
        for at, patch in self._patches.items():
            for i, byte in enumerate(patch):
                if 0 <= at + i - self._at < len(data):
                    data[at + i - self._at] = byte
        self._at += len(data)
        return bytes(data)

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, data: bytes) -> int:
        raise OSError("it is only read")
