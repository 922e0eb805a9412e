"""Threads and their spinning, chosen before torch is loaded; what a user set stays."""

import os
import subprocess
import sys

import pytest

from vox import threads

TELL = "import os; print(*(os.environ.get(n) for n in ('OMP_NUM_THREADS', 'GOMP_SPINCOUNT')))"
OURS = ("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


def run(code, **variables):
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [sys.executable, "-c", code], env=clean | variables, capture_output=True, text=True,
        check=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, [str(threads.physical_cores()), threads.SPINS]),
        ({"OMP_NUM_THREADS": "3"}, ["3", threads.SPINS]),
        ({"GOMP_SPINCOUNT": "7"}, [str(threads.physical_cores()), "7"]),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, [str(threads.physical_cores()), "None"]),
    ],
)
def test_importing_vox_chooses_what_the_user_did_not(given, kept):
    assert run(f"import vox; {TELL}", **given).stdout.split() == kept


def test_torch_computes_with_the_threads_chosen():
    done = run("import vox, torch; print(torch.get_num_threads())")
    assert int(done.stdout) == threads.physical_cores()


def test_where_torch_came_first_nothing_is_chosen_and_one_line_says_so():
    share = "vox.threads.share(); vox.threads.share()"
    done = run(f"import torch, vox; {share}; {TELL}")
    assert done.stdout.split() == ["None", "None"]
    assert done.stderr.count("\n") == 1
    assert "import vox first" in done.stderr
    assert not run(f"import vox, torch; {share}").stderr


def test_hyperthreads_of_one_core_count_once(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2, 5})
    for cpu, siblings in {0: "0,4", 1: "1,5", 2: "2,6", 5: "1,5"}.items():
        folder = tmp_path / f"cpu{cpu}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{siblings}\n")
    assert threads.physical_cores(tmp_path) == 3
    assert threads.physical_cores(tmp_path / "nowhere") == 4


def test_threads_stop_spinning_while_others_compete_and_until_it_is_quiet_for_a_while():
    told = []

    def hold():
        told.append("held")
        return lambda: told.append("released")

    restraint = threads.Restraint(hold)
    restraint.note(0.1)
    assert told == []
    for share in (0.9, 0.9, *[0.0] * (threads.CALM - 1), 0.1, *[0.0] * (threads.CALM - 1)):
        restraint.note(share)
        assert told == ["held"]
    restraint.note(0.0)
    assert told == ["held", "released"]
    restraint.note(0.9)
    assert told == ["held", "released", "held"]


def test_spare_threads_come_and_go_and_sums_stay_as_they_are():
    count = "len(os.listdir('/proc/self/task'))"
    code = f"""
import os, time
import vox, torch
torch.set_num_threads(2)
x = torch.rand(10**6, generator=torch.Generator().manual_seed(0))
sums, before = [x.sum()], {count}
release = vox.threads.spare_threads()
while {count} == before:
    time.sleep(0.01)
sums.append(x.sum())
release()
while {count} > before:
    time.sleep(0.01)
sums.append(x.sum())
assert sums[0] == sums[1] == sums[2], sums
"""
    run(code, OMP_NUM_THREADS="2")
