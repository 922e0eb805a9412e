"""`README.md` of the benchmarks, written from the figures and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MIB = 2**20
NONE = "not measured"
HEAD = """# Benchmarks

Written by `make bench`; do not edit. On a machine with CUDA the same command fills the other
column (`.venv/bin/python -m benchmarks --device cuda`).

The baseline (`baseline.py`) is what one would write from the page: labels tiled and concatenated,
real and fake judged one after the other, the fake made with gradients and detached, a DataLoader
with librosa for each window, torch's RMSprop as it comes, every loss fetched at every step. A test
holds that it and `vox` give the same losses and gradients from the same weights and data. Both run
in turn, in one process; a ratio is taken at each turn, and the median is given with the least and
the greatest. Memory is what an iteration needs at its peak above parameters and optimiser state:
on a CPU every tensor's storage is followed, on CUDA it is what the allocator gave out. An
iteration is five discriminator steps and one generator step, data included, with the page's 1421 +
53 + 2 classes and the embedded corpus. The baseline's data are made in its own process on a CPU,
and by a worker for each of its twelve streams on CUDA; the peer's too, by as many workers. The
whole workload is extrapolated from bare iterations, without checkpoints.
"""
WHAT = """
## What makes it faster

- The labels' part of the merge convolution comes from the label vector alone (`LabelBlock`), so
  the repeated planes are neither stored nor multiplied.
- A convolution as large as its input is a matrix product (`FilterBank`): the class heads.
- The last layer's kernel is worked through row by row (`UnitStrideDeconv`).
- Real and fake are judged in one pass where no batch normalisation would mix them; the class head
  sees only what is classified, and the gradient penalty does without it.
- No graph of the generator in discriminator steps; none of the discriminator's weights in the
  generator's.
- RMSprop piece by piece (not on CUDA), without a temporary as large as the weights; gradients are
  let go after each step; activations are computed in place.
- Windows are drawn from a table of usable starts and cut where the samples lie, on the device if
  they fit; losses stay on the device and are fetched every two seconds.
- On CUDA the twelve minibatches of an iteration are cut and transformed at once, no step waits for
  the device, and an iteration may be one CUDA graph (`python -m benchmarks.cuda` has the figures
  of each precision, with and without).

