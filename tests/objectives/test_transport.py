"""Carrying a Gaussian over to another: the map's known answers, and a conversion."""

import numpy as np
import pytest
import torch

import vox
from vox.audio import rms
from vox.objectives import Transport
from vox.objectives.transport import RIDGE, optimal_map, vocal_tract
from vox.representation.axes import mel_points


def covariance(n, seed):
    roots = torch.randn(n, 2 * n, generator=torch.Generator().manual_seed(seed))
    return roots @ roots.T / (2 * n)


def ridged(c):
    return c + RIDGE * c.trace() / len(c) * torch.eye(len(c))


def test_the_map_gives_the_targets_covariance_and_is_symmetric():
    one, other = covariance(6, 0), covariance(6, 1)
    turned = optimal_map(one, other)
    torch.testing.assert_close(turned @ ridged(one) @ turned.T, ridged(other), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(turned, turned.T, rtol=1e-4, atol=1e-5)  # so it moves least
    assert (torch.linalg.eigvalsh(turned) > 0).all()
    torch.testing.assert_close(optimal_map(one, one), torch.eye(6), rtol=0, atol=1e-4)


def test_commuting_covariances_scale_each_axis_by_the_ratio_of_deviations():
    turned = optimal_map(torch.diag(torch.tensor([1.0, 4.0])), torch.diag(torch.tensor([9.0, 1.0])))
    # the ridge is a hundredth of the mean variance: 0.025 and 0.05
    wanted = torch.tensor([9.05 / 1.025, 1.05 / 4.025]).sqrt()
    torch.testing.assert_close(turned, torch.diag(wanted), rtol=1e-4, atol=1e-5)


@pytest.fixture(scope="module")
def carried(tmp_path_factory):
    corpus = vox.load_corpus("demo")
    runs = tmp_path_factory.mktemp("runs")
    return vox.train(vox.experiment("126a4f58"), corpus, "cpu", "demo", directory=runs), corpus


def test_a_conversion_has_the_targets_mean_and_its_own_length(carried):
    run, corpus = carried
    source = corpus.select("test", speaker="anika")[0]
    analysis = next(iter(run.experiment.representation.analyse([corpus.pcm(source)])))
    to, back = (run.converted(analysis, speaker=name) for name in ("victor", "anika"))
    known = run.networks["statistics"]
    place = run.labels.groups[0].classes.index("victor")

    def mean(x):
        envelope = x.image[0, 0] * x.beside["deviation"][0] + x.beside["mean"][0]
        return envelope[analysis.beside["sounding"][:, 0]].mean(dim=0)

    def far(x, name):
        at = run.labels.groups[0].classes.index(name)
        return float((mean(x) - known.mean[at]).abs().mean())

    assert far(to, "victor") < 0.5 * far(back, "victor")
    assert far(to, "victor") < far(to, "anika")
    assert known.covariance[place].shape == (2, 80, 80)
    pcm = corpus.pcm(source)
    made = run.convert(pcm, speaker="victor")
    assert len(made) == len(pcm)
    assert np.isfinite(made).all()


def test_no_sound_comes_out_much_louder_and_speech_is_left_as_it_is(carried):
    run, corpus = carried
    place = run.labels.index(speaker="victor")
    change = run.experiment.objective.change(run.networks, run.labels, place)
    world = run.experiment.representation
    speech = next(iter(world.analyse([corpus.pcm(corpus.select("test", speaker="anika")[0])])))
    with torch.no_grad():
        plain = run.experiment.objective.converted(run.networks, run.labels, speech, place)
    assert change(speech).image.equal(plain.image)
    tone = 0.05 * np.sin(2 * np.pi * 220 * np.arange(32_000) / 16_000).astype(np.float32)
    made = run.convert(tone, speaker="victor")
    assert 0 < rms(made) < rms(tone) * 10 ** (13 / 20)


def voice(shift, points=80):
    """Gaussian of frames with formants at 500, 1500 and 2500 Hz moved up by semitones."""
    hz = mel_points(points, 16_000)
    rng = np.random.default_rng(0)
    frames = []
    for _ in range(400):
        near = 2 ** ((shift + rng.normal(0, 1.5)) / 12)
        frames.append(sum(3 * np.exp(-(((hz - f * near) / 300) ** 2)) for f in (500, 1500, 2500)))
    frames = torch.from_numpy(np.array(frames) + rng.normal(0, 0.05, (400, points)))
    return frames.mean(dim=0), torch.cov(frames.T)


@pytest.mark.parametrize("shift", [-3, -1, 0, 2])
def test_formants_move_towards_the_other_voices_and_back(shift):
    found = vocal_tract(voice(0), voice(shift))
    # sounds differ more than the two voices, so it errs towards none
    assert 0.5 * abs(shift) <= abs(found) <= abs(shift)
    assert found * shift >= 0
    assert vocal_tract(voice(shift), voice(0)) == pytest.approx(-found, abs=0.4)


def test_a_map_goes_over_into_the_other_about_a_change_of_voicing():
    pitch = torch.tensor([[0.0] * 4 + [100.0] * 4])
    assert Transport().voiced(pitch).tolist() == [[0, 0, 0, 0, 1, 1, 1, 1]]
    three = Transport(blend=3).voiced(pitch)[0]
    torch.testing.assert_close(three, torch.tensor([0, 0, 0, 0.25, 0.75, 1, 1, 1]))
