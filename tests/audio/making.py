"""Sounds of any format, made by FFmpeg's encoders."""

from fractions import Fraction

import av
import numpy as np


def encode(path, pcm, rate, codec, *, format=None, container=None, bit_rate=None):
    """Write mono PCM with an encoder of FFmpeg."""
    with av.open(str(path), "w", format=format, options=container or {}) as file:
        stream = file.add_stream(codec, rate=rate, layout="mono")
        if bit_rate:
            stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(pcm[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        context = stream.codec_context
        to = av.AudioResampler(
            format=context.format or "fltp", layout="mono", rate=rate,
            frame_size=context.frame_size or 1024,
        )  # fmt: skip
        for part in [*to.resample(frame), *to.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return path


def id3(size):
    """A tag as large as a cover, of bytes that a decoder might take for frames."""
    contents = np.random.default_rng(0).bytes(size)
    digits = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + digits + contents


def without_rates(mp3):
    """MP3 in free format: the same frames, whose headers tell no bit rate."""
    from vox.audio.mpeg import Header

    out, at = bytearray(), mp3.index(b"\xff\xfb")
    while (header := Header.of(mp3[at : at + 4])) and header.length:
        frame = bytearray(mp3[at : at + header.length])
        frame[2] &= 0x0F
        out += frame
        at += header.length
    return bytes(out)
