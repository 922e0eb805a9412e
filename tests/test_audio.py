import numpy as np
import pytest
import soundfile
from conftest import tone

from vox.audio import AudioError, Level, normalise, read, resample


@pytest.mark.parametrize(
    ("suffix", "how"),
    [
        ("wav", {"subtype": "PCM_16"}),
        ("wav", {"subtype": "FLOAT"}),
        ("flac", {}),
        ("ogg", {"subtype": "VORBIS"}),
        ("aiff", {"subtype": "PCM_24"}),
        ("mp3", {}),
    ],
)
@pytest.mark.parametrize("rate", [8000, 44_100])
def test_any_format_rate_and_channel_count_becomes_16_khz_mono(tmp_path, suffix, how, rate):
    pcm = tone(200, 1, rate)
    path = tmp_path / f"sound.{suffix}"
    soundfile.write(path, np.stack([pcm, pcm], axis=1), rate, **how)
    heard = read(path, 16_000)
    assert heard.dtype == np.float32
    assert abs(len(heard) - 16_000) < 2000  # MP3 pads its ends
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    strongest = np.argmax(spectrum) * 16_000 / len(heard)
    assert strongest == pytest.approx(200, abs=2)


def test_channels_are_averaged(tmp_path):
    path = tmp_path / "two.wav"
    soundfile.write(path, np.tile([[0.5, -0.25]], (1000, 1)), 16_000, subtype="FLOAT")
    assert np.allclose(read(path, 16_000), 0.125)


def test_resampling_keeps_a_sine():
    for rate in (8000, 44_100, 48_000):
        t = np.arange(rate) / rate
        out = resample(np.sin(2 * np.pi * 440 * t), rate, 16_000)
        expected = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
        assert len(out) == 16_000
        assert np.abs(out - expected)[500:-500].max() < 1e-3


def bad_files(folder):
    pcm = tone(200, 1)
    (folder / "text.wav").write_text("this is not a sound at all")
    (folder / "empty.wav").write_bytes(b"")
    soundfile.write(folder / "nothing.wav", np.zeros(0, np.float32), 16_000)
    for name in ("cut.wav", "cut.aiff", "cut.flac", "cut.ogg"):
        soundfile.write(folder / name, pcm, 16_000)
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) * 6 // 10])
    for name, value in (("nan.wav", np.nan), ("inf.wav", np.inf)):
        broken = pcm.copy()
        broken[8000] = value
        soundfile.write(folder / name, broken, 16_000, subtype="FLOAT")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.wav", "not found"),
        ("text.wav", "not audio"),
        ("empty.wav", "empty"),
        ("nothing.wav", "empty"),
        ("cut.wav", "truncated"),
        ("cut.aiff", "truncated"),
        ("cut.flac", "truncated"),
        ("cut.ogg", "truncated"),
        ("nan.wav", "NaN or infinite sample, first at 0.500 s"),
        ("inf.wav", "NaN or infinite sample, first at 0.500 s"),
    ],
)
def test_unusable_files_say_why(tmp_path, name, reason):
    bad_files(tmp_path)
    with pytest.raises(AudioError) as caught:
        read(tmp_path / name, 16_000)
    assert reason in caught.value.reason
    assert name in str(caught.value)


def test_normalising_reaches_both_ends_and_can_be_undone_but_for_dc():
    pcm = tone(100, 1) * 0.2 + 0.05
    normalised, level = normalise(pcm)
    assert (normalised.min(), normalised.max()) == (-1, 1)
    without_dc = normalised - normalised.mean()
    assert np.allclose(level.restore(without_dc), pcm, atol=1e-6)


def test_a_constant_window_is_silence():
    normalised, level = normalise(np.full(100, 0.7, np.float32))
    assert not normalised.any()
    assert level == Level(0, pytest.approx(0.7))
