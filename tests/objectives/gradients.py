"""What tests of the objectives share."""

import torch

import vox

SPACE = vox.LabelSpace.sized(speaker=3, sex=2)


def reached(term, network):
    """Names of the weights of a network that a loss reaches."""
    parameters = list(network.parameters())
    found = torch.autograd.grad(term, parameters, allow_unused=True, retain_graph=True)
    return {
        name
        for (name, _), gradient in zip(network.named_parameters(), found, strict=True)
        if gradient is not None and gradient.any()
    }
