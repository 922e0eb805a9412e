"""The baseline computes what vox computes, or no ratio would mean anything."""

import json
from dataclasses import asdict, replace

import pytest
import torch

import vox
from benchmarks import beside, conversion, page, scale, steps
from benchmarks.stargan import Discriminator, Generator, StarGan
from vox.corpus.windows import Windows
from vox.objectives.base import watched

CPU = torch.device("cpu")


@pytest.fixture(params=["cfcefd21", "9ada9179"])
def both(request):
    return steps.pair(request.param, 3, vox.load_corpus("demo"), CPU, width=1 / 16)


def kept_gradients(monkeypatch, baseline, name):
    """Let the baseline's optimiser note the gradients instead of taking its step."""
    network, found = getattr(baseline, name), []
    step = lambda: found.extend(p.grad.clone() for p in network.parameters())  # noqa: E731
    monkeypatch.setattr(baseline.optimizers[name], "step", step)
    return found


def agree(ours, name, batch, baseline, found):
    """Losses and gradients of a step of ours are those that the baseline has."""
    network, weights = ours.networks[name], ours.e.objective.weights(name)
    terms = ours.e.objective.losses(name, ours.networks, ours.labels, batch)
    losses = {name: term for name, term in terms.items() if not watched(name)}
    assert losses.keys() == baseline.losses.keys()
    for name, value in losses.items():
        assert value.item() == pytest.approx(baseline.losses[name], rel=1e-9), name
    total = sum(weights[name] * term for name, term in losses.items())
    parameters = dict(network.named_parameters())
    gradients = torch.autograd.grad(total, list(parameters.values()))
    assert len(found) == len(gradients) > 10
    for name, ours, theirs in zip(parameters, gradients, found, strict=True):
        assert ours.shape == theirs.shape
        # a bias before a batch normalisation has no gradient but rounding
        size = max(float(theirs.abs().max()), 1e-6)
        assert float((ours - theirs).abs().max()) < 1e-7 * size, name


def in_double(ours, baseline, slot):
    """The minibatches of a step for both, and all networks: rounding makes no difference."""
    for network in (*ours.networks.values(), baseline.generator, baseline.discriminator):
        network.double()
    b = ours.batch(slot)
    b = replace(b, source=b.source.double(), reference=b.reference.double(), mix=b.mix.double())
    space = ours.labels
    pairs = (b.source, b.source_labels), (b.reference, b.reference_labels)
    given = [[x, space.inputs(index).double(), space.targets(index).double()] for x, index in pairs]
    return b, given


def test_baseline_and_vox_see_the_same_data(both):
    ours, baseline = both
    for slot in (0, 5):
        batch, (a, b) = ours.batch(slot), baseline.batch(slot)
        torch.testing.assert_close(batch.source, a[0], rtol=0, atol=1e-4)
        torch.testing.assert_close(batch.reference, b[0], rtol=0, atol=1e-4)
        assert torch.equal(ours.labels.inputs(batch.source_labels), a[1])
        assert torch.equal(ours.labels.targets(batch.reference_labels), b[2])


def test_a_critic_step_has_the_same_losses_and_gradients(both, monkeypatch):
    ours, baseline = both
    batch, given = in_double(ours, baseline, 0)
    found = kept_gradients(monkeypatch, baseline, "discriminator")
    baseline.critic_step(*given, batch.mix)
    agree(ours, "discriminator", batch, baseline, found)
    generator = ours.networks["generator"]
    for mine, theirs in zip(generator.buffers(), baseline.generator.buffers(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-12)  # running statistics


def test_a_generator_step_has_the_same_losses_and_gradients(both, monkeypatch):
    ours, baseline = both
    batch, given = in_double(ours, baseline, 5)
    found = kept_gradients(monkeypatch, baseline, "generator")
    baseline.generator_step(*given)
    agree(ours, "generator", batch, baseline, found)


def test_a_case_is_measured_and_told_on_the_page(both, tmp_path):
    ours, baseline = both
    found = steps.compare(ours, baseline, CPU, turns=2, title="")
    assert found.low <= found.ratio <= found.high
    assert found.flops < found.baseline_flops
    assert min(found.memory, found.baseline_memory) > 0
    assert 0 < found.data_share < 1
    told = {"threads": 2, "processor": "some processor"}
    part = {"figures": [{"id": ours.e.id, "batch_size": 5, **asdict(found)}], "machine": told,
            "versions": {"python": "3", "torch": "2"}, "commit": "c", "time": "t"}  # fmt: skip
    results = tmp_path / "results"
    results.mkdir()
    (results / "cpu.json").write_text(json.dumps({"steps": part}))
    text = page.write(results).read_text()
    assert f"**{found.ratio:.2f}**" in text
    assert "some processor" in text
    assert text.count(page.NONE) > 3  # the other column


def test_the_page_in_the_repository_is_what_its_figures_give(tmp_path):
    results = tmp_path / "results"
    results.mkdir()
    for path in (page.HERE / "results").glob("*.json"):
        (results / path.name).write_text(path.read_text())
    assert page.write(results).read_text() == (page.HERE / "README.md").read_text()


def test_competitors_are_there_while_an_iteration_is_timed(monkeypatch, tmp_path):
    monkeypatch.setattr(beside, "SETTLING", 0.0)
    monkeypatch.setattr(beside, "SETTINGS", {"torch's own": ({"OMP_NUM_THREADS": "1"}, [])})
    (row,) = beside.measure((1,))
    assert row["seconds"][0] > 0
    figures = {"competitors": [0, 2], "rows": [{"setting": "torch's own", "seconds": [0.5, 6.0]}]}
    text = page._beside({"cpu": {"beside": {"figures": figures}}})
    assert "| threads and spinning | alone | beside 2 |" in text
    assert "| torch's own | 0.50 s (**1.0**) | 6.00 s (**12.0**) |" in text


def test_the_peer_is_stargan_in_size():
    """The generator has 8.4 million weights with 5 labels, as its official code prints."""
    generator = Generator(5)
    count = sum(p.numel() for p in generator.parameters())
    count += 2 * 64 * 49 + 2 * 64 * 49  # two more image channels at either end
    assert count == 8_430_528
    images = torch.zeros(2, 1, 64, 256)
    source, logits = Discriminator(5, (64, 256), n=2)(images)
    assert source.shape == (2, 1, 1, 4)
    assert logits.shape == (2, 5)


def test_the_peer_trains_on_the_same_windows():
    corpus = vox.load_corpus("demo")
    peer = StarGan(Windows(corpus, 17152), 2, CPU, n=2)
    before = [p.clone() for p in peer.generator.parameters()]
    peer.iterate()
    assert all(torch.isfinite(torch.tensor(v)) for v in peer.losses.values())
    moved = zip(before, peer.generator.parameters(), strict=True)
    assert any(not torch.equal(a, b) for a, b in moved)


def test_a_synthetic_corpus_goes_through_store_and_windows():
    (row,) = scale.measure((0.01,), speakers=3)
    assert (row["recordings"], row["speakers"], row["hours"]) == (7, 3, 0.01)
    assert row["windows_per_second"] > 0
    assert row["start"] > 0


def test_a_file_is_converted_as_long_as_it_is():
    (row,) = conversion.measure(("cfcefd21",), (0.1,))
    assert (row["id"], row["minutes"], row["length"]) == ("cfcefd21", 0.1, 6.0)
    assert row["seconds"] > 0
    assert 50 * 2**20 < row["own"] < 2**31
