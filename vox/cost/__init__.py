"""What an experiment costs: memory, FLOPs, time, and how far its networks see."""

from vox.cost.iteration import (
    Memory,
    epoch_times,
    flops,
    largest_minibatch,
    measured_memory,
    memory,
    parameters,
)
from vox.cost.receptive_field import ReceptiveField, receptive_field

__all__ = [
    "Memory",
    "ReceptiveField",
    "epoch_times",
    "flops",
    "largest_minibatch",
    "measured_memory",
    "memory",
    "parameters",
    "receptive_field",
]
