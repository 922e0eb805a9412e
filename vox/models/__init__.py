"""Networks built from small layers, and what can be read off them."""

from vox.models.diagram import Diagram, diagram
from vox.models.discriminator import Classifier, Discriminator, DiscriminatorLayers, Judgement
from vox.models.generator import Generator, GeneratorLayers
from vox.models.layers import Conv, LayerDefaults, conv
from vox.models.summary import Summary
from vox.models.trace import Layer, trace

__all__ = [
    "Classifier",
    "Conv",
    "Diagram",
    "Discriminator",
    "DiscriminatorLayers",
    "Generator",
    "GeneratorLayers",
    "Judgement",
    "Layer",
    "LayerDefaults",
    "Summary",
    "conv",
    "diagram",
    "trace",
]
