"""A voice changed while it speaks: the delay that is told, no clicks, close to the conversion."""

import re
import sys
import types

import numpy as np
import pytest
import soundfile

import vox
from vox import VoxError
from vox.cli import main
from vox.representation import Adjustment
from vox.representation.streaming import Streaming, stream
from vox.runs import Run
from vox.runs.find import VOICES
from vox.runs.live import Live, listen, played

SPEAKER = "anika"
SETTLED = 2  # s after which the source's statistics are known


@pytest.fixture(scope="module")
def run():
    return Run(VOICES)


@pytest.fixture(scope="module")
def speech():
    corpus = vox.load_corpus("demo")
    said = corpus.select("test", speaker="victor") + corpus.select("train", speaker="victor")
    return np.concatenate([corpus.pcm(r) for r in said])[: 6 * 16_000]


@pytest.fixture(scope="module")
def both(run, speech):
    """What is heard live, without the delay, and the conversion of the whole."""
    live = Live(run, SPEAKER)
    heard = played(live, speech)
    late = round(live.delay * 16_000)
    assert len(heard) == len(speech) + late
    assert not heard[:late].any()
    assert not live.load.missed
    assert live.load.heard == pytest.approx(6)
    assert live.load.computed > 0
    return heard[late:], run.convert(speech, speaker=SPEAKER)


def test_it_is_close_to_the_conversion_of_the_whole(run, both):
    """2 dB of the envelope in speech, and a quarter of a semitone; measured: 1.7 dB and 0.1."""
    one, other = (run.experiment.representation.vocoder.analyse(pcm) for pcm in both)
    after = slice(SETTLED * 125, None)
    loud = other.envelope[after].max(axis=1) > -10
    apart = np.abs(one.envelope[after] - other.envelope[after])[loud].mean()
    assert apart * 10 / np.log(10) < 2
    voiced = (one.pitch[after] > 0) & (other.pitch[after] > 0)
    ratio = one.pitch[after][voiced] / other.pitch[after][voiced]
    assert voiced.mean() > 0.3
    assert np.median(np.abs(12 * np.log2(ratio))) < 0.25
    assert np.mean((one.pitch[after] > 0) == (other.pitch[after] > 0)) > 0.93


