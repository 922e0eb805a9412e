import librosa
import numpy as np
import torch
from conftest import tone

import vox.representation.griffin_lim as module
from vox import Spectrogram
from vox.representation.griffin_lim import griffin_lim, synthesise

SPEC = Spectrogram(length=17152, floor=1e-5)


def magnitudes(pcm):
    return SPEC.magnitude(torch.from_numpy(pcm)[None])[0].numpy()


def convergence(pcm, wanted):
    """Spectral convergence in dB, lower is better."""
    error = np.linalg.norm(magnitudes(pcm) - wanted) / np.linalg.norm(wanted)
    return 20 * np.log10(error)


def test_it_gets_as_near_as_librosa_does():
    wanted = magnitudes(tone(200, 3))
    whole = np.pad(wanted.T * 1024, ((1, 256), (0, 0)))
    how = {"n_fft": 1024, "hop_length": 256, "window": "hamming", "center": False}
    theirs = librosa.griffinlim(whole, n_iter=60, random_state=0, **how)
    ours = SPEC.from_magnitude(wanted)
    assert len(ours) == SPEC.samples(len(wanted))
    assert convergence(ours, wanted) < convergence(theirs[: len(ours)], wanted) + 3


def test_more_iterations_come_nearer():
    wanted = magnitudes(tone(150, 2))
    few, many = (convergence(SPEC.from_magnitude(wanted, n), wanted) for n in (2, 60))
    assert many < few - 5


def test_frames_go_on_in_the_phase_of_those_before_them():
    """A sine whose past is given is found as it is, not merely with its magnitudes."""
    t = torch.arange(1024 + 256 * 40) / 16_000
    pcm = 0.5 * torch.sin(2 * torch.pi * 440 * t)
    window = torch.hamming_window(1024)
    true = torch.stft(pcm, 1024, 256, window=window, center=False, return_complex=True)
    found = griffin_lim(true[:, 8:].abs(), frame=1024, hop=256, iterations=200, past=true[:, :8])
    assert found.shape == true[:, 8:].shape
    loud = true.abs() > 0.5 * true.abs().max()
    angle = (found / true[:, 8:])[loud[:, 8:]][:20].angle().abs()
    assert angle.max() < 0.3
    free = griffin_lim(true[:, 8:].abs(), frame=1024, hop=256, iterations=200)
    assert (free / true[:, 8:])[loud[:, 8:]][:20].angle().abs().max() > 0.3


def test_sections_leave_no_seam(monkeypatch):
    """Near the border of two sections a sound is no worse than elsewhere."""
    pcm = tone(180, 12)
    wanted = magnitudes(pcm)
    monkeypatch.setattr(module, "SECTION", 128)
    out = SPEC.from_magnitude(wanted)
    assert len(out) == SPEC.samples(len(wanted))
    error = np.linalg.norm(magnitudes(out) - wanted, axis=1)
    border = [i for k in range(128, len(wanted) - 130, 128) for i in range(k - 4, k + 4)]
    assert len(border) >= 32
    assert error[border].mean() < 2 * np.delete(error, border).mean()


def test_pieces_of_any_size_give_the_same_sound():
    wanted = magnitudes(tone(180, 6))
    one = np.concatenate(list(SPEC.from_magnitudes([wanted], 3)))
    many = np.concatenate(list(SPEC.from_magnitudes(np.array_split(wanted, 7), 3)))
    assert np.array_equal(one, many)


def test_a_sound_comes_out_before_all_of_it_went_in():
    """Memory does not grow with the length: sections leave as soon as they are known."""
    given = 0

    def endless():
        nonlocal given
        while True:
            given += 64
            yield np.ones((64, 513), np.float32)

    out = synthesise(endless(), frame=1024, hop=256, iterations=1)
    assert len(next(out)) == module.SECTION * 256
    assert given <= module.SECTION + module.AHEAD + 128


def test_silence_is_silent():
    assert not SPEC.from_magnitude(np.zeros((50, 256))).any()
    assert not list(synthesise([], frame=1024, hop=256, iterations=1))
