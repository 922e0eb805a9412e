"""MPEG audio as it should not be."""

import numpy as np

from vox.audio.mpeg import Header


def id3(size):
    """A tag as large as a cover, of bytes that a decoder might take for frames."""
    contents = np.random.default_rng(0).bytes(size)
    digits = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + digits + contents


def without_rates(mp3):
    """MP3 in free format: the same frames, whose headers tell no bit rate."""
    out, at = bytearray(), mp3.index(b"\xff\xfb")
    while (header := Header.of(mp3[at : at + 4])) and header.length:
        frame = bytearray(mp3[at : at + header.length])
        frame[2] &= 0x0F
        out += frame
        at += header.length
    return bytes(out)
