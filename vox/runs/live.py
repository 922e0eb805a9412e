"""A voice changed while it speaks: from a microphone, or from a file as if it came from one."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from vox.audio import Pcm
from vox.errors import VoxError, install
from vox.representation import Adjustment
from vox.representation.adjustment import AS_TRAINED
from vox.representation.streaming import Streaming, stream
from vox.representation.world import World
from vox.runs.run import Run

TICK = 0.02  # s that a sound card takes and gives at once


@dataclass
class Load:
    """What the conversion costs.

    Attributes
    ----------
    heard
        Sound so far, in s.
    computed
        Time of one core that its conversion took, in s.
    slowest
        The longest that a piece took to be converted, in s by the clock.
    missed
        Sound that was not there when it was to be played, in s.
    """

    heard: float = 0.0
    computed: float = 0.0
    slowest: float = 0.0
    missed: float = 0.0

    def __str__(self) -> str:
        share = self.computed / self.heard if self.heard else 0.0
        return (
            f"{self.heard:.1f} s heard; load {share:.2f} of a core; slowest piece "
            f"{self.slowest:.3f} s; {self.missed:.2f} s came too late"
        )


@dataclass
class Live:
    """Takes what a microphone hears, and gives what is to be played a fixed time later.

    Parameters
    ----------
    run
        Of an experiment whose representation is `World`.
    speaker
        To convert to.
    wanted
        Strength, pitch and formant.
    how
        Sizes of blocks.

    Raises
    ------
    VoxError
        No such speaker, or another representation.
    """

    run: Run
    speaker: str
    wanted: Adjustment = AS_TRAINED
    how: Streaming = field(default_factory=Streaming)

    def __post_init__(self) -> None:
        e = self.run.experiment
        if not isinstance(e.representation, World):
            raise VoxError(
                f"{e.id} sees windows of {e.representation.seconds:.1f} s and is too slow to be "
                "heard at once; convert live with a run of 3cd41fe0 or its kin"
            )
        self.world = e.representation
        target = self.run.target(speaker=self.speaker)
        change = e.objective.change(self.run.networks, self.run.labels, target)
        self._change = self.world.adjusted(self.run.there(change), self.wanted)
        self.load = Load()
        self._heard: queue.Queue[Pcm | None] = queue.Queue()
        self._wait = round(self.delay * self.sample_rate)
        self._made = np.zeros(0, np.float32)
        self._late = 0  # samples in whose place silence was played
        self._lock = threading.Lock()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._convert, daemon=True)
        self._thread.start()

    @property
    def sample_rate(self) -> int:
        """Of what is heard and played, in Hz."""
        return self.world.sample_rate

    @property
    def delay(self) -> float:
        """From heard to played, in s: the method's, and a block's length to compute it in."""
        vocoder = self.world.vocoder
        return self.how.delay(vocoder) + self.how.block * vocoder.hop / vocoder.sample_rate

    def hear(self, pcm: Pcm) -> None:
        """Take in a piece of the shape ``(time,)``."""
        self._heard.put(np.array(pcm, np.float32))

    def play(self, samples: int) -> Pcm:
        """Return as many samples as are to be played now; silence until the delay is over.

        Raises
        ------
        VoxError
            What was heard cannot be converted.
        """
        if self._error:
            raise self._error
        silent = min(samples, self._wait)
        self._wait -= silent
        with self._lock:
            # what comes too late is not played: the delay would grow with each hiccup
            late = min(self._late, len(self._made))
            self._late -= late
            found = self._made[late : late + samples - silent]
            self._made = self._made[late + len(found) :]
        missed = samples - silent - len(found)
        self._late += missed
        self.load.missed += missed / self.sample_rate
        return np.concatenate([np.zeros(silent, np.float32), found, np.zeros(missed, np.float32)])

    def end(self) -> None:
        """Nothing more is heard: convert what is left."""
        self._heard.put(None)
        self._thread.join()

    def settle(self) -> None:
        """Wait until all that was heard is converted as far as it can be."""
        self._heard.join()

    def _pieces(self) -> Iterator[Pcm]:
        while (pcm := self._heard.get()) is not None:
            began, spent = time.perf_counter(), time.thread_time()
            yield pcm  # comes back when the piece is converted
            self.load.heard += len(pcm) / self.sample_rate
            self.load.computed += time.thread_time() - spent
            self.load.slowest = max(self.load.slowest, time.perf_counter() - began)
            self._heard.task_done()

    def _convert(self) -> None:
        import torch

        torch.set_num_threads(1)  # blocks are small: more threads wait for each other
        try:
            for pcm in stream(self.world, self._pieces(), self._change, self.how):
                with self._lock:
                    self._made = np.concatenate([self._made, pcm])
        except Exception as error:  # told where it is played: this thread has no reader
            self._error = error
            while not self._heard.empty():
                self._heard.get()
                self._heard.task_done()
            self._heard.task_done()


def played(live: Live, pcm: Pcm) -> Pcm:
    """Return what is heard of a sound that is played to a microphone, the delay in front.

    No clock is waited for: what the load says is whether it would have been in time.

    Parameters
    ----------
    live
        To hear it.
    pcm
        Shape ``(time,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(delay + time,)``.
    """
    tick, given = live.how.block * live.world.vocoder.hop, []  # a block: less waiting of threads
    for at in range(0, len(pcm), tick):
        piece = pcm[at : at + tick]
        live.hear(piece)
        live.settle()
        given.append(live.play(len(piece)))
    live.end()
    given.append(live.play(round(live.delay * live.sample_rate)))
    return np.concatenate(given)


def listen(live: Live, seconds: float | None = None) -> Iterator[Load]:
    """Convert from the microphone to the loudspeaker, and yield the load each second.

    Parameters
    ----------
    live
        To hear it.
    seconds
        After which it ends; None goes on.

    Raises
    ------
    VoxError
        sounddevice or PortAudio is missing, or there is no microphone or loudspeaker.
    """
    try:
        import sounddevice
    except ImportError as error:
        raise VoxError(f"a microphone needs sounddevice: {install('live')}") from error
    except OSError as error:
        raise VoxError(
            f"{error}: install PortAudio (libportaudio2 on Debian), or convert a file as if it "
            "came from a microphone with --input"
        ) from error
    failed: list[Exception] = []

    def tick(heard: Pcm, given: Pcm, samples: int, times: object, status: object) -> None:
        live.hear(heard[:, 0])
        try:
            given[:, 0] = live.play(samples)
        except Exception as error:  # a sound card's thread tells nobody
            failed.append(error)
            given[:] = 0

    try:
        with sounddevice.Stream(
            samplerate=live.sample_rate, blocksize=round(TICK * live.sample_rate), channels=1,
            dtype="float32", callback=tick,
        ):  # fmt: skip
            began = time.monotonic()
            while seconds is None or time.monotonic() - began < seconds:
                sounddevice.sleep(1000 if seconds is None else round(min(1, seconds) * 1000))
                if failed:
                    raise failed[0]
                yield live.load
    except sounddevice.PortAudioError as error:
        raise VoxError(f"the sound card: {error}") from error
