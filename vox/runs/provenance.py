"""Where figures come from: code, versions, machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from vox.precision import libraries

PACKAGES = ("vox", "torch", "numpy", "librosa", "soundfile")


def machine(device: torch.device) -> dict[str, str | int]:
    """Describe the machine without naming it: system, processor, device with what belongs to it."""
    described: dict[str, str | int] = {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "threads": torch.get_num_threads(),
        "device": device.type,
    }
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        described["device"] = properties.name
        described["device_memory_mib"] = properties.total_memory // 2**20
        described |= libraries(device)
    return described


def versions() -> dict[str, str]:
    """Return the version of Python and of each package that figures depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def commit() -> str:
    """Return the commit of the source tree, marked where it was changed since, or ``"unknown"``."""
    here = Path(__file__).parents[1]
    try:
        head = _git(here, "rev-parse", "HEAD")
        if not _git(here, "ls-files", "__init__.py"):
            return "unknown"  # installed inside somebody else's repository
        changed = _git(here, "status", "--porcelain", "--", ".")
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return f"{head[:12]}{' (changed since)' if changed else ''}"


def peak_memory_mib() -> int | None:
    """Return the most memory this process ever had resident, in MiB; None where unknown."""
    try:
        import resource
    except ImportError:  # Windows has no such module
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB, but bytes on macOS
    return int(peak / (2**20 if sys.platform == "darwin" else 2**10))


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout.strip()


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return f"{line.split(':', 1)[1].strip()}, {os.cpu_count()} cores"
    except OSError:
        pass
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
