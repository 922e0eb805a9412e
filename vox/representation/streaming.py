"""Conversion while sound comes in: short blocks, with a delay that is known beforehand."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from vox.audio import Pcm
from vox.fields import Part, number
from vox.representation.base import Analysis, Change
from vox.representation.moments import Moments, speech
from vox.representation.transform import pitch_statistics
from vox.representation.vocoder import Features, Vocoder
from vox.representation.world import World


@dataclass(frozen=True, kw_only=True)
class Streaming(Part):
    """How sound is cut for conversion while it comes in; all in frames of the vocoder.

    Attributes
    ----------
    block
        Analysed, converted and synthesised together.
    ahead
        Heard behind a block before it is analysed: pitch is found from neighbours.
    settled
        Analysed behind a frame before it is converted: the network looks to both sides.
    context
        That the network is given: it normalises by what it is given.
    memory
        That the source's statistics are taken from.

    Examples
    --------
    >>> Streaming().delay(Vocoder())
    0.408
    """

    block: int = number(20, above=0)
    ahead: int = number(15, least=0)
    settled: int = number(10, least=0)
    context: int = number(375, above=0)
    memory: int = number(3750, above=0)

    def delay(self, vocoder: Vocoder) -> float:
        """Return how long a sample waits before it comes out, in s, computing not counted.

        A sample waits for its block's end and what is ahead of it; then frames wait to be settled,
        pulses for a frame more, and for half a filter.
        """
        frames = self.block + self.ahead + self.settled + 2
        return round((frames * vocoder.hop + vocoder.fft // 2) / vocoder.sample_rate, 6)


def stream(
    world: World, pieces: Iterable[Pcm], change: Change, how: Streaming | None = None
) -> Iterator[Pcm]:
    """Convert sound as soon as it is heard.

    Parameters
    ----------
    world
        The representation.
    pieces
        Shape ``(time,)``, float32 at the representation's rate, of any sizes.
    change
        Of a whole analysis, as `vox.objectives.Objective.change` makes it.
    how
        Sizes of blocks.

    Yields
    ------
    numpy.ndarray
        Shape ``(time,)``, float32; all together as long as `pieces`.
    """
    how = how or Streaming()
    vocoder = world.vocoder
    after = how.ahead * vocoder.hop / vocoder.sample_rate
    found = vocoder.analyse_pieces(pieces, frames=how.block, after=after)
    changed = map(world.features, _changed(world, found, change, how))
    return vocoder.synthesise_pieces(changed, batch=how.block)


def _changed(
    world: World, found: Iterable[Features], change: Change, how: Streaming
) -> Iterator[Analysis]:
    """Convert the newest frames that are settled, with what was heard before them."""
    held: deque[Features] = deque()
    waiting = 0  # frames heard and not yet converted
    rest = 0  # samples of them
    for part in found:
        held.append(part)
        waiting, rest = waiting + len(part), rest + part.samples
        while len(held) > 1 and sum(map(len, held)) - len(held[0]) >= how.memory:
            held.popleft()
        if waiting > how.settled:
            count = waiting - how.settled
            samples = count * world.vocoder.hop
            yield _part(world, held, change, how, waiting, count, samples)
            waiting, rest = how.settled, rest - samples
    if waiting:
        yield _part(world, held, change, how, waiting, waiting, rest)


def _part(
    world: World, held: Iterable[Features], change: Change, how: Streaming, waiting: int,
    count: int, samples: int,
) -> Analysis:  # fmt: skip
    """Convert `count` of the `waiting` last frames that are held."""
    import torch

    parts = list(held)
    gain, floor = parts[-1].gain, world.vocoder.floor
    # as if all had been analysed at the gain that is known by now
    envelope = np.concatenate([p.envelope + 2 * math.log(gain / p.gain) for p in parts])
    envelope = np.maximum(envelope, floor)
    pitch = np.concatenate([p.pitch for p in parts])
    moments, melody = Moments().add(speech(envelope)), pitch_statistics(pitch)
    mean, deviation = moments.mean, moments.deviation
    at = len(pitch) - waiting
    given = slice(max(0, at + count - how.context), None)
    aperiodicity = np.concatenate([p.aperiodicity for p in parts])[given]
    image = torch.from_numpy((envelope[given] - mean) / deviation)
    sounding = np.concatenate([p.envelope.max(axis=1, keepdims=True) > floor for p in parts])
    whole = Analysis(
        image[None, None].float(),
        {
            "mean": torch.from_numpy(mean)[None],
            "deviation": torch.from_numpy(deviation)[None],
            "pitch": torch.from_numpy(pitch[given])[None],
            "pitch_mean": torch.tensor([melody.mean], dtype=torch.float32),
            "pitch_deviation": torch.tensor([melody.deviation], dtype=torch.float32),
            "aperiodicity": torch.from_numpy(aperiodicity)[None],
            "sounding": sounding[given],
            "samples": samples,
            "gain": gain,
        },
    )
    changed = change(whole)
    inner = slice(at - given.start, at - given.start + count)
    beside = dict(changed.beside)
    for name in ("pitch", "aperiodicity"):
        beside[name] = beside[name][:, inner]
    beside["sounding"] = beside["sounding"][inner]
    return Analysis(changed.image[:, :, inner], beside)
