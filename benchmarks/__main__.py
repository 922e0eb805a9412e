"""Measure, keep the figures in `results/`, and write `README.md` from them."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from benchmarks import beside, conversion, scale, steps
from benchmarks.corpus import page_corpus
from benchmarks.page import write
from vox.cost import largest_minibatch, measured_memory, memory
from vox.device import pick_device
from vox.runs import provenance
from vox.series import experiment

RESULTS = Path(__file__).parent / "results"
LIMIT = 3017 * 2**20  # bytes: the GPU of 2019


def main() -> None:
    """Run the parts asked for; the figures of the others stay as they are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda (%(default)s)")
    parser.add_argument("--turns", type=int, default=9, help="iterations of each (%(default)s)")
    parser.add_argument(
        "--only", nargs="*", choices=tuple(MEASURE),
        help="parts to measure (all that suit the device)",
    )  # fmt: skip
    given = parser.parse_args()
    device = pick_device(given.device)
    chosen = given.only if given.only is not None else parts(device)
    path = RESULTS / f"{device.type}.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    for part in chosen:
        figures = MEASURE[part](device, given.turns)
        found[part] = {
            "figures": figures,
            "machine": provenance.machine(device),
            "versions": provenance.versions(),
            "commit": provenance.commit(),
            "time": datetime.now(UTC).isoformat(timespec="minutes"),
        }
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(found, indent=1) + "\n")
        print(write(RESULTS))


def parts(device: torch.device) -> list[str]:
    """Return what is measured on a device: hours of workload and corpora where they belong."""
    rest = ["workload"] if device.type == "cuda" else ["beside", "scale", "conversion"]
    return ["steps", "stargan", "minibatch", *rest]


def _steps(device: torch.device, turns: int) -> Any:
    corpus = page_corpus()
    return [
        {"id": id, "batch_size": size,
         **asdict(steps.against_baseline(id, size, corpus, device, turns))}
        for id, size in steps.CASES
    ]  # fmt: skip


def _stargan(device: torch.device, turns: int) -> Any:
    turns = turns if device.type == "cuda" else 2  # over a minute each on a CPU
    return asdict(steps.against_stargan(page_corpus(), device, turns))


def _minibatch(device: torch.device, turns: int) -> Any:
    found = []
    for id in ("9ada9179", "cfcefd21"):
        e = experiment(id)
        size = largest_minibatch(e, LIMIT)
        row = {"id": id, "size": size, "counted": memory(e, size).total}
        if device.type == "cuda":
            row["measured"] = measured_memory(e, size)
        found.append(row)
    return found


def _workload(device: torch.device, turns: int) -> Any:
    corpus = page_corpus()
    plain, graph = (steps.whole_workload(corpus, device, 2000, graph) for graph in (False, True))
    return {"seconds": plain, "graph_seconds": graph, "of": 2000}


def _beside(device: torch.device, turns: int) -> Any:
    return {"competitors": beside.COMPETITORS, "rows": beside.measure()}


def _scale(device: torch.device, turns: int) -> Any:
    return scale.measure()


def _conversion(device: torch.device, turns: int) -> Any:
    return conversion.measure()


MEASURE = {
    "steps": _steps, "stargan": _stargan, "minibatch": _minibatch, "workload": _workload,
    "beside": _beside, "scale": _scale, "conversion": _conversion,
}  # fmt: skip

if __name__ == "__main__":
    main()
