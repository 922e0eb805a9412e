"""cfcefd21 on a CUDA device, at both scales, in each precision, step by step and as one graph.

``python -m benchmarks.cuda --out FILE`` prints a table and writes FILE as it goes: seconds an
iteration, what of them Python needs, memory counted and measured. What fails is told in its row.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import time
from pathlib import Path
from typing import Any

import torch

import vox
from benchmarks.corpus import page_corpus
from vox.cost import memory
from vox.definition import Experiment
from vox.device import PeakMemory, pick_device
from vox.runs import provenance
from vox.training.state import Training

VARIANTS: tuple[dict[str, Any], ...] = (
    {}, {"precision": "tf32"}, {"precision": "bf16"}, {"deterministic": True},
    {"graph": True}, {"precision": "tf32", "graph": True}, {"precision": "bf16", "graph": True},
    {"deterministic": True, "graph": True},
)  # fmt: skip
"""Fields of the optimisation; what is not given is as ever."""
WARM = 8
"""Iterations before the time is taken: more than a graph needs to be written down."""


def measured(
    e: Experiment, corpus: vox.Corpus, device: torch.device, seconds: float
) -> dict[str, Any]:
    """Return the figures of training an experiment for so many seconds, after it is warm."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    windows = e.representation.windows(corpus, device=device)
    peak = PeakMemory(device)
    training = Training(e, windows, corpus.labels, device)
    began = time.perf_counter()
    for _ in range(WARM):
        terms = training.advance()
    _wait(device)
    warm = time.perf_counter() - began
    iterations, python, began = 0, 0.0, time.perf_counter()
    while (now := time.perf_counter() - began) < seconds or iterations < 5:
        for _ in range(5):
            terms = training.advance()
        iterations, python = iterations + 5, python + time.perf_counter() - began - now
        _wait(device)
    taken = time.perf_counter() - began
    last = {name: float(value) for name, value in terms.items()}
    return {
        "ms": 1e3 * taken / iterations,
        "python_ms": 1e3 * python / iterations,
        "iterations": iterations,
        "warm_s": warm,
        "peak_mib": peak.mib,
        "finite": all(math.isfinite(v) for n, v in last.items() if "accuracy" not in n),
        "losses": last,
    }


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def main() -> None:
    """Measure each scale and variant."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cuda", description=__doc__)
    parser.add_argument("--device", default="cuda", help="(%(default)s)")
    parser.add_argument("--seconds", type=float, default=2.5, help="of each (%(default)s)")
    parser.add_argument("--scales", nargs="*", default=["page", "demo"], help="(%(default)s)")
    parser.add_argument("--out", type=Path, help="a file for the figures")
    given = parser.parse_args()
    device = pick_device(given.device)
    stated, demo = vox.experiment("cfcefd21"), vox.load_corpus("demo")
    scales = {
        "page": (stated.replace(batch_size=5), page_corpus()),
        "demo": (stated.at("demo"), demo),
    }
    rows: list[dict[str, Any]] = []
    told = {"machine": provenance.machine(device), "versions": provenance.versions(), "rows": rows}
    print(json.dumps({name: told[name] for name in ("machine", "versions")}), flush=True)
    print("| scale | what | ms | of it Python | MiB | counted | warm s |\n" + "| --- " * 7 + "|")
    counted = {
        scale: memory(e, e.scale.batch_size, corpus.labels, device=device.type).total / 2**20
        for scale, (e, corpus) in scales.items()
        if scale in given.scales
    }
    # graphs last: an error while one is captured leaves a device that nothing runs on
    for own in sorted(VARIANTS, key=lambda own: "graph" in own):
        for scale in counted:
            e, corpus = scales[scale]
            name = ", ".join(str(v) if k == "precision" else k for k, v in own.items())
            row: dict[str, Any] = {"scale": scale, "what": name or "float32"}
            try:
                row |= measured(e.replace(**own), corpus, device, given.seconds)
                row["counted_mib"] = counted[scale]
                figures = (row["ms"], row["python_ms"], row["peak_mib"] or 0, counted[scale])
                cells = [f"{x:.2f}" for x in (*figures, row["warm_s"])]
            except Exception as error:
                row["error"] = f"{type(error).__name__}: {error}"
                cells = [row["error"].splitlines()[0], "", "", "", ""]
            rows.append(row)
            print(f"| {scale} | {row['what']} | {' | '.join(cells)} |", flush=True)
            if given.out:
                given.out.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
