import math

import pytest
import torch

from vox import VoxError
from vox.representation.pictures import picture
from vox.representation.plane import PlaneTransform

PLAIN, PADDED = PlaneTransform(), PlaneTransform(padded=True)
BOTH = pytest.mark.parametrize("plane", [PLAIN, PADDED], ids=["plain", "padded"])


def noise(*shape, seed=0, dtype=torch.float64):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@BOTH
def test_with_its_phases_an_image_comes_back(plane):
    for image in (picture(), noise(256, 256, dtype=torch.float32), noise(64, 96)):
        assert torch.allclose(plane.inverse(plane.forward(image)), image, atol=1e-5)


def test_sizes():
    assert PLAIN.forward(torch.zeros(256, 256)).shape == (29, 29, 32, 17)
    assert PADDED.forward(torch.zeros(256, 64)).shape == (35, 11, 32, 17)
    assert [PLAIN.size(29), PADDED.size(35)] == [256, 256]
    assert PADDED.forward(torch.zeros(8, 8)).shape == (4, 4, 32, 17)


def test_an_impulse_has_the_same_magnitude_at_all_frequencies():
    """Its spectrum in a window is the window's value there, whatever the frequency."""
    image = torch.zeros(64, 64, dtype=torch.float64)
    image[20, 37] = 1
    line = 0.54 - 0.46 * torch.cos(2 * math.pi * torch.arange(32, dtype=torch.float64) / 32)
    magnitude = PLAIN.magnitude(image)
    for down, across in ((0, 1), (1, 2), (2, 4)):
        wanted = line[20 - 8 * down] * line[37 - 8 * across]
        assert torch.allclose(magnitude[down, across], wanted.expand(32, 17))
    assert not magnitude[3].any()  # its windows begin below the impulse


def test_a_constant_has_its_sum_under_the_window_and_nothing_beyond_the_hamming_lobe():
    magnitude = PLAIN.magnitude(torch.full((64, 64), 0.5, dtype=torch.float64))
    assert torch.allclose(
        magnitude[..., 0, 0], torch.tensor(0.5 * (32 * 0.54) ** 2, dtype=torch.float64)
    )
    assert magnitude[..., 2:31, :].max() < 1e-12
    assert magnitude[..., 2:].max() < 1e-12


@BOTH
def test_the_inverse_is_the_least_squares_solution(plane):
    """No image's spectra are nearer: any change of it, tried at random, leads further away."""
    shape = plane.forward(torch.zeros(64, 64, dtype=torch.float64)).shape
    wanted = torch.complex(noise(*shape), noise(*shape, seed=1))
    wanted = torch.fft.rfft2(torch.fft.irfft2(wanted, s=(32, 32)))  # spectra of real windows
    nearest = plane.inverse(wanted)

    def distance(image):
        return plane._norm((plane.forward(image) - wanted).abs())

    for seed in range(5):
        for step in (1e-3, -1e-3, 0.1):
            changed = nearest + step * (noise(64, 64, seed=seed) - 0.5)
            assert distance(changed) > distance(nearest)


@BOTH
def test_norms_are_those_of_whole_spectra(plane):
    image = noise(64, 64)
    whole = torch.nn.functional.pad(image, (24,) * 4) if plane.padded else image
    windows = whole.unfold(0, 32, 8).unfold(1, 32, 8) * plane._window(image)
    norm = torch.fft.fft2(windows).abs().norm()
    assert plane._norm(plane.magnitude(image)).item() == pytest.approx(norm.item())


@BOTH
def test_the_magnitudes_of_the_image_found_are_as_near_as_the_curve_says(plane):
    image = picture(64).double()
    wanted = plane.magnitude(image)
    found = plane.griffin_lim(wanted, 30, watch=(10,))
    assert len(found.convergence) == 30
    for n, one in ((10, found.watched[10]), (30, found.image)):
        error = plane._norm(plane.magnitude(one) - wanted) / plane._norm(wanted)
        assert found.convergence[n - 1].item() == pytest.approx(20 * math.log10(error), abs=1e-6)
    assert found.image.shape == image.shape


@BOTH
@pytest.mark.parametrize("positive", [True, False])
def test_plain_griffin_lim_never_gets_worse(plane, positive):
    wanted = plane.magnitude(picture(64).double())
    found = plane.griffin_lim(wanted, 200, positive=positive)
    assert (found.convergence.diff() <= 1e-9).all()
    assert found.convergence[-1] < found.convergence[0] - 3


