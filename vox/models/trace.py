"""What happens inside a network, read off the live module: its layers, their inputs and shapes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import fx, nn

from vox.models.layers import LabelBlock
from vox.models.network import LAYERS, Network, describe


@dataclass(frozen=True)
class Layer:
    """One layer of a traced network.

    Attributes
    ----------
    name
        Its path in the module (``downsampling.0``), or an input's or output's name.
    inputs
        Names of the layers whose outputs it takes.
    shape
        Of its output, without the batch.
    text
        What it does, a line each.
    kind
        ``"input"``, ``"layer"`` or ``"output"``.
    """

    name: str
    inputs: tuple[str, ...]
    shape: tuple[int, ...]
    text: tuple[str, ...]
    kind: str = "layer"


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, LAYERS)


def trace(network: Network, **inputs: torch.Tensor) -> tuple[Layer, ...]:
    """List the layers of a network in the order in which they are computed.

    Parameters
    ----------
    network
        A generator, a discriminator or a classifier.
    inputs
        One tensor for each parameter of its ``forward``, on the network's device; the meta device
        gives the shapes at no cost.

    Examples
    --------
    >>> import vox
    >>> e = vox.experiment("cfcefd21")
    >>> layers = e.trace("generator")
    >>> [(layer.name, layer.shape) for layer in layers[2:4]]
    [('downsampling.0', (32, 64, 256)), ('downsampling.1', (64, 32, 128))]
    """
    shapes = {name: tuple(x.shape[1:]) for name, x in inputs.items()} | _shapes(network, inputs)
    graph = _Tracer().trace(network)
    layers = []
    made: dict[fx.Node, list[str]] = {}  # the layers that a node's value comes from
    for node in graph.nodes:
        if node.op == "placeholder":
            made[node] = [node.name]
            layers.append(Layer(node.name, (), tuple(inputs[node.name].shape[1:]), (), "input"))
        elif node.op == "call_module":
            name = str(node.target)
            known = [made[a] for a in node.args if isinstance(a, fx.Node) and a in made]
            sources = tuple(source for sources in known for source in sources)
            module = network.get_submodule(name)
            if isinstance(module, LabelBlock):
                joined = _joined(module, shapes, *sources)
                layers += joined
                sources = (joined[-1].name,)
            layers.append(Layer(name, sources, shapes[name], describe(module)))
            made[node] = [name]
        elif node.op == "call_method" and node.target == "flatten":
            made[node] = made[node.args[0]]  # the same numbers: the layer before it goes on
        elif node.op == "call_function" and node.target is torch.cat:
            made[node] = [source for part in node.args[0] for source in made[part]]
        elif node.op == "output":
            values = [node.args[0]] if len(network.returns) == 1 else node.args[0].args
            for name, value in zip(network.returns, values, strict=True):
                for source in made[value]:  # the class heads side by side are an output each
                    group = source.split(".")[1] if len(made[value]) > 1 else name
                    layers.append(Layer(group, (source,), shapes[source], (), "output"))
    return tuple(layers)


def _joined(
    merge: LabelBlock, shapes: dict[str, tuple[int, ...]], image: str, labels: str
) -> list[Layer]:
    """What a `LabelBlock` stands for, as the pages draw it: labels repeated and concatenated."""
    plane, channels = shapes[image][1:], merge.conv.in_channels
    repeated = (channels - shapes[image][0], *plane)
    return [
        Layer("repeat", (labels,), repeated, ("repeat",)),
        Layer("concat", (image, "repeat"), (channels, *plane), ("concat",)),
    ]


def _shapes(network: nn.Module, inputs: dict[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    """Run the network once and note what shape each layer puts out."""
    shapes: dict[str, tuple[int, ...]] = {}

    def note(name: str):  # type: ignore[no-untyped-def]
        def hook(module: nn.Module, args: object, output: torch.Tensor) -> None:
            shapes[name] = tuple(output.shape[1:])

        return hook

    hooks = [
        module.register_forward_hook(note(name))
        for name, module in network.named_modules()
        if isinstance(module, LAYERS)
    ]
    training = network.training
    try:
        network.eval()  # so that running statistics stay as they are
        with torch.no_grad():
            network(**inputs)
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    return shapes