Tried on a CPU and left out, since it gave little for what it costs in clarity: telling the C
library to keep freed memory; im2col for the last layers of the discriminator.
"""


def write(results: Path) -> Path:
    """Write the page beside the folder of results and return its path."""
    found: dict[str, Any] = {"cpu": {}, "cuda": {}}
    for device in found:
        if (kept := results / f"{device}.json").exists():
            found[device] = json.loads(kept.read_text())
    path = results.parent / "README.md"
    sections = [HEAD, _machines(found), _steps(found), _goals(found), _peer(found),
                _minibatches(found), _beside(found), _scale(found), _conversion(found),
                WHAT]  # fmt: skip
    path.write_text("\n".join(section.strip() + "\n" for section in sections if section))
    return path


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def _figures(found: dict[str, Any], device: str, part: str) -> Any:
    return found[device].get(part, {}).get("figures")


def _machines(found: dict[str, Any]) -> str:
    rows = []
    for device, parts in found.items():
        for part, told in parts.items():
            machine, versions = told["machine"], told["versions"]
            rows.append((
                device, part, machine["device"] if device == "cuda" else machine["processor"],
                machine["threads"], f"Python {versions['python']}, torch {versions['torch']}",
                told["commit"], told["time"],
            ))  # fmt: skip
        if not parts:
            rows.append((device, "", NONE, "", "", "", ""))
    header = ("", "part", "machine", "threads", "versions", "commit", "time (UTC)")
    return "## Measured on\n\n" + _table(header, rows)


def _steps(found: dict[str, Any]) -> str:
    rows = []
    for device in found:
        for case in _figures(found, device, "steps") or []:
            rows.append((
                device, case["id"], case["batch_size"], _seconds(case["seconds"]),
                _seconds(case["baseline_seconds"]),
                f"**{case['ratio']:.2f}** ({case['low']:.2f} to {case['high']:.2f})",
                f"{case['memory'] / MIB:.0f}", f"{case['baseline_memory'] / MIB:.0f}",
                f"**{case['memory'] / case['baseline_memory']:.0%}**",
                f"{case['flops'] / 1e9:.0f}", f"{case['baseline_flops'] / 1e9:.0f}",
                f"{case['data_share']:.1%}", case["turns"],
            ))  # fmt: skip
    header = ("", "experiment", "minibatch", "vox", "baseline", "times faster", "memory (MiB)",
              "baseline", "of it", "GFLOP", "baseline", "waiting for data", "turns")  # fmt: skip
    return "## An iteration\n\n" + _table(header, rows)


def _goals(found: dict[str, Any]) -> str:
    def cell(device: str, name: str) -> str:
        cases = _figures(found, device, "steps")
        five = next((c for c in cases or [] if (c["id"], c["batch_size"]) == ("cfcefd21", 5)), None)
        if five is None:
            return NONE
        return {
            "time": f"{five['ratio']:.2f} times faster",
            "memory": f"{five['memory'] / five['baseline_memory']:.0%}",
            "data": f"{five['data_share']:.1%}",
        }[name]

    workload = _figures(found, "cuda", "workload")
    rows = [
        ("time of an iteration, against the baseline", "1.6 times faster", cell("cpu", "time"),
         "4 times faster", cell("cuda", "time")),
        ("peak memory above parameters and optimiser state", "60 %", cell("cpu", "memory"),
         "60 %", cell("cuda", "memory")),
        ("share of the step spent waiting for data", "under 5 %", cell("cpu", "data"),
         "under 2 %", cell("cuda", "data")),
        ("the page's whole workload, 284,200 iterations (10.07 h in 2019)", "-", "-", "25 minutes",
         f"{workload['graph_seconds'] / 60:.1f} minutes as a CUDA graph, "
         f"{workload['seconds'] / 60:.1f} without, from {workload['of']}" if workload else NONE),
    ]  # fmt: skip
    header = ("cfcefd21, minibatch 5", "goal, CPU", "CPU", "goal, H200", "CUDA")
    return "## Against the goals\n\n" + _table(header, rows)


def _peer(found: dict[str, Any]) -> str:
    rows = []
    for device in found:
        if case := _figures(found, device, "stargan"):
            rows.append((
                device, _seconds(case["seconds"]), _seconds(case["baseline_seconds"]),
                f"{case['ratio']:.1f} ({case['low']:.1f} to {case['high']:.1f})",
                f"{case['memory'] / MIB:.0f}", f"{case['baseline_memory'] / MIB:.0f}",
                f"{case['flops'] / 1e9:.0f}", f"{case['baseline_flops'] / 1e9:.0f}", case["turns"],
            ))  # fmt: skip
        else:
            rows.append((device, *[NONE] * 7, ""))
    header = ("", "vox", "StarGAN", "times faster", "memory (MiB)", "StarGAN", "GFLOP", "StarGAN",
              "turns")  # fmt: skip
    return (
        "## Beside StarGAN\n\ncfcefd21 at minibatch 5 beside StarGAN's own network and step "
        "(`stargan.py`) on the same windows and 1476 labels, which there join at the input.\n\n"
        + _table(header, rows)
    )


def _minibatches(found: dict[str, Any]) -> str:
    cpu, cuda = (_figures(found, device, "minibatch") or [] for device in ("cpu", "cuda"))
    measured = {row["id"]: row for row in cuda}
    rows = []
    for row in cpu or cuda:
        device = measured.get(row["id"])
        rows.append((
            row["id"], row["size"], f"{row['counted'] / MIB:.0f}",
            f"{device['measured'] / MIB:.0f}" if device else NONE,
        ))  # fmt: skip
    header = ("experiment", "largest minibatch", "counted (MiB)", "measured on CUDA (MiB)")
    return "## Largest minibatch within 3017 MiB\n\n" + _table(header, rows)


def _beside(found: dict[str, Any]) -> str:
    measured = _figures(found, "cpu", "beside")
    if not measured:
        return f"## Beside other programs\n\n{NONE}.\n"
    counts, figures = measured["competitors"], measured["rows"]
    quiet = next(row for row in figures if row["setting"] == "torch's own")["seconds"][0]
    rows = [
        (row["setting"], *(f"{s:.2f} s (**{s / quiet:.1f}**)" for s in row["seconds"]))
        for row in figures
    ]
    header = (
        "threads and spinning",
        *(f"beside {count}" if count else "alone" for count in counts),
    )
    return (
        "## Beside other programs\n\nAn iteration of cfcefd21's demo beside programs that keep a "
        "processor each busy: the median, and its ratio to torch's own settings alone on the "
        "machine (`beside.py`). vox's keep the number of threads, and so every digit.\n\n"
        + _table(header, rows)
    )


def _scale(found: dict[str, Any]) -> str:
    rows = [
        (
            row["hours"], f"{row['recordings']:,}", f"{row['speakers']:,}",
            f"{row['first_start']:.1f} s", f"**{row['start']:.2f} s**",
            f"{row['windows_per_second']:.0f}", f"{row['own'] / MIB:.0f}",
            f"{row['mapped'] / MIB:.0f}",
        )
        for row in _figures(found, "cpu", "scale") or []
    ] or [(NONE, *[""] * 7)]  # fmt: skip
    header = ("hours", "recordings", "speakers", "first start", "later starts", "windows a second",
              "own memory (MiB)", "mapped (MiB)")  # fmt: skip
    return (
        "## A large corpus\n\nSynthetic recordings of five seconds through store and windows, each "
        "figure in a process of its own (`scale.py`). The first start decodes and looks for "
        "silence. Windows are drawn, cut and made into images in minibatches of 5. Own memory is "
        "what loading and drawing added; mapped pages belong to the system's file cache, which "
        "takes them back when it needs them.\n\n" + _table(header, rows)
    )


def _conversion(found: dict[str, Any]) -> str:
    rows = [
        (
            row["id"], f"{row['minutes']:g}", _seconds(row["seconds"]),
            f"**{row['seconds'] / row['length']:.3f}**", f"{row['own'] / MIB:.0f}",
        )
        for row in _figures(found, "cpu", "conversion") or []
    ] or [(NONE, *[""] * 4)]  # fmt: skip
    header = ("experiment", "minutes of sound", "time", "of real time", "own memory (MiB)")
    return (
        "## Conversion\n\nA FLAC file of speech converted into another in the demo's width, each "
        "figure in a process of its own (`conversion.py`), with all that takes time but the start "
        "of Python and the reading of the network.\n\n" + _table(header, rows)
    )


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.2f} ms"