def test_momentum_is_faster():
    wanted = PADDED.magnitude(picture(128))
    plain, fast = (PADDED.griffin_lim(wanted, 100, momentum=m).convergence for m in (0, 0.99))
    assert fast[-1] < plain[-1] - 3


def test_padding_cures_the_border():
    """The outermost pixels, in one window an axis without padding, against the middle's."""
    image = picture(128).double()
    ratios = []
    for plane in (PLAIN, PADDED):
        found = plane.griffin_lim(plane.magnitude(image), 150).image
        square = (found - image).square()
        inside = square[8:-8, 8:-8]
        border = (square.sum() - inside.sum()) / (square.numel() - inside.numel())
        ratios.append((border / square[24:-24, 24:-24].mean()).sqrt().item())
    assert ratios[0] > 1.5 * ratios[1]


def test_the_sign_of_parts_is_lost_unless_pixels_are_known_to_be_positive():
    image = picture(128)
    wanted = PADDED.magnitude(image)
    known, unknown = (
        PADDED.griffin_lim(wanted, 100, positive=positive) for positive in (True, False)
    )
    assert known.convergence[-1] < unknown.convergence[-1] - 6
    assert (known.image < -0.25).float().mean() < 0.02 < (unknown.image < -0.25).float().mean()


def test_an_image_and_its_negative_have_the_same_magnitudes_and_its_mirror_image_has_not():
    image = picture(64)
    wanted = PADDED.magnitude(image)
    assert torch.equal(PADDED.magnitude(-image), wanted)
    mirrored = PADDED.magnitude(image.flip(0, 1))
    assert PADDED._norm(mirrored - wanted) > 0.1 * PADDED._norm(wanted)
    assert PADDED.griffin_lim(wanted, 3, positive=False).image.mean() > 0


def test_the_same_seed_finds_the_same_image():
    wanted = PLAIN.magnitude(picture(64))
    one, same, other = (PLAIN.griffin_lim(wanted, 5, seed=seed).image for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_black_stays_black():
    found = PLAIN.griffin_lim(PLAIN.magnitude(torch.zeros(64, 64)), 3)
    assert not found.image.any()


def test_the_test_image_is_an_image():
    image = picture()
    assert image.shape == (256, 256)
    assert image.dtype == torch.float32
    assert 0 <= image.min() < 0.05
    assert 0.95 < image.max() <= 1
    assert torch.equal(image, picture())


@pytest.mark.parametrize(
    "fields", [{"window": 0}, {"hop": 0}, {"hop": 5}, {"window": 31}, {"hop": 64}, {"hop": 8.0}]
)
def test_impossible_transforms_are_refused(fields):
    with pytest.raises(VoxError):
        PlaneTransform(**fields)


@pytest.mark.parametrize("shape", [(24, 64), (64, 60), (257, 256)])
def test_images_of_impossible_sizes_are_refused(shape):
    with pytest.raises(VoxError, match=r"a side of \d+ pixels.*by steps of 8"):
        PLAIN.forward(torch.zeros(shape))


@pytest.mark.parametrize(
    "image",
    [torch.zeros(1, 64, 64), torch.zeros(64, 64, dtype=torch.int64), torch.zeros(64) + 0j],
)
def test_what_is_no_image_is_refused(image):
    with pytest.raises(VoxError, match=r"\(rows, columns\)"):
        PLAIN.forward(image)


def test_what_is_no_spectrum_is_refused():
    with pytest.raises(VoxError, match="must have the shape"):
        PLAIN.inverse(torch.zeros(29, 29, 32, 32, dtype=torch.complex64))
    with pytest.raises(VoxError, match="padding alone"):
        PADDED.inverse(torch.zeros(2, 9, 32, 17, dtype=torch.complex64))
    with pytest.raises(VoxError, match="1 iteration or more"):
        PLAIN.griffin_lim(PLAIN.magnitude(torch.zeros(64, 64)), 0)
    with pytest.raises(VoxError, match="momentum"):
        PLAIN.griffin_lim(PLAIN.magnitude(torch.zeros(64, 64)), 1, momentum=-1)
