"""Training on a CUDA device, beside the CPU: losses, memory, resuming, graphs, waiting for nobody.

Run alone: ``pytest tests/test_cuda.py``. Without such a device all of it is skipped, and says so.
"""

import gc

import pytest
import torch

import vox
from vox import cost
from vox.corpus.windows import Windows
from vox.objectives.base import watched
from vox.runs import Run, checkpoint
from vox.training.graph import WARM_UP
from vox.training.state import Training

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
CPU = torch.device("cpu")
SMALL = vox.LabelSpace.sized(speaker=3, sex=2)


@pytest.fixture
def cuda():
    return torch.device("cuda", torch.cuda.current_device())


@pytest.fixture
def slow(tiny):
    """At the page's rate: RMSprop's first steps turn rounding into steps as large as any other."""
    return tiny.replace(learning_rate=1e-5)


def training(e, corpus, device):
    return Training(e, e.representation.windows(corpus, device=device), corpus.labels, device)


def losses(t, iterations):
    """Losses of the iterations that come next, one tensor on the CPU by name."""
    taken = [t.advance() for _ in range(iterations)]
    return {name: torch.stack([terms[name] for terms in taken]).cpu() for name in taken[0]}


def close(one, other, relative, absolute):
    """All but the accuracies, where one rounding decides for a class."""
    assert one.keys() == other.keys()
    for name in one:
        if not watched(name):
            assert one[name].numpy() == pytest.approx(
                other[name].numpy(), rel=relative, abs=absolute
            ), name


def weights(t):
    return [w for network in t.networks.values() for w in network.state_dict().values()]


def test_twenty_iterations_are_those_of_the_cpu(slow, two_speakers, cuda):
    there, here = (training(slow, two_speakers, device) for device in (cuda, CPU))
    found, wanted = losses(there, 20), losses(here, 20)
    first = {name: values[:1] for name, values in found.items()}
    close(first, {name: values[:1] for name, values in wanted.items()}, 1e-3, 1e-4)
    close(found, wanted, 0.05, 0.02)


@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_a_lower_precision_is_near_and_leaves_torch_as_it_was(slow, two_speakers, cuda, precision):
    backends = torch.backends
    before = backends.cudnn.conv.fp32_precision, backends.cuda.matmul.fp32_precision
    plain = losses(training(slow, two_speakers, cuda), 5)
    other = losses(training(slow.replace(precision=precision), two_speakers, cuda), 5)
    close(other, plain, 0.1, 0.05)
    assert any(not torch.equal(other[name], plain[name]) for name in plain)
    assert before == (backends.cudnn.conv.fp32_precision, backends.cuda.matmul.fp32_precision)


