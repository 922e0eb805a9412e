"""Two decoders: which reads what, the same samples from both, and what they say."""

import os
import subprocess
import sys
from contextlib import ExitStack

import numpy as np
import pytest
import soundfile
from conftest import encode, tone

from vox.audio import AudioError, opened, read
from vox.audio.decoders import Ffmpeg

RATE = 44_100


def by_ffmpeg(path):
    with ExitStack() as resources:
        return np.concatenate(list(Ffmpeg(path, resources).blocks()))


WAVS = ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")
LOSSLESS = [
    *(("WAV", subtype) for subtype in WAVS), ("FLAC", "PCM_16"), ("FLAC", "PCM_24"),
    ("AIFF", "PCM_24"), ("W64", "PCM_16"), ("CAF", "PCM_16"), ("AU", "PCM_16"),
]  # fmt: skip


@pytest.mark.parametrize(("format", "subtype"), LOSSLESS)
def test_both_decoders_give_the_same_samples(tmp_path, format, subtype):
    path = tmp_path / "in"
    pcm = np.stack([tone(200, 2, RATE), tone(330, 2, RATE, level=0.4)], axis=1)
    soundfile.write(path, pcm, RATE, format=format, subtype=subtype)
    expected = soundfile.read(path, dtype="float32")[0]
    assert np.array_equal(by_ffmpeg(path), expected)
    with opened(path) as sound:
        assert np.array_equal(np.concatenate(list(sound.pieces(RATE))), expected.mean(axis=1))


PHONES = [
    ("in.m4a", "aac", {}), ("in.mp4", "aac", {}), ("in.3gp", "aac", {}), ("in.m4a", "alac", {}),
    ("in.aac", "aac", {"format": "adts"}), ("in.webm", "libopus", {}), ("in.mka", "flac", {}),
    ("in.wma", "wmav2", {"bit_rate": 64_000}), ("in.wv", "wavpack", {}), ("in.mkv", "aac", {}),
    ("in.webm", "libopus", {"container": {"live": "1"}}),  # as a browser records: without a length
    ("in.mp4", "aac", {"container": {"movflags": "frag_keyframe+empty_moov"}}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "codec", "how"), PHONES)
def test_what_telephones_record_is_read(tmp_path, name, codec, how):
    rate = 48_000 if codec == "libopus" else RATE
    path = encode(tmp_path / name, tone(200, 3, rate), rate, codec, **how)
    with opened(path) as sound:
        heard = np.concatenate(list(sound.pieces(rate)))
    assert sound.sample_rate == rate
    assert abs(len(heard) - 3 * rate) <= 4096  # encoders pad to whole frames
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    assert np.argmax(spectrum) * rate / len(heard) == pytest.approx(200, abs=1)


TELLING = [case for case in PHONES if case[0] != "in.aac" and "container" not in case[2]]
"""Those that tell how long they should be."""


@pytest.mark.parametrize(("name", "codec", "how"), TELLING)
def test_half_of_it_is_refused(tmp_path, name, codec, how):
    rate = 48_000 if codec == "libopus" else RATE
    path = encode(tmp_path / name, tone(200, 3, rate), rate, codec, **how)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(AudioError, match=r"truncated|not audio"):
        read(path, rate)


def test_a_flac_from_a_pipe_is_read(tmp_path):
    path = tmp_path / "in.flac"
    soundfile.write(path, tone(200, 3), 16_000)
    before, data = read(path, 16_000), bytearray(path.read_bytes())
    data[21] &= 0xF0  # STREAMINFO: 36 bits of samples in all
    data[22:26] = bytes(4)
    path.write_bytes(data)
    assert np.array_equal(read(path, 16_000), before)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(AudioError, match="truncated or damaged"):
        read(path, 16_000)


@pytest.mark.parametrize("subtype", ["DWVW_16", "DWVW_24"])
def test_what_cannot_be_sought_in_is_read(tmp_path, subtype):
    soundfile.write(tmp_path / "x.aiff", tone(200, 15), 16_000, subtype=subtype)
    assert np.abs(read(tmp_path / "x.aiff", 16_000) - tone(200, 15)).max() < 2**-14


