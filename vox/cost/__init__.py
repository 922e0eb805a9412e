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
from vox.cost.receptive_field import LatentField, ReceptiveField, latent_field, receptive_field

__all__ = [
    "LatentField",
    "Memory",
    "ReceptiveField",
    "epoch_times",
    "flops",
    "largest_minibatch",
    "latent_field",
    "measured_memory",
    "memory",
    "parameters",
    "receptive_field",
]
