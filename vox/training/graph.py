"""An iteration as one CUDA graph: the device is given all of it at once."""

from __future__ import annotations

from collections.abc import Callable

import torch

from vox.errors import VoxError
from vox.training.draws import Draws

WARM_UP = 3
"""Iterations that are taken as ever, on the stream that is captured afterwards: libraries choose
their algorithms, plans and workspaces in them."""

Terms = dict[str, torch.Tensor]


class IterationGraph:
    """Takes iterations: the first ones as they are written, the others by replaying a graph.

    Parameters
    ----------
    device
        Where.
    iterate
        Takes an iteration with what is drawn for it. Whatever it keeps from one iteration to the
        next, weights and optimisers' states, must stay where it is in memory.

    Raises
    ------
    VoxError
        The device is no CUDA device.
    """

    def __init__(self, device: torch.device, iterate: Callable[[Draws], Terms]) -> None:
        if device.type != "cuda":
            raise VoxError(f"graph=True needs a CUDA device, and this is {device.type}")
        self.device, self.iterate = device, iterate
        self.stream = torch.cuda.Stream(device)
        self.taken = 0
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, draws: Draws) -> Terms:
        """Take an iteration; return its losses, which later ones leave alone."""
        if self.taken < WARM_UP:
            self.taken += 1
            return self._beside(draws)
        if self.graph is None:
            self._capture(draws)
            assert self.graph is not None
        else:
            self.draws.put(draws)
        self.graph.replay()
        return dict(zip(self.names, self.values.clone().unbind(), strict=True))

    def _beside(self, draws: Draws) -> Terms:
        """Take an iteration on the stream that is captured later."""
        here = torch.cuda.current_stream(self.device)
        self.stream.wait_stream(here)
        with torch.cuda.stream(self.stream):
            terms = self.iterate(draws)
        here.wait_stream(self.stream)
        return terms

    def _capture(self, draws: Draws) -> None:
        """Write an iteration down without taking it."""
        self.draws = draws.held()
        graph = torch.cuda.CUDAGraph()
        # a thread that writes a checkpoint meanwhile is none of the graph's business
        with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
            terms = self.iterate(self.draws)
            self.values = torch.stack(list(terms.values()))
        self.names, self.graph = list(terms), graph
