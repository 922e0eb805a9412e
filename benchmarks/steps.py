"""An iteration of training: time, memory, FLOPs and the share of the data, side by side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import torch

import vox
from benchmarks.baseline import Baseline
from benchmarks.stargan import StarGan
from vox.corpus import Corpus
from vox.corpus.windows import Windows
from vox.cost.following import flops_of, peak_beside
from vox.progress import bar
from vox.training.state import Training

CASES = (("cfcefd21", 5), ("cfcefd21", 2), ("9ada9179", 2))
ITERATIONS = 284_200  # 1000 epochs of 1421 windows at minibatch 5


class Trained(Protocol):
    """What is measured: baseline and peer."""

    windows: Windows
    generator: torch.nn.Module
    discriminator: torch.nn.Module
    optimizers: dict[str, torch.optim.Optimizer]

    def iterate(self) -> None:
        """Five steps of the discriminator and one of the generator, with data."""


def pair(
    id: str, batch_size: int, corpus: Corpus, device: torch.device, width: float = 1.0
) -> tuple[Training, Baseline]:
    """Return ours and the baseline with the same weights and the same data.

    Gradient penalties mix by numbers of their own, unless the baseline's step is given ours.
    """
    e = vox.experiment(id).replace(batch_size=batch_size, width=width)
    windows = e.representation.windows(corpus, device=device)
    ours = Training(e, windows, corpus.labels, device)
    outside = e.representation.windows(corpus)  # a DataLoader's data are on the CPU
    baseline = Baseline(outside, batch_size, device, width)
    for name in ("generator", "discriminator"):
        taken = ours.networks[name].parameters()
        given: Iterable[torch.nn.Parameter] = getattr(baseline, name).parameters()
        for parameter, value in zip(given, taken, strict=True):
            parameter.data.copy_(value.data)
    return ours, baseline


@dataclass(frozen=True)
class Measured:
    """What one case gave.

    Attributes
    ----------
    seconds, baseline_seconds
        Medians of an iteration; the baseline may be the peer.
    ratio, low, high
        Median, least and greatest of the baseline's time over ours, turn by turn.
    memory, baseline_memory
        Bytes at the peak, above parameters and optimiser state.
    flops, baseline_flops
        Of an iteration.
    data_share
        Of our time, spent on making minibatches.
    turns
        Iterations measured of each.
    """

    seconds: float
    baseline_seconds: float
    ratio: float
    low: float
    high: float
    memory: int
    baseline_memory: int
    flops: int
    baseline_flops: int
    data_share: float
    turns: int


def timed(device: torch.device, work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes on a device."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    began = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - began


def peak(
    device: torch.device,
    networks: Iterable[torch.nn.Module],
    optimizers: Iterable[torch.optim.Optimizer],
    windows: Windows,
    work: Callable[[], object],
) -> int:
    """Return the bytes that `work` needs above parameters and optimiser state, at its peak.

    On CUDA it is what the allocator gave out; elsewhere every tensor's storage is followed, but
    for the corpus, which is a mapped file.
    """
    networks = list(networks)
    # the baseline leaves gradients behind, which stay until it asks for new ones
    left = (p.grad for n in networks for p in n.parameters() if p.grad is not None)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device) - sum(gradient.nbytes for gradient in left)
        work()
        return torch.cuda.max_memory_allocated(device) - before
    states = [s for o in optimizers for state in o.state.values() for s in state.values()]
    buffers = [t for n in networks for t in n.state_dict().values()]
    return peak_beside([*buffers, *states, windows.samples], work, left)


def compare(
    ours: Training, other: Trained, device: torch.device, turns: int, title: str
) -> Measured:
    """Measure both in turn, in one process, after one iteration of each to warm up."""
    ours.advance()
    other.iterate()
    times: list[tuple[float, float]] = []
    with bar(turns, unit="turn", title=title) as progress:
        for _ in range(turns):
            theirs = timed(device, other.iterate)
            times.append((timed(device, ours.advance), theirs))
            progress.update()
    ratios = [theirs / own for own, theirs in times]
    counted: list[tuple[int, int]] = []
    for networks, trained, work in (
        (ours.networks.values(), ours, ours.advance),
        ((other.generator, other.discriminator), other, other.iterate),
    ):
        memory: list[int] = []
        held = partial(peak, device, networks, trained.optimizers.values(), trained.windows, work)
        flops = flops_of(lambda held=held, memory=memory: memory.append(held()))  # type: ignore[misc]
        counted.append((memory[0], flops))
    return Measured(
        seconds=statistics.median(own for own, _ in times),
        baseline_seconds=statistics.median(theirs for _, theirs in times),
        ratio=statistics.median(ratios),
        low=min(ratios),
        high=max(ratios),
        memory=counted[0][0],
        baseline_memory=counted[1][0],
        flops=counted[0][1],
        baseline_flops=counted[1][1],
        data_share=data_share(ours, device, max(3, turns // 3)),
        turns=turns,
    )


def data_share(ours: Training, device: torch.device, turns: int) -> float:
    """Return the share of our time that goes into making minibatches."""
    waited, make = 0.0, ours.batch

    def watched(slot: int) -> object:
        nonlocal waited
        made: list[object] = []
        waited += timed(device, lambda: made.append(make(slot)))
        return made[0]

    ours.batch = watched  # type: ignore[method-assign]
    try:
        whole = sum(timed(device, ours.advance) for _ in range(turns))
    finally:
        ours.batch = make  # type: ignore[method-assign]
    return waited / whole


def against_baseline(
    id: str, batch_size: int, corpus: Corpus, device: torch.device, turns: int
) -> Measured:
    """Measure an experiment beside the baseline."""
    ours, baseline = pair(id, batch_size, corpus, device)
    return compare(ours, baseline, device, turns, f"{id} at {batch_size}")


def against_stargan(corpus: Corpus, device: torch.device, turns: int) -> Measured:
    """Measure cfcefd21 at minibatch 5 beside StarGAN on the same windows and labels."""
    ours, _ = pair("cfcefd21", 5, corpus, device)
    peer = StarGan(Windows(corpus, ours.windows.length), 5, device)
    return compare(ours, peer, device, turns, "StarGAN at 5")


def whole_workload(
    corpus: Corpus, device: torch.device, iterations: int, graph: bool = False
) -> float:
    """Return the seconds that all of cfcefd21's iterations take, from so many of them.

    With `graph` each is one CUDA graph.
    """
    e = vox.experiment("cfcefd21").replace(batch_size=5, graph=graph)
    windows = e.representation.windows(corpus, device=device)
    ours = Training(e, windows, corpus.labels, device)
    for _ in range(max(1, iterations // 20)):
        ours.advance()

    def work() -> None:
        with bar(iterations, unit="it", title="cfcefd21 at 5") as progress:
            for _ in range(iterations):
                ours.advance()
                progress.update()

    return timed(device, work) / iterations * ITERATIONS
