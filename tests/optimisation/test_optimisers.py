"""Optimisers beside torch's, and the rates that they follow."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch

import vox
from vox.optimisation import Adam, RMSprop
from vox.optimisation.piecewise import PiecewiseRMSprop


def test_rmsprop_is_torchs_to_the_bit_and_takes_over_its_state():
    torch.manual_seed(0)
    sizes = ((3, 7), (2**17 + 5,), (300, 1000))  # the last two in several pieces
    ours = [torch.nn.Parameter(torch.randn(size)) for size in sizes]
    theirs = [torch.nn.Parameter(p.detach().clone()) for p in ours]
    how = {"lr": 1e-3, "alpha": 0.99, "eps": 1e-8}
    optimizers = PiecewiseRMSprop(ours, **how), torch.optim.RMSprop(theirs, **how, foreach=False)
    for turn in range(4):
        if turn == 2:
            optimizers[0].load_state_dict(deepcopy(optimizers[1].state_dict()))
        for a, b in zip(ours, theirs, strict=True):
            a.grad = torch.randn_like(a)
            b.grad = a.grad.clone()
        for chosen in optimizers:
            chosen.step()
        for a, b in zip(ours, theirs, strict=True):
            assert torch.equal(a, b)
    assert optimizers[0].state_dict()["state"].keys() == optimizers[1].state_dict()["state"].keys()


def test_learning_rate_decays_by_10_to_the_minus_half_each_100_epochs():
    decaying = vox.experiment("cfcefd21").optimisation
    for epoch, power in ((0, 0), (99.99, 0), (100, -0.5), (250, -1), (999, -4.5)):
        assert decaying.rate(epoch) == pytest.approx(1e-5 * 10**power)
    assert replace(decaying, decay_epochs=0).rate(500) == 1e-5


@pytest.mark.parametrize(
    ("optimisation", "theirs"),
    [
        (
            RMSprop(learning_rate=1e-3, smoothing=0.9, epsilon=1e-6),
            lambda p: torch.optim.RMSprop(p, lr=1e-3, alpha=0.9, eps=1e-6),
        ),
        (
            Adam(learning_rate=1e-3, beta1=0.5, beta2=0.99, weight_decay=0.1),
            lambda p: torch.optim.AdamW(p, lr=1e-3, betas=(0.5, 0.99), weight_decay=0.1),
        ),
        (Adam(learning_rate=1e-3), lambda p: torch.optim.Adam(p, lr=1e-3)),
    ],
)
def test_an_optimisation_builds_torchs_optimiser_of_its_fields(optimisation, theirs):
    torch.manual_seed(0)
    ours, other = (torch.nn.Parameter(torch.ones(5)) for _ in range(2))
    pairs = (ours, optimisation.build([ours])), (other, theirs([other]))
    for _ in range(3):
        gradient = torch.randn(5)
        for parameter, optimizer in pairs:
            parameter.grad = gradient.clone()
            optimizer.step()
    torch.testing.assert_close(ours, other)


def test_the_rate_in_force_reaches_every_optimiser(tiny, two_speakers):
    """By the epoch, times the objective's factor."""
    from vox.training.state import Training

    e = tiny.replace(decay_epochs=1, critic_rate=2.0)
    windows = e.representation.windows(two_speakers)
    training = Training(e, windows, two_speakers.labels, torch.device("cpu"))
    training.iteration = 4  # of 4 an epoch
    training.advance()
    rates = {name: o.param_groups[0]["lr"] for name, o in training.optimizers.items()}
    assert rates["generator"] == pytest.approx(1e-3 * 10**-0.5)
    assert rates["discriminator"] == pytest.approx(2e-3 * 10**-0.5)


@pytest.mark.parametrize("own", [{"graph": True}, {"precision": "tf32"}])
def test_what_a_device_cannot_is_told(tiny, two_speakers, own):
    from vox.training.state import Training

    e = tiny.replace(**own)
    windows = e.representation.windows(two_speakers)
    with pytest.raises(vox.VoxError, match=r"(graph=True|'tf32') needs a CUDA device"):
        Training(e, windows, two_speakers.labels, torch.device("cpu"))


def test_bfloat16_is_near_float32_and_penalises_gradients_in_float32(tiny, two_speakers):
    from vox.training.state import Training

    found = []
    for precision in ("float32", "bf16"):
        e = tiny.replace(precision=precision, critic_steps=1)
        windows = e.representation.windows(two_speakers)
        terms = Training(e, windows, two_speakers.labels, torch.device("cpu")).advance()
        assert {term.dtype for term in terms.values()} == {torch.float32}
        found.append({name: float(term) for name, term in terms.items()})
    plain, narrow = found
    assert narrow == pytest.approx(plain, rel=0.1, abs=0.02)
    assert narrow["reconstruction"] != plain["reconstruction"]


def test_flags_of_torch_are_set_while_it_computes_and_not_afterwards():
    from vox.precision import computing, exactly

    def flags():
        b = torch.backends
        return b.cudnn.conv.fp32_precision, b.cuda.matmul.fp32_precision

    before, cuda = flags(), torch.device("cuda")
    with computing(cuda, "float32"):
        assert flags() == ("ieee", "ieee")
    with computing(torch.device("cpu"), deterministic=True):
        assert torch.are_deterministic_algorithms_enabled()
        with exactly(torch.device("cpu")):
            assert "tf32" not in flags()
    assert flags() == before
    assert not torch.are_deterministic_algorithms_enabled()