def test_it_is_in_step_with_what_was_said(both):
    """The loudness of both goes up and down together: the delay is what was told."""
    hop = 160
    loudness = [
        np.log(np.square(pcm[: len(pcm) // hop * hop].reshape(-1, hop)).mean(axis=1) + 1e-6)
        for pcm in both
    ]
    one, other = (x[SETTLED * 100 :] - x[SETTLED * 100 :].mean() for x in loudness)
    shifts = range(-10, 11)
    match = [np.sum(np.roll(one, shift) * other) for shift in shifts]
    assert abs(shifts[int(np.argmax(match))]) <= 1


def test_nothing_clicks_at_the_borders_of_blocks(run):
    """A steady vowel: the sharpest bend near the borders is no sharper than between them."""
    how, vocoder = Streaming(), run.experiment.representation.vocoder
    t = np.arange(5 * 16_000) / 16_000
    vowel = sum(np.sin(2 * np.pi * 120 * k * t) / k**1.5 for k in range(1, 30)) * 0.05
    vowel = vowel.astype(np.float32)
    live = Live(run, SPEAKER, how=how)
    made = played(live, vowel)[round(live.delay * 16_000) :]
    bends = np.abs(np.diff(made.astype(np.float64), 2))[SETTLED * 16_000 : -8000]
    block = how.block * vocoder.hop
    shares = bends[: len(bends) // block * block].reshape(-1, block)
    sharpest = np.quantile(shares, 0.99, axis=0)  # by the place in a block
    smooth = np.convolve(sharpest, np.ones(160) / 160, "same")[80:-80]
    assert smooth.max() < 2 * np.median(smooth)


def test_blocks_of_any_size_come_in(run, speech):
    world, whole = run.experiment.representation, speech[:32_123]
    change = run.experiment.objective.change(run.networks, run.labels, run.target(speaker=SPEAKER))

    def made(size):
        pieces = (whole[at : at + size] for at in range(0, len(whole), size))
        return np.concatenate(list(stream(world, pieces, change)))

    one, other = made(441), made(len(whole))
    assert len(one) == len(whole)
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("samples", [0, 1, 100, 5000])
def test_short_sounds_keep_their_length(run, samples):
    live = Live(run, SPEAKER)
    assert len(played(live, np.zeros(samples, np.float32))) == samples + round(live.delay * 16_000)


def test_what_comes_too_late_is_silence_and_counted(run):
    live = Live(run, SPEAKER)
    live.play(round(live.delay * 16_000))
    assert not live.play(1600).any()
    assert live.load.missed == pytest.approx(0.1)
    live.end()


def test_what_comes_too_late_is_left_out_so_that_the_rest_is_in_time(run, speech):
    straight, live = played(Live(run, SPEAKER), speech), Live(run, SPEAKER)
    delay = round(live.delay * 16_000)
    live.play(delay + 1600)  # nothing is there yet
    live.hear(speech)
    live.end()
    np.testing.assert_array_equal(live.play(len(speech) - 1600), straight[delay + 1600 :])
    assert live.load.missed == pytest.approx(0.1)


def test_wishes_are_heard(run, speech):
    live = Live(run, SPEAKER, Adjustment.of(pitch=3))
    made = played(live, speech[: 4 * 16_000])[round(live.delay * 16_000) :]
    vocoder = run.experiment.representation.vocoder
    one, other = (vocoder.analyse(pcm).pitch for pcm in (speech[: 4 * 16_000], made))
    voiced = (one > 0) & (other > 0)
    assert np.median(12 * np.log2(other[voiced] / one[voiced])) == pytest.approx(3, abs=0.3)


def test_a_file_as_a_microphone(speech, tmp_path, capsys):
    source, target = tmp_path / "in.wav", tmp_path / "out.wav"
    soundfile.write(source, speech[:32_000], 16_000)
    words = ["live", "--speaker", SPEAKER, "--input", str(source), "-o", str(target)]
    assert main(words) == 0
    told = capsys.readouterr().out
    delay = float(re.search(r"delay (\d\.\d+) s", told)[1])
    assert re.search(r"load \d\.\d\d of a core", told)
    assert soundfile.info(target).duration == pytest.approx(2 + delay, abs=0.01)
    assert main([*words[:5], "--strength", "1"]) == 1
    assert "--input and --output go together" in capsys.readouterr().err
    before = target.read_bytes()
    for output, more, wrong in (
        (target, [], "out.wav: exists already; --force overwrites it"),
        (source, ["--force"], "in.wav: is the input itself"),
        (tmp_path / "out.xyz", [], "no sound format has that suffix"),
        (tmp_path, [], "is a folder; name a file"),
        (target / "x.wav", [], "cannot be written: "),
    ):
        assert main([*words[:6], str(output), *more]) == 1
        assert wrong in capsys.readouterr().err
    assert target.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"in.wav", "out.wav"}


def test_what_is_heard_has_the_format_of_its_suffix_and_silence_is_told(speech, tmp_path, capsys):
    pcm = speech[16_000:24_000, None]
    soundfile.write(source := tmp_path / "in.wav", np.hstack([pcm, -pcm]), 16_000)
    target = tmp_path / "out.flac"
    words = ["live", "--speaker", SPEAKER, "--input", str(source), "-o", str(target)]
    assert main(words) == 0
    assert soundfile.info(target).format == "FLAC"
    assert "its 2 channels cancel each other out" in capsys.readouterr().err


def test_a_sound_card_is_heard_and_played(run, speech, monkeypatch):
    """A stand-in for sounddevice whose clock is this test's."""
    given = []

    class Stream:
        def __init__(self, samplerate, blocksize, channels, dtype, callback):
            assert (samplerate, channels, dtype) == (16_000, 1, "float32")
            self.blocksize, self.callback = blocksize, callback

        def __enter__(self):
            for at in range(0, 32_000, self.blocksize):
                heard = speech[at : at + self.blocksize, None]
                out = np.empty_like(heard)
                self.callback(heard, out, len(heard), None, None)
                live.settle()
                given.append(out[:, 0])

        def __exit__(self, *error):
            pass

    module = types.SimpleNamespace(Stream=Stream, sleep=lambda ms: None, PortAudioError=OSError)
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    live = Live(run, SPEAKER)
    load = next(listen(live))
    assert load.heard == pytest.approx(2)
    assert not load.missed
    live.end()
    np.testing.assert_array_equal(
        np.concatenate(given), played(Live(run, SPEAKER), speech[:32_000])[:32_000]
    )


def test_what_is_missing_is_a_sentence(run, tiny, two_speakers, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    live = Live(run, SPEAKER)
    with pytest.raises(VoxError, match="a microphone needs sounddevice"):
        next(listen(live))
    live.hear(np.full(16_000, np.nan, np.float32))
    live.settle()
    with pytest.raises(VoxError, match="NaN"):
        live.play(1)
    with pytest.raises(VoxError, match="unknown speaker"):
        Live(run, "nobody")
    other = vox.train(tiny.replace(epochs=1), two_speakers, "cpu", "page", directory=tmp_path)
    with pytest.raises(VoxError, match="too slow to be heard at once"):
        Live(other, "ada")
