"""Networks drawn as mermaid, as the pages of 2019 drew theirs, from the live module."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from vox.models.trace import Layer

Ports = Mapping[tuple[str, str], tuple[str, str]]
"""Title and range of what passes through a port, by its kind and name; the module does not know."""


@dataclass(frozen=True, repr=False)
class Diagram:
    """A mermaid diagram; Jupyter shows it drawn, in a box that folds, `str` gives its text."""

    title: str
    source: str

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"Diagram({self.title!r})"

    def _repr_markdown_(self) -> str:
        name = re.sub(r"\W+", "-", self.title).lower()
        return (
            f'<details open id="{name}"><summary>{html.escape(self.title)}</summary>\n\n'
            f"```mermaid\n{self.source}\n```\n\n</details>"
        )


def diagram(layers: Sequence[Layer], title: str, ports: Ports, classes: str = "") -> Diagram:
    """Draw traced layers top down: a subgraph for each stage, shapes on the arrows.

    Parameters
    ----------
    layers
        From `vox.models.trace.trace`.
    title
        Of the folding box.
    ports
        What they carry.
    classes
        What turns the class heads' outputs into probabilities; it is part of the loss, and the
        module does not know it.
    """
    by_id = {_id(layer): layer for layer in layers}
    lines = ["graph TD"]
    for stage, members in groupby(by_id.items(), lambda item: _stage(item[1], layers)):
        nodes = [f"{key}{_node(layer, ports, classes)}" for key, layer in members]
        if stage:
            lines += [f"subgraph {stage}", *(f"    {node}" for node in nodes), "end"]
        else:
            lines += nodes
    origin = {layer.name: key for key, layer in by_id.items() if layer.kind != "output"}
    shapes = {layer.name: layer.shape for layer in layers if layer.kind != "output"}
    for key, layer in by_id.items():
        for source in layer.inputs:
            # ports state their own shape, so arrows beside them need not
            plain = layer.kind == "output" or origin[source].startswith("input_")
            label = "" if plain else f"| {_size(shapes[source])} | "
            lines.append(f"{origin[source]} --> {label}{key}")
    return Diagram(title, "\n".join(lines))


def _id(layer: Layer) -> str:
    name = layer.name.replace(".", "")
    return name if layer.kind == "layer" else f"{layer.kind}_{name}"


def _stage(layer: Layer, layers: Sequence[Layer]) -> str:
    """The subgraph of a layer: its container, or the port's side where there are several."""
    if layer.kind == "layer":
        head, dot, _ = layer.name.partition(".")
        return head.capitalize() if dot else ""
    several = sum(other.kind == layer.kind for other in layers) > 1
    return layer.kind.capitalize() if several else ""


def _node(layer: Layer, ports: Ports, classes: str) -> str:
    if layer.kind == "layer":
        text = "<br/>".join(layer.text)
        if layer.text[0] == "repeat":
            return f'(("{text}<br/>{_size(layer.shape[1:])}"))'
        return f'(("{text}"))' if layer.text[0] == "concat" else f'["{text}"]'
    if (layer.kind, layer.name) in ports:
        title, values = ports[layer.kind, layer.name]
    else:  # a class head: of all groups together, or of the group whose name it bears
        title = "Classification" if layer.name == "classes" else layer.name.capitalize()
        values = classes
    lines = [f"«{layer.kind.capitalize()}»", title, _size(layer.shape), values]
    return f'("{"<br/>".join(line for line in lines if line)}")'


def _size(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))
