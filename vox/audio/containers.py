"""What a file's own bytes say of its sound: where the samples lie, how many are promised.

Programs that write into a pipe, or that crash, leave sizes in a header that were never filled in,
and decoders differ in what they make of that. Here it is decided once.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from vox.audio import mpeg

STREAMED = 0x7F000000  # bytes: programs write as much or more as a length that they do not know
ENDLESS = 2**62  # the same in 64 bits
TRAILING = 4096  # bytes behind the samples, that are no chunks, that are worth a word


@dataclass(frozen=True)
class Chunks:
    """How a format made of chunks writes them: a name, a size, and that many bytes.

    Attributes
    ----------
    first
        Where the first chunk begins.
    name
        Bytes of a chunk's name.
    size
        Of its size, as `struct` writes it.
    counted
        Bytes before its contents that the size includes.
    align
        What a chunk's length is rounded up to.
    data
        How the name of the chunk with the samples begins.
    head
        Bytes of that chunk before the samples.
    """

    first: int
    name: int
    size: str
    counted: int
    align: int
    data: bytes
    head: int = 0

    @property
    def before(self) -> int:
        """Bytes before a chunk's contents."""
        return self.name + struct.calcsize(self.size)


CHUNKS = {
    b"RIFF": Chunks(12, 4, "<I", 0, 2, b"data"),
    b"RIFX": Chunks(12, 4, ">I", 0, 2, b"data"),
    b"RF64": Chunks(12, 4, "<I", 0, 2, b"data"),
    b"BW64": Chunks(12, 4, "<I", 0, 2, b"data"),
    b"FORM": Chunks(12, 4, ">I", 0, 2, b"SSND", 8),
    b"riff": Chunks(40, 16, "<q", 24, 8, b"data"),  # Sony Wave64
    b"caff": Chunks(8, 4, ">q", 0, 1, b"data", 4),
}
"""By how a file begins: WAV, its relatives for more than 4 GB, AIFF, Wave64, CAF."""


@dataclass
class Layout:
    """What is known of a file before it is decoded.

    Attributes
    ----------
    parts
        Stretches ``(begin, end)`` of the file, in bytes, each a sound of its own: the streams of a
        chained Ogg file, or FLAC files that were joined.
    patches
        Bytes to be read in place of the file's own, by their place: sizes that were not filled in.
    truncated
        Whether less is there than is promised.
    unindexed
        Whether it is an MP4 without its index, which is written last.
    behind
        Bytes that follow the samples and are nothing known.
    mpeg
        Whether the sound is MPEG audio (MP3 and its relatives), by itself or in a WAV.
    """

    parts: list[tuple[int, int]]
    patches: dict[int, bytes] = field(default_factory=dict)
    truncated: bool = False
    unindexed: bool = False
    behind: int = 0
    mpeg: bool = False


def layout(path: Path) -> Layout:
    """Look at how a sound file is laid out, without decoding it."""
    size = path.stat().st_size
    found = Layout([(0, size)])
    with open(path, "rb") as file:
        magic, kind = file.read(4), file.read(4)
        if magic in CHUNKS:
            _chunked(file, size, magic, found)
        elif magic in (b".snd", b"dns."):
            _au(file, size, ">I" if magic == b".snd" else "<I", found)
        elif magic == b"OggS":
            _ogg(file, size, found)
        elif magic == b"fLaC":
            _flac(file, size, found)
        elif kind == b"ftyp":
            _mp4(file, size, found)
        else:
            found.mpeg = mpeg.first_frame(file) is not None
    return found


