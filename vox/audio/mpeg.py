"""What the frames of MPEG audio (MP3, MP2, MP1) say of its length.

A header of 4 bytes stands before each frame, and nothing stands before the first but tags and what
was left of a cut. Layouts: ISO 11172-3 and 13818-3; Xing's and Fraunhofer's (VBRI) headers as LAME
and FFmpeg read them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SEARCHED = 2**16  # bytes in which a first frame is looked for behind what is none
IN_A_ROW = 3  # frames that follow each other are no accident
LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
KBPS = {
    (1, False): tuple(range(0, 449, 32)),
    (2, False): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (3, False): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (1, True): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, True): LOW, (3, True): LOW,
}  # fmt: skip
"""Bit rates by layer, and whether the sample rate is a low one (MPEG-2 and 2.5)."""


@dataclass(frozen=True)
class Header:
    """What the 4 bytes before a frame say."""

    layer: int
    version: int  # as it is written: 3 is MPEG-1, 2 MPEG-2, 0 MPEG-2.5
    kbps: int  # 0: free format
    sample_rate: int
    padded: bool
    single: bool

    @property
    def samples(self) -> int:
        """In the frame, of each channel."""
        return {1: 384, 2: 1152, 3: 1152 if self.version == 3 else 576}[self.layer]

    @property
    def length(self) -> int:
        """Bytes from this frame to the next; 0 where that is not told."""
        slot = 4 if self.layer == 1 else 1
        slots = self.samples * self.kbps * 125 // (self.sample_rate * slot)
        return (slots + self.padded) * slot if self.kbps else 0

    @classmethod
    def of(cls, frame: bytes) -> Header | None:
        """Read a header; None for what is none. The layer 0 is AAC's, not MPEG audio's."""
        if len(frame) < 4 or frame[0] != 0xFF or frame[1] >> 5 != 7:
            return None
        version, layer = frame[1] >> 3 & 3, 4 - (frame[1] >> 1 & 3)
        rate, kbps = frame[2] >> 2 & 3, frame[2] >> 4
        if version == 1 or layer == 4 or rate == 3 or kbps == 15:
            return None
        return cls(
            layer, version, KBPS[layer, version != 3][kbps],
            (44_100, 48_000, 32_000)[rate] // {3: 1, 2: 2, 0: 4}[version],
            bool(frame[2] & 2), frame[3] >> 6 == 3,
        )  # fmt: skip

    def follows(self, other: Header) -> bool:
        """Whether both can be frames of one stream."""
        mine, its = ((h.layer, h.version, h.sample_rate) for h in (self, other))
        return mine == its


@dataclass(frozen=True)
class Promise:
    """What the first frame says of all.

    Attributes
    ----------
    free
        Whether it is in free format, without a bit rate.
    samples
        Samples of each channel in all, or None where it does not tell.
    frame
        Samples in a frame.
    """

    free: bool
    samples: int | None
    frame: int


def first_frame(file: BinaryIO) -> int | None:
    """Return where the first frame begins: behind tags, padding, or the rest of a cut frame.

    None for what is no MPEG audio.
    """
    begin = _behind_tags(file)
    file.seek(begin)
    data = file.read(SEARCHED)
    if Header.of(data):
        return begin
    at = data.find(b"\xff")
    while at >= 0:
        if _in_a_row(data, at) == IN_A_ROW:
            return begin + at
        at = data.find(b"\xff", at + 1)
    return None


def promise(path: Path) -> Promise:
    """Read the first frame of MPEG audio, and its Xing, Info or VBRI header if it has one."""
    with open(path, "rb") as file:
        file.seek(first_frame(file) or 0)
        frame = file.read(2048)
    header = Header.of(frame)
    if header is None:  # MPEG audio in a WAV
        return Promise(False, None, 1152)
    told = None
    side = {True: (36, 21), False: (21, 13)}[header.version == 3][header.single]
    if header.layer == 3 and frame[side : side + 4] in (b"Xing", b"Info") and frame[side + 7] & 1:
        flags = frame[side + 7]
        (count,) = struct.unpack(">I", frame[side + 8 : side + 12])
        lame = side + 8 + sum(size for i, size in enumerate((4, 4, 100, 4)) if flags >> i & 1)
        pads = int.from_bytes(frame[lame + 21 : lame + 24], "big")  # what the encoder put around it
        told = count * header.samples - (pads >> 12) - (pads & 0xFFF)
    elif header.layer == 3 and frame[36:40] == b"VBRI":
        told = struct.unpack(">I", frame[50:54])[0] * header.samples
    return Promise(not header.kbps, max(0, told or 0) or None, header.samples)


def _in_a_row(data: bytes, at: int) -> int:
    """How many frames follow each other here, up to those that are enough."""
    first = header = Header.of(data[at : at + 4])
    found = 0
    while header and first and header.follows(first) and header.length:
        found += 1
        at += header.length
        if found == IN_A_ROW:
            break
        header = Header.of(data[at : at + 4])
    return found


def _behind_tags(file: BinaryIO) -> int:
    """Where the sound begins behind padding and ID3v2 tags, which hold titles and covers."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(SEARCHED)
        zeros = len(head) - len(head.lstrip(b"\0"))
        if 0 < zeros < len(head):
            at += zeros
        elif len(head) >= 10 and head[:3] == b"ID3":
            size = sum((byte & 0x7F) << 7 * (3 - i) for i, byte in enumerate(head[6:10]))
            at += 10 + size + (10 if head[5] & 0x10 else 0)
        else:
            return at
