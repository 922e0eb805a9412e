"""The campaign in small: every harness tries a few cases, and none of them may be a fault."""

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from harness import FAULT, REFUSED, WORKED, DamageError, isolated, judged
from mutations import broken_bytes, broken_json

from vox import VoxError

HERE = Path(__file__).parent
NAMES = (
    "kill training", "kill store", "kill convert", "kill jobs", "kill adapt", "kill record",
    "kill papermill", "audio", "folders", "metadata", "manifests", "runs", "packed runs",
    "parameters", "command line", "records", "front matter", "full disk", "little memory",
    "three at once", "many files",
)  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What a small campaign found, in a process that nothing else runs in."""
    path = tmp_path_factory.mktemp("campaign") / "told.json"
    words = ["--count", "6", "--many", "300", "--json", str(path)]
    done = subprocess.run(
        [sys.executable, str(HERE), *words], capture_output=True, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    print(done.stdout)
    assert path.is_file(), done.stdout + done.stderr
    return json.loads(path.read_text())


@pytest.mark.parametrize("name", NAMES)
def test_nothing_tried_is_a_fault(told, name):
    assert told[name]["tried"] >= 1
    assert told[name]["faults"] == []


def test_every_harness_is_tried(told):
    assert set(told) == set(NAMES)


def judge(work, folder, **how):
    place = folder / "case"
    place.mkdir(exist_ok=True)
    return judged("x", isolated(work, place, **how), place)


def refuse():
    raise VoxError("there is no such thing")


def leave():
    Path("x.1234.part").write_text("half")


def stay():
    while True:
        pass


def speak_raw():
    print("\x1b[31mred")


def find_damage():
    raise DamageError("it differs")


def leave_a_process():
    subprocess.Popen(["sleep", "30"])


@pytest.mark.parametrize(
    ("work", "kind", "why"),
    [
        (lambda: None, WORKED, ""),
        (refuse, REFUSED, "no such thing"),
        (lambda: 1 / 0, FAULT, "traceback: ZeroDivisionError"),
        (lambda: 3, FAULT, "exit status 3"),
        (lambda: 1, FAULT, "without a reason"),
        (lambda: os.kill(os.getpid(), 9), FAULT, "SIGKILL"),
        (leave, FAULT, "left behind: x.1234.part"),
        (speak_raw, FAULT, "raw control characters"),
        (find_damage, FAULT, "it differs"),
        (leave_a_process, FAULT, "processes outlive"),
        (lambda: len(bytes(2**30)) and None, FAULT, "memory limit"),
    ],
)
def test_a_case_ends_in_one_of_three_ways(tmp_path, work, kind, why):
    verdict = judge(work, tmp_path, memory=2**28)
    assert verdict.kind == kind
    assert why in verdict.why


def test_a_case_that_hangs_is_ended(tmp_path):
    assert "hangs" in judge(stay, tmp_path, seconds=0.3).why


def test_a_case_follows_from_its_seed():
    value = {"a": [1, {"b": "c"}], "d": None}
    one, other = (broken_json(Random(3), value) for _ in range(2))
    assert repr(one) == repr(other)
    assert value == {"a": [1, {"b": "c"}], "d": None}
    assert broken_bytes(Random(3), b"x" * 99) == broken_bytes(Random(3), b"x" * 99)