def _walk(file: BinaryIO, size: int, form: Chunks, at: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield each chunk's name, where its contents begin, and the size that it tells."""
    while at + form.before <= size:
        file.seek(at)
        head = file.read(form.before)
        (told,) = struct.unpack(form.size, head[form.name :])
        yield head[: form.name], at + form.before, told - form.counted
        if told < form.counted:
            return
        at += form.before + -(-(told - form.counted) // form.align) * form.align


def _chunked(file: BinaryIO, size: int, magic: bytes, found: Layout) -> None:
    form = CHUNKS[magic]
    wide = form.size[-1] == "q"
    at = told = field_at = 0  # of the samples, and of the size that is told of them
    field_size = form.size
    for name, at, length in _walk(file, size, form, form.first):
        if name.startswith(b"fmt "):
            file.seek(at)
            found.mpeg = file.read(2) in (b"\x50\x00", b"\x55\x00")  # WAVE_FORMAT_MPEG, MPEGLAYER3
        if name.startswith(b"ds64"):
            field_at, field_size = at + 8, "<q"
            file.seek(field_at)
            (told,) = struct.unpack("<q", file.read(8).ljust(8, b"\0"))
        if name.startswith(form.data):
            if not field_at or length != 0xFFFFFFFF:  # else RF64 told it before
                field_at, field_size, told = at - struct.calcsize(form.size), form.size, length
            break
    else:
        return
    present = size - at
    unset = told < 0 or told >= (ENDLESS if wide or field_size == "<q" else STREAMED)
    if told <= form.head:
        unset = unset or (present > form.head and not _are_chunks(file, size, form, at + told))
    if unset:
        if field_size[-1] == "q" or told <= form.head:
            _fill_in(found, field_at, field_size, present + form.counted)
            if magic in (b"RIFF", b"RIFX"):
                _fill_in(found, 4, form.size, size - 8)
    elif told > present:
        found.truncated = True
    else:
        end = at + -(-told // form.align) * form.align
        if size - end >= TRAILING and not _are_chunks(file, size, form, end):
            found.behind = size - end


def _fill_in(found: Layout, at: int, how: str, value: int) -> None:
    most = 2 ** (8 * struct.calcsize(how) - (how[-1] == "q")) - 2
    found.patches[at] = struct.pack(how, min(value, most))


def _are_chunks(file: BinaryIO, size: int, form: Chunks, at: int) -> bool:
    """Whether what follows can be chunks, to the end of the file."""
    end = at
    for name, begin, length in _walk(file, size, form, at):
        if not all(0x20 <= byte < 0x7F for byte in name[:4]) or length < 0:
            return False
        end = begin + length
    return at < end <= size


def _flac(file: BinaryIO, size: int, found: Layout) -> None:
    """Find FLAC files that were joined, by the signature and the first header of each."""
    begins, at, block = [0], 0, 2**20
    while at < size:
        file.seek(at)
        data = file.read(block + 7)
        place = data.find(b"fLaC", 1)
        while 0 <= place < block:
            if data[place + 4 : place + 8] in (b"\0\0\0\x22", b"\x80\0\0\x22"):
                begins.append(at + place)
            place = data.find(b"fLaC", place + 1)
        at += block
    found.parts = list(zip(begins, [*begins[1:], size], strict=True))


def _mp4(file: BinaryIO, size: int, found: Layout) -> None:
    """Look for the index among the boxes of an MP4 file (ISO 14496-12)."""
    at, names = 0, set()
    while at + 8 <= size:
        file.seek(at)
        length, name = struct.unpack(">I4s", file.read(8))
        if length == 1:  # it follows, in 64 bits
            (length,) = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))
        names.add(name)
        at += length if length >= 8 else size  # 0: to the end
    found.unindexed = b"moov" not in names


def _au(file: BinaryIO, size: int, how: str, found: Layout) -> None:
    file.seek(4)
    begin, told = struct.unpack(how[0] + "II", file.read(8).ljust(8, b"\0"))
    if told == 0 and size > begin:
        found.patches[8] = b"\xff\xff\xff\xff"  # the format's own way of saying so
    found.truncated = size - begin < told < STREAMED


def _ogg(file: BinaryIO, size: int, found: Layout) -> None:
    """Find the streams of an Ogg file that follow each other (RFC 3533), by its pages.

    A file whose last page is not marked as the last may be whole; one that ends within a page is
    not.
    """
    begins: list[int] = []
    at, head = 0, False
    while at < size:
        file.seek(at)
        page = file.read(27 + 255)
        if page[:4] != b"OggS":
            at = _next_page(file, size, at + 1)
            continue
        if len(page) < 27 or len(page) < 27 + page[26]:
            found.truncated = True
            break
        first = bool(page[5] & 2)
        if first and not head:
            begins.append(at)
        head = first
        at += 27 + page[26] + sum(page[27 : 27 + page[26]])
        found.truncated = at > size
    if len(begins) > 1:
        found.parts = list(zip(begins, [*begins[1:], size], strict=True))


def _next_page(file: BinaryIO, size: int, at: int) -> int:
    while at < size:
        file.seek(at)
        block = file.read(2**16)
        place = block.find(b"OggS")
        if place >= 0:
            return at + place
        at += max(1, len(block) - 3)
    return size
