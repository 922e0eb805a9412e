"""Several processes that share each minibatch, as torchrun starts them: two, over gloo, here."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import vox
from vox.runs import Run, checkpoint
from vox.training.processes import Processes
from vox.training.state import Training

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
GRADIENTS = """
import sys, torch, vox
from vox.training.processes import joined
sys.path.insert(0, {tests!r})
from test_processes import gradients, without_norms
with joined(torch.device("cpu")) as processes:
    assert processes.size == 2
    found = gradients(without_norms({size}), vox.load_corpus({corpus!r}))
    if processes.writes:
        torch.save(found, {out!r})
"""


def without_norms(size):
    """cfcefd21 without batch normalisation, which looks at a process's own share alone."""
    e = vox.experiment("cfcefd21").replace(width=1 / 32, batch_size=size)
    layers = e.objective.generator

    def bare(conv):
        return replace(conv, norm=False)

    layers = replace(
        layers,
        downsampling=tuple(map(bare, layers.downsampling)),
        merge=bare(layers.merge),
        block=bare(layers.block),
        upsampling=tuple(map(bare, layers.upsampling)),
    )
    return e.replace(generator=layers)


def gradients(e, corpus):
    """Gradients of one step of each network: what gradient descent at the rate 1 takes away."""
    windows = e.representation.windows(corpus)
    found = {}
    for name in e.networks:
        training = Training(e, windows, corpus.labels, torch.device("cpu"))
        network = training.networks[name]
        before = {key: p.detach().double() for key, p in network.named_parameters()}
        training.optimizers[name] = torch.optim.SGD(network.double().parameters(), lr=1.0)
        for other in training.networks.values():
            other.double()
        batch = training.batch(0 if name == "discriminator" else 5)
        images = {"source", "reference", "mix"}
        batch = replace(batch, **{f: getattr(batch, f).double() for f in images})
        training.step(name, batch)
        after = dict(network.named_parameters())
        found |= {f"{name}.{key}": before[key] - after[key].detach() for key in before}
    return found


def test_gradients_of_two_processes_are_those_of_one_with_the_joint_minibatch(
    two_speakers, tmp_path
):
    size = 5  # shared as 2 and 3
    out = tmp_path / "gradients.pt"
    script = tmp_path / "script.py"
    told = {"tests": str(Path(__file__).parent), "size": size, "out": str(out)}
    script.write_text(GRADIENTS.format(**told, corpus=two_speakers.name))
    subprocess.run([*TORCHRUN, script], check=True, capture_output=True, timeout=120)
    together, alone = torch.load(out), gradients(without_norms(size), two_speakers)
    assert together.keys() == alone.keys()
    assert len(alone) > 40
    for name, gradient in alone.items():
        # that bias is the same for fake and real, whose difference is the distance
        assert gradient.any() or name == "discriminator.adversarial.conv.bias", name
        torch.testing.assert_close(together[name], gradient, rtol=1e-4, atol=1e-9)


def test_a_run_of_two_processes_is_interrupted_and_goes_on_in_one(two_speakers, tmp_path):
    scale = ["--batch-size", "4", "--width", "0.03125", "--epochs", "40"]
    command = [
        *TORCHRUN, "-m", "vox", "train", "cfcefd21", "--corpus", two_speakers.name,
        "--profile", "page", "--device", "cpu", "--directory", str(tmp_path / "runs"), *scale,
    ]  # fmt: skip
    with open(tmp_path / "log", "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            deadline = time.monotonic() + 120
            while not list(tmp_path.glob("runs/*/losses.csv")) and time.monotonic() < deadline:
                assert process.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    said = (tmp_path / "log").read_text()
    assert said.count("goes on from there") >= 1, said
    (folder,) = (tmp_path / "runs").iterdir()
    done = checkpoint.latest(folder, torch.device("cpu"))["iteration"]
    assert 0 < done < 80
    assert Run(folder).provenance["processes"] == 2
    run = vox.train(
        vox.experiment("cfcefd21"), two_speakers, "cpu", "page", directory=tmp_path / "runs",
        batch_size=4, width=1 / 32, epochs=40,
    )  # fmt: skip
    assert run.folder == folder  # the number of processes is no part of the key
    assert list(run.losses.index) == list(range(1, 81))
    assert run.provenance["processes"] == 2


def one_of(size, rank):
    processes = Processes()
    processes.size, processes.rank = size, rank
    return processes


def test_shares_cover_a_minibatch_and_are_two_windows_or_more():
    for size, count in ((1, 2), (2, 4), (2, 5), (3, 8)):
        shares = [range(count)[one_of(size, rank).share(count)] for rank in range(size)]
        assert [i for share in shares for i in share] == list(range(count))
        assert min(map(len, shares)) >= 2
    with pytest.raises(vox.VoxError, match=r"5 cannot be shared by 3 processes.*batch_size to 6"):
        one_of(3, 0).share(5)
