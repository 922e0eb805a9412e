import librosa
import numpy as np
import pytest
import torch
from conftest import tone

from vox import Spectrogram, VoxError
from vox.audio import normalise


@pytest.mark.parametrize(("length", "shape"), [(17152, (64, 256)), (66304, (256, 256))])
def test_window_lengths_of_the_series_give_its_images(length, shape):
    spec = Spectrogram(length=length)
    assert spec.shape == shape
    assert spec.forward(torch.rand(2, length) * 2 - 1).shape == (2, 1, *shape)
    assert spec.samples(shape[0]) == length


@pytest.mark.parametrize("k", [1, 7, 128, 256])
def test_a_sine_on_bin_k_lights_bin_k(k):
    spec = Spectrogram(length=17152)
    t = torch.arange(17152) / 16_000
    image = spec.forward(torch.sin(2 * torch.pi * k * 16_000 / 1024 * t)[None])
    assert (image[0, 0].argmax(dim=1) == k - 1).all()  # bin 0 is dropped
    # the Hamming window's mean is 0.54: magnitude / 1024 of a sine is half of it
    assert spec.decode(image).max() == pytest.approx(0.27, abs=0.005)


def test_magnitudes_agree_with_librosa():
    pcm = np.random.default_rng(0).uniform(-1, 1, (3, 17152)).astype(np.float32)
    ours = Spectrogram(length=17152).magnitude(torch.from_numpy(pcm))
    theirs = np.abs(librosa.stft(pcm, n_fft=1024, hop_length=256, window="hamming", center=False))
    theirs = theirs[:, 1:257].transpose(0, 2, 1) / 1024
    assert np.allclose(ours, theirs, atol=1e-7)


def test_values_are_in_0_1_and_the_floor_is_0():
    spec = Spectrogram(length=17152)
    loud = torch.sign(torch.randn(4, 17152))
    image = spec.forward(torch.cat([loud, torch.zeros(1, 17152)]))
    assert image.min() == 0
    assert image.max() <= 1
    assert (image[-1] == 0).all()


def test_scale_of_47c97768():
    spec = Spectrogram()
    magnitude = torch.tensor([1e-4, 1e-3, 10**-1.5, 1.0])
    assert torch.allclose(spec.encode(magnitude), torch.tensor([0.0, 0.0, 0.5, 1.0]), atol=1e-6)
    assert torch.allclose(
        spec.decode(torch.tensor([0.0, 0.5, 1.0])), torch.tensor([0, 10**-1.5, 1]), atol=1e-6
    )


def test_scale_of_c9335bce():
    spec = Spectrogram(length=16896, hop=512, pixel_scale="negative_log")
    assert spec.shape == (32, 256)
    image = spec.encode(torch.tensor([1e-9, 1e-3, 1.0]))
    assert torch.allclose(image, torch.tensor([6.9078, 6.9078, 0.0]), atol=1e-4)
    assert spec.decode(image).tolist() == [0, 0, 1]


def test_scale_of_the_note_of_2019_05_13():
    """Silence is 0, what a convolution pads with; all magnitudes come back, small ones exactly."""
    spec = Spectrogram(length=16896, hop=512, pixel_scale="silent_zero")
    magnitude = torch.tensor([0.0, 1e-6, 1e-3, 0.5, 1.0])
    image = spec.encode(magnitude)
    assert image[0] == 0
    assert image[-1].item() == pytest.approx(6.9078, abs=1e-3)  # -ln of the floor
    assert image[1].item() == pytest.approx(1e-6 * (1 - 1e-3), rel=1e-5)
    assert torch.allclose(spec.decode(image), magnitude, rtol=1e-5, atol=0)
    assert spec.decode(torch.tensor([-0.5, 50.0])).tolist() == [0, 1]
    mirrored = Spectrogram(pixel_scale="negative_log").encode(1 - magnitude * (1 - 1e-3))
    assert torch.allclose(image, mirrored, atol=1e-6)
    loud = torch.sign(torch.randn(4, 16896))
    assert spec.forward(loud).isfinite().all()
    assert not spec.inverse(torch.zeros(1, 8, 256)).any()


def test_a_pixel_at_the_floor_is_silence():
    spec = Spectrogram(length=17152)
    assert not spec.inverse(torch.zeros(1, 64, 256)).any()


def test_inverse_keeps_length_level_offset_and_bins():
    spec = Spectrogram(length=17152)
    pcm = (tone(250, 17152 / 16_000) * 0.1 + 0.02).astype(np.float32)
    normalised, level = normalise(pcm)
    heard = spec.inverse(spec.forward(torch.from_numpy(normalised)[None])[0], level=level)
    assert heard.shape == pcm.shape
    assert heard.mean() == pytest.approx(pcm.mean(), abs=1e-3)
    assert heard.std() == pytest.approx(pcm.std(), rel=0.1)
    spectrum = np.abs(np.fft.rfft(heard - heard.mean()))
    hz = np.fft.rfftfreq(len(heard), 1 / 16_000)
    assert spectrum[hz > 4100].max() < 0.01 * spectrum.max()


def test_copy_synthesis_is_near_perfect_with_a_low_floor():
    pcm = tone(200, 2.3)
    spec = Spectrogram(length=17152, floor=1e-5)
    copy = spec.copy_synthesis(pcm)
    assert copy.shape == pcm.shape
    a, b = (spec.magnitude(torch.from_numpy(x)[None])[0, 3:-6] for x in (pcm, copy))
    assert ((a - b).norm() / a.norm()).item() < 0.05


def test_any_device_and_batch():
    spec = Spectrogram(length=17152)
    assert spec.forward(torch.zeros(7, 17152, device="meta")).shape == (7, 1, 64, 256)


@pytest.mark.parametrize(
    "fields",
    [
        {"hop": 0},
        {"length": 100},
        {"bins": 600},
        {"floor": 0.0},
        {"pixel_scale": "mel"},
        {"sample_rate": 0},
        {"length": 17152.5},
    ],
)
def test_nonsense_is_refused(fields):
    with pytest.raises(VoxError):
        Spectrogram(**fields)


def test_pcm_of_the_wrong_shape_says_what_is_wanted():
    with pytest.raises(VoxError, match=r"\(batch, time\).*not \(17152,\)"):
        Spectrogram().forward(torch.zeros(17152))