def test_a_name_that_is_no_text_is_opened(tmp_path):
    soundfile.write(tmp_path / "x.wav", tone(200, 1), 16_000)
    (tmp_path / "x.wav").rename(path := tmp_path / os.fsdecode(b"\xff.wav"))
    assert len(read(path, 16_000)) == len(tone(200, 1))


def test_what_a_telephone_did_not_finish_says_so(tmp_path):
    path = encode(tmp_path / "x.m4a", tone(200, 3, 44_100), 44_100, "aac")
    path.write_bytes(path.read_bytes().replace(b"moov", b"free"))
    with pytest.raises(AudioError, match=r"an MP4's index \(moov\), written last, is not there"):
        read(path, 16_000)


def test_a_playlist_opens_nothing(tmp_path):
    """FFmpeg would follow what such files name."""
    soundfile.write(tmp_path / "in.wav", tone(200, 1), 16_000)
    lists = {
        "a.mp4": f"ffconcat version 1.0\nfile {tmp_path / 'in.wav'}\n",
        "b.m4a": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{tmp_path / 'in.wav'}\n",
    }
    for name, text in lists.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(AudioError, match="not audio"):
            read(tmp_path / name, 16_000)


def test_a_video_without_sound_says_so(tmp_path):
    import av

    with av.open(str(tmp_path / "in.mp4"), "w") as file:
        stream = file.add_stream("mpeg4", rate=10, width=16, height=16, pix_fmt="yuv420p")
        for _ in range(5):
            picture = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
            file.mux(stream.encode(picture))
        file.mux(stream.encode(None))
    with pytest.raises(AudioError, match="no sound in it"):
        read(tmp_path / "in.mp4", 16_000)


def test_libraries_print_nothing_and_their_false_reasons_are_not_told(tmp_path):
    soundfile.write(tmp_path / "in.mp3", tone(200, 3, RATE), RATE)
    data = (tmp_path / "in.mp3").read_bytes()
    (tmp_path / "long.mp3").write_bytes(data + data)
    (tmp_path / "cut.mp3").write_bytes(data[: len(data) // 2])
    (tmp_path / "junk.mp3").write_bytes(b"\xff\xfb\x90\x00" + np.random.default_rng(0).bytes(5000))
    (tmp_path / "junk.wav").write_bytes(np.random.default_rng(1).bytes(5000))
    script = """
import sys
from pathlib import Path
from vox.audio import AudioError, read
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        print(path.name, len(read(path, 16_000)) > 40_000)
    except AudioError as error:
        print(path.name, error.reason)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert told["in.mp3"] == told["long.mp3"] == "True"
    assert "truncated" in told["cut.mp3"]
    assert "pipe" not in done.stdout
    assert "not audio" in told["junk.wav"]


def test_what_averaging_takes_away_is_told(tmp_path):
    def notes(channels, subtype="FLOAT"):
        soundfile.write(tmp_path / "in.wav", np.stack(channels, axis=1), 16_000, subtype=subtype)
        with opened(tmp_path / "in.wav") as sound:
            list(sound.pieces(16_000))
            return sound.notes

    voice, noise = tone(200, 2), np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32)
    still = 0 * voice
    assert notes([voice, voice]) == notes([voice, noise]) == notes([voice, still]) == []
    assert notes([still, still]) == []
    assert notes([voice, -voice]) == ["its 2 channels cancel each other out: their mean is silence"]
    (nearly,) = notes([voice, -0.8 * voice])
    assert nearly == (
        "its 2 channels nearly cancel each other out: their mean is 20.0 dB below the loudest"
    )
    (centre,) = notes([0.01 * noise, 0.01 * noise, voice, still, 0.01 * noise, still])
    assert centre.startswith("most of its sound is in channel 3 of 6: their mean is 15.")
