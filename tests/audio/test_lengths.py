"""Sound is read to its end, whatever its header says of its length; or it is refused."""

import struct

import numpy as np
import pytest
import soundfile
from conftest import encode, tone
from making import id3, without_rates

from vox.audio import AudioError, opened, pieces, read

RATE = 44_100
FRAME = 1152


def length(path):
    """Samples at the file's own rate, and what was told of them."""
    with opened(path) as sound:
        read = sum(map(len, sound.pieces(sound.sample_rate)))
        return read, sound.notes


def bare(path, pcm, codec="libmp3lame", **how):
    """MPEG audio without a header that tells its length."""
    container = {"write_xing": "0", "id3v2_version": "0"} if codec == "libmp3lame" else None
    return encode(path, pcm, RATE, codec, container=container, **how)


def vbr(path):
    """Long frames, then short ones: the first bit rate says nothing of the length."""
    parts = [
        bare(path, tone(200, 1, RATE), bit_rate=rate).read_bytes() for rate in (320_000, 32_000)
    ]
    path.write_bytes(parts[0] + parts[1] * 3)
    return 4


@pytest.fixture
def mp3(tmp_path):
    return bare(tmp_path / "in.mp3", tone(200, 3, RATE))


def test_an_mp3_without_a_length_is_whole(tmp_path, mp3):
    whole, notes = length(mp3)
    assert whole % FRAME == 0
    assert 3 * RATE <= whole < 3 * RATE + 3 * FRAME
    assert notes == []
    one = length(bare(tmp_path / "one.mp3", tone(200, 1, RATE)))[0]
    count = vbr(tmp_path / "vbr.mp3")
    assert abs(length(tmp_path / "vbr.mp3")[0] - count * one) <= FRAME * count


def test_layer_2_is_whole(tmp_path):
    path = bare(tmp_path / "in.mp2", tone(200, 3, RATE), "mp2", format="mp2")
    samples = length(path)[0]
    assert 3 * RATE <= samples < 3 * RATE + 2 * FRAME
    renamed = tmp_path / "in.mp3"
    renamed.write_bytes(path.read_bytes())
    assert length(renamed)[0] == samples


def test_covers_and_tags_are_no_sound(tmp_path, mp3):
    whole, data = length(mp3)[0], mp3.read_bytes()
    tagged = id3(300_000) + data + b"TAG" + bytes(125)
    mp3.write_bytes(tagged)
    assert length(mp3)[0] == whole
    mp3.write_bytes(tagged + tagged)
    joined, notes = length(mp3)
    assert abs(joined - 2 * whole) <= 2 * FRAME
    assert all("passed over" in note for note in notes)
    mp3.write_bytes(bytes(1000) + data)
    assert length(mp3)[0] == whole
    mp3.write_bytes(data[700:])  # begins within a frame, as what is cut out of a stream does
    assert 0 <= whole - length(mp3)[0] <= 5 * FRAME


def test_an_mp3_that_tells_its_length_has_it_to_the_sample(tmp_path):
    for i, how in enumerate(({}, {"bitrate_mode": "VARIABLE", "compression_level": 0.4})):
        path = tmp_path / f"{i}.mp3"
        soundfile.write(path, tone(200, 3, RATE), RATE, **how)
        assert length(path)[0] == 3 * RATE
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * 9 // 10])
        with pytest.raises(AudioError, match="truncated"):
            length(path)
        path.write_bytes(data + data)  # its header tells the length of the first
        assert length(path)[0] >= 6 * RATE


def test_free_format_is_refused_by_its_name(mp3):
    mp3.write_bytes(without_rates(mp3.read_bytes()))
    with pytest.raises(AudioError, match=r"free format.*FFmpeg does not read"):
        length(mp3)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_all_streams_of_a_chained_ogg_are_read(tmp_path, subtype):
    data = []
    for i, seconds in enumerate((1.5, 0.7, 2)):
        path = tmp_path / f"{i}.ogg"
        soundfile.write(
            path, tone(200 + 50 * i, seconds, 48_000), 48_000, subtype=subtype, format="OGG"
        )
        data.append(path.read_bytes())
    parts = [read(tmp_path / f"{i}.ogg", 48_000) for i in range(3)]
    (tmp_path / "chained.ogg").write_bytes(b"".join(data))
    assert np.array_equal(read(tmp_path / "chained.ogg", 48_000), np.concatenate(parts))


def test_flac_files_that_were_joined_are_read_to_the_end(tmp_path):
    soundfile.write(one := tmp_path / "one.flac", tone(200, 1, RATE), RATE)
    soundfile.write(other := tmp_path / "other.flac", tone(300, 2, RATE), RATE)
    joined = tmp_path / "joined.flac"
    joined.write_bytes(one.read_bytes() + other.read_bytes() + one.read_bytes())
    assert length(joined) == (4 * RATE, [])
    both = np.concatenate([read(path, RATE) for path in (one, other, one)])
    np.testing.assert_array_equal(read(joined, RATE), both)
    joined.write_bytes(one.read_bytes() + other.read_bytes()[:-5000])
    with pytest.raises(AudioError, match="truncated"):
        length(joined)


def test_streams_of_other_rates_are_refused(tmp_path):
    data = b""
    for rate in (44_100, 48_000):
        soundfile.write(tmp_path / "one.ogg", tone(200, 1, rate), rate)
        data += (tmp_path / "one.ogg").read_bytes()
    (tmp_path / "both.ogg").write_bytes(data)
    with pytest.raises(AudioError, match="44100 Hz and 48000 Hz; save it at one"):
        read(tmp_path / "both.ogg", 16_000)


