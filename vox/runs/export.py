"""A run's network as an ONNX file, for those who build on it without torch."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from vox.errors import VoxError, install
from vox.files import write_atomically
from vox.runs.run import Run


def export(run: Run, path: str | Path) -> Path:
    """Write the network of a run that converts voices as ONNX.

    Inputs, outputs and their names are those of the network's ``forward``: for 3cd41fe0 ``image``,
    shape ``(batch, 1, time, 80)``, ``told``, shape ``(batch, 2, time)``, and ``speaker``, shape
    ``(batch,)``, to ``latent`` and ``image_out``; batch and time are free, and time is even. The
    file's metadata tells, as JSON, ``speakers``, the names by index; ``statistics``, the mean and
    deviation of each speaker's envelope and log pitch; ``provenance``.

    Parameters
    ----------
    run
        Trained, of the converter or statistics kind.
    path
        Of the file, whose name ends in ``.onnx``.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    VoxError
        The extra ``onnx`` is not installed, the name ends otherwise, there is no such network, or
        the file cannot be written: it is there as a whole, or not at all.
    """
    try:
        import onnx
        import onnxscript  # noqa: F401  (torch's exporter needs it)
    except ImportError as error:
        raise VoxError(f"an ONNX file needs {error.name}: {install('onnx')}") from error
    path = Path(path)
    if path.suffix != ".onnx":
        raise VoxError(f"{path}: name a file that ends in .onnx")
    network = run.network("converter")
    inputs = network.inputs(run.experiment.representation.shape)
    batch, half = torch.export.Dim("batch"), torch.export.Dim("half")
    free = {
        "image": {0: batch, 2: 2 * half},
        "told": {0: batch, 2: 2 * half},
        "speaker": {0: batch},
    }
    with _quiet():
        program = torch.onnx.export(
            network, tuple(inputs.values()), dynamo=True, external_data=False,
            input_names=list(inputs), output_names=["latent", "image_out"],
            dynamic_shapes=tuple(free[name] for name in inputs), verbose=False,
        )  # fmt: skip
    assert program is not None  # with dynamo
    model = program.model_proto
    onnx.helper.set_model_props(model, _told(run))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, model.SerializeToString())
    except OSError as error:
        raise VoxError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def _told(run: Run) -> dict[str, str]:
    known = run.network("converter").get_submodule("speakers")
    names = run.labels.classes("speaker")
    statistics = {name: value.tolist() for name, value in known.named_buffers()}
    told = {"speakers": names, "statistics": statistics, "provenance": run.provenance}
    return {name: json.dumps(value) for name, value in told.items()}


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep torch's exporter from telling of what it is made of."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logger.setLevel(level)