def test_the_gradient_penalty_is_float32_in_any_precision(slow, two_speakers, cuda):
    """In the first step networks are the same in all; only the fake that is mixed is rounded."""
    first = {}
    for precision in ("float32", "tf32"):
        e = slow.replace(precision=precision, critic_steps=1, deterministic=True)
        first[precision] = losses(training(e, two_speakers, cuda), 1)["critic_penalty"]
    torch.testing.assert_close(first["tf32"], first["float32"], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("graph", [False, True])
def test_an_iteration_waits_for_nobody(slow, two_speakers, cuda, graph):
    t = training(slow.replace(graph=graph), two_speakers, cuda)
    for _ in range(WARM_UP + 2):
        t.advance()
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        t.advance()
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_windows_lie_on_the_device_and_are_those_of_the_cpu(two_speakers, cuda, monkeypatch):
    there, here = (Windows(two_speakers, 17152, device=device) for device in (cuda, CPU))
    assert there.samples.device.type == "cuda"
    assert there.samples.dtype == torch.int16  # the files are: half the memory
    (cut, _), (wanted, _) = (windows.batch(3, 5, 4) for windows in (there, here))
    assert cut.device.type == "cuda"
    torch.testing.assert_close(cut.cpu(), wanted, rtol=0, atol=1e-6)
    monkeypatch.setattr("vox.corpus.windows.DEVICE_SHARE", 0.0)
    outside = Windows(two_speakers, 17152, device=cuda)
    assert outside.samples.device.type == "cpu"
    assert torch.equal(outside.batch(3, 5, 4)[0], cut)


def test_the_graph_takes_the_steps_that_the_loop_takes(slow, two_speakers, cuda):
    """Twenty iterations, most of them replayed; the rate changes on the way and reaches them."""
    e = slow.replace(deterministic=True, decay_epochs=3)
    plain, graph = (training(e.replace(graph=g), two_speakers, cuda) for g in (False, True))
    close(losses(graph, 20), losses(plain, 20), 1e-3, 1e-3)
    assert graph._graph.graph is not None
    assert float(graph.optimizers["generator"].param_groups[0]["lr"]) == pytest.approx(
        plain.optimizers["generator"].param_groups[0]["lr"]
    )
    for one, other in zip(weights(graph), weights(plain), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-2, atol=1e-4)


def test_losses_of_a_graph_stay_when_it_is_replayed(slow, two_speakers, cuda):
    t = training(slow.replace(graph=True, learning_rate=1e-3), two_speakers, cuda)
    for _ in range(WARM_UP):
        t.advance()
    kept = t.advance()["reconstruction"]
    value = float(kept)
    later = float(t.advance()["reconstruction"])
    assert float(kept) == value != later


@pytest.mark.parametrize("graph", [False, True])
def test_it_goes_on_to_the_bit_where_it_is_deterministic(tiny, two_speakers, cuda, tmp_path, graph):
    e = tiny.replace(deterministic=True, graph=graph)
    whole = training(e, two_speakers, cuda)
    wanted = losses(whole, 16)
    half = training(e, two_speakers, cuda)
    begun = losses(half, 9)
    checkpoint.save(tmp_path, 9, half.state())
    again = training(e, two_speakers, cuda)
    again.load(checkpoint.latest(tmp_path, CPU))
    ended = losses(again, 7)
    for name, values in wanted.items():
        assert torch.equal(torch.cat([begun[name], ended[name]]), values), name
    for one, other in zip(weights(again), weights(whole), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("graph", [False, True])
def test_a_run_tells_its_device_and_converts_on_it(tiny, two_speakers, cuda, tmp_path, graph):
    e = tiny.replace(graph=graph, deterministic=True)
    run = vox.train(
        e, two_speakers, "cuda", "page", directory=tmp_path, checkpoint_seconds=0.0
    )  # fmt: skip
    assert list(run.losses.index) == list(range(1, 9))
    told = run.provenance
    assert told["machine"]["device"] == torch.cuda.get_device_name(cuda)
    assert told["machine"]["cuda"] == torch.version.cuda
    assert told["machine"]["cudnn"] == str(torch.backends.cudnn.version())
    assert told["precision"] == "float32"
    assert told["deterministic"] is True
    assert told["peak_device_memory_mib"] > 0
    assert len(checkpoint.paths(run.folder)) == 2
    pcm = two_speakers.pcm(two_speakers.recordings[0])
    converted = run.convert(pcm, speaker="bob", iterations=2)
    there = Run(run.folder, device="cuda")
    assert next(there.generator.parameters()).device.type == "cuda"
    assert there.convert(pcm, speaker="bob", iterations=2).shape == converted.shape == pcm.shape
    images = torch.rand(2, 1, 64, 256)
    torch.testing.assert_close(there.classify(images), run.classify(images), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("width", "batch_size"), [(0.25, 4), (1.0, 2)])
def test_counted_memory_is_what_the_device_allocates(cuda, width, batch_size):
    """What libraries take for themselves is beside the count: cuDNN's and cuBLAS's workspaces."""
    e = vox.experiment("cfcefd21").replace(width=width)
    counted = cost.memory(e, batch_size, SMALL, device="cuda").total
    gc.collect()
    measured = cost.measured_memory(e, batch_size, SMALL)
    assert 0.9 * counted < measured < 1.25 * counted + 300 * 2**20