def test_an_ogg_without_an_end_flag_is_whole_and_one_cut_within_a_page_is_not(tmp_path):
    path = tmp_path / "in.ogg"
    soundfile.write(path, tone(200, 3, RATE), RATE)
    before, data = read(path, RATE), bytearray(path.read_bytes())
    last = data.rindex(b"OggS")
    data[last + 5] &= ~4
    data[last + 22 : last + 26] = struct.pack("<I", ogg_crc(data[last:]))
    path.write_bytes(data)
    assert np.array_equal(read(path, RATE), before)
    path.write_bytes(data[:-10])
    with pytest.raises(AudioError, match="truncated"):
        read(path, RATE)


def ogg_crc(page):
    """Of a page whose own checksum counts as 0 (RFC 3533)."""
    crc = 0
    for i, byte in enumerate(page):
        crc ^= (0 if 22 <= i < 26 else byte) << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc >> 31 else 0)) & 0xFFFFFFFF
    return crc


def put(data, behind, skip, how, value):
    at = data.index(behind) + skip
    data[at : at + struct.calcsize(how)] = struct.pack(how, value)


SIZES = [
    *((f, b"data", 4, "<I", v) for f in ("WAV", "WAVEX") for v in (0, 0x7FFFFFFF, 0xFFFFFFFF)),
    *(("RF64", b"ds64", 16, "<q", v) for v in (0, -1)),
    *(("W64", b"data", 16, "<q", v) for v in (0, 24, -1, 2**63 - 1)),
    *(("AIFF", b"SSND", 4, ">I", v) for v in (0, 8, 0x7F000008, 0xFFFFFFFF)),
    *(("CAF", b"data", 4, ">q", v) for v in (0, -1)),
    *(("AU", b".snd", 8, ">I", v) for v in (0, 0xFFFFFFFF)),
]


@pytest.mark.parametrize(("format", "behind", "skip", "how", "value"), SIZES)
def test_a_size_that_was_never_filled_in(tmp_path, format, behind, skip, how, value):
    path = tmp_path / "in"
    pcm = tone(200, 2)
    soundfile.write(path, pcm, 16_000, format=format, subtype="PCM_16")
    before, data = read(path, 16_000), bytearray(path.read_bytes())
    assert len(before) == len(pcm)
    put(data, behind, skip, how, value)
    path.write_bytes(data)
    assert np.array_equal(read(path, 16_000), before)


@pytest.mark.parametrize("riff", [0, 36])
def test_a_recorder_that_crashed_left_both_sizes_of_a_wav(tmp_path, riff):
    path = tmp_path / "in.wav"
    soundfile.write(path, tone(200, 2, 8000), 8000)
    data = bytearray(path.read_bytes())
    put(data, b"RIFF", 4, "<I", riff)
    put(data, b"data", 4, "<I", 0)
    path.write_bytes(data)
    assert length(path) == (16_000, [])


@pytest.mark.parametrize(("format", "behind", "skip", "how"), [
    ("WAV", b"data", 4, "<I"), ("W64", b"data", 16, "<q"), ("AIFF", b"SSND", 4, ">I"),
    ("CAF", b"data", 4, ">q"), ("AU", b".snd", 8, ">I"), ("RF64", b"ds64", 16, "<q"),
])  # fmt: skip
def test_a_size_that_promises_more_is_refused(tmp_path, format, behind, skip, how):
    path = tmp_path / "in"
    soundfile.write(path, tone(200, 2), 16_000, format=format, subtype="PCM_16")
    data = bytearray(path.read_bytes())
    put(data, behind, skip, how, 400_000)
    path.write_bytes(data)
    with pytest.raises(AudioError, match="truncated, its header promises more"):
        read(path, 16_000)


def test_an_empty_wav_with_a_chunk_behind_it_is_empty(tmp_path):
    path = tmp_path / "in.wav"
    soundfile.write(path, np.zeros(0, np.float32), 16_000)
    path.write_bytes(path.read_bytes() + b"LIST\x04\0\0\0INFO")
    with pytest.raises(AudioError, match="empty, no samples"):
        read(path, 16_000)


def test_what_follows_the_samples_is_told(tmp_path):
    path = tmp_path / "in.wav"
    soundfile.write(path, tone(200, 2), 16_000)
    data = bytearray(path.read_bytes())
    put(data, b"data", 4, "<I", 32_000)
    path.write_bytes(data)
    samples, notes = length(path)
    assert samples == 16_000
    assert notes == ["1.00 s, as its header tells, are read; the 32000 bytes behind them are not"]


def test_pieces_are_the_whole(tmp_path):
    path = tmp_path / "in.flac"
    for rate in (8000, 44_100, 96_000):
        pcm = np.stack([tone(200, 13.7, rate), tone(300, 13.7, rate)], axis=1)
        soundfile.write(path, pcm, rate)
        cut = list(pieces(path, 16_000))
        assert len(cut) > 1 or rate == 8000
        assert np.array_equal(np.concatenate(cut), read(path, 16_000))
        assert len(read(path, 16_000)) == round(13.7 * 16_000)


@pytest.mark.parametrize("rate", [1, 8, 999, 2**31 - 1])
def test_a_rate_that_no_recording_has_is_refused(tmp_path, rate):
    path = tmp_path / "in.wav"
    soundfile.write(path, tone(200, 1), 16_000)
    data = bytearray(path.read_bytes())
    put(data, b"fmt ", 12, "<I", rate)
    path.write_bytes(data)
    with pytest.raises(AudioError, match=f"tells {rate} Hz, a sample rate that no recording has"):
        read(path, 16_000)
