"""Training as a user relies on it: reproducible, resumable, loud when something breaks."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from conftest import tone

import vox
from vox.cli import main
from vox.evaluation import predictions
from vox.objectives import Classifier
from vox.runs import Run, checkpoint
from vox.training.state import Training

SCRIPT = """
import sys, vox
e = vox.experiment("cfcefd21").replace(width=1 / 32, batch_size=2, epochs=6, learning_rate=1e-3)
vox.train(e, vox.load_corpus(sys.argv[1]), "cpu", "page", directory=sys.argv[2],
          checkpoint_seconds=0.05)
"""


CPU = torch.device("cpu")


def weights(run: Run) -> dict[str, torch.Tensor]:
    state = checkpoint.latest(run.folder, torch.device("cpu"))
    return {
        f"{network}.{name}": value
        for network in run.experiment.networks
        for name, value in state[network].items()
    }


def same(one: Run, other: Run) -> bool:
    a, b = weights(one), weights(other)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def train(e, corpus, directory, **how):
    return vox.train(e, corpus, "cpu", "page", directory=directory, **how)


def test_the_same_seed_gives_the_same_losses_to_the_bit(tiny, two_speakers, tmp_path):
    one, other, third = (
        train(tiny, two_speakers, tmp_path / name, seed=seed)
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    pd.testing.assert_frame_equal(one.losses, other.losses, check_exact=True)
    assert same(one, other)
    assert one.folder.name == other.folder.name
    assert not same(one, third)
    assert one.folder.name != third.folder.name
    assert len(one.losses) == 8  # 2 epochs of 8 recordings in minibatches of 2


def test_a_finished_run_is_reused(tiny, two_speakers, tmp_path, monkeypatch):
    first = train(tiny, two_speakers, tmp_path)
    monkeypatch.setattr(Training, "advance", lambda self: pytest.fail("trained again"))
    assert same(train(tiny, two_speakers, tmp_path), first)


def test_killed_at_any_moment_it_ends_with_the_same_weights(tiny, two_speakers, tmp_path):
    command = [sys.executable, "-c", SCRIPT, two_speakers.name]
    whole = train(tiny.replace(epochs=6), two_speakers, tmp_path / "whole").folder
    kills, chance = 0, random.Random(0)
    folder = tmp_path / "killed"
    for _ in range(30):
        seen = checkpoint_names(folder)
        process = subprocess.Popen(
            [*command, folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if kills < 3:
            deadline = time.monotonic() + 60
            while process.poll() is None and checkpoint_names(folder) == seen:
                assert time.monotonic() < deadline
                time.sleep(0.002)
            time.sleep(chance.random() * 0.1)
            process.kill()
        if process.wait() == -signal.SIGKILL:
            kills += 1
        else:
            break
    assert process.returncode == 0
    assert kills >= 3
    (killed,) = folder.iterdir()
    assert same(Run(whole), Run(killed))
    pd.testing.assert_frame_equal(Run(whole).losses, Run(killed).losses, check_exact=True)
    assert len(checkpoint.paths(killed)) == 2


def checkpoint_names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*/checkpoint-*.pt")}


def test_ctrl_c_ends_cleanly_with_a_checkpoint(two_speakers, tmp_path):
    command = [
        sys.executable, "-m", "vox", "train", "cfcefd21", "--corpus", two_speakers.name,
        "--profile", "page", "--device", "cpu", "--width", "0.03125", "--epochs", "400",
        "--directory", str(tmp_path),
    ]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    losses = None
    while process.poll() is None and not losses:
        losses = list(tmp_path.glob("*/losses.csv"))
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "goes on from there" in told
    assert "Traceback" not in told
    run = Run(losses[0].parent)
    done = checkpoint.latest(run.folder, torch.device("cpu"))["iteration"]
    assert 0 < done < 1600
    assert len(run.losses) == done


def test_a_damaged_checkpoint_is_noticed_and_the_one_before_is_used(
    tiny, two_speakers, tmp_path, capsys
):
    whole = train(tiny, two_speakers, tmp_path / "whole")
    damaged = train(tiny, two_speakers, tmp_path / "damaged", checkpoint_seconds=0.0)
    paths = checkpoint.paths(damaged.folder)
    assert len(paths) == 2
    data = bytearray(paths[0].read_bytes())
    data[len(data) // 2] ^= 1
    paths[0].write_bytes(data)
    again = train(tiny, two_speakers, tmp_path / "damaged")
    assert f"{paths[0]} is damaged" in capsys.readouterr().err
    assert same(again, whole)


def test_a_loss_that_is_not_finite_stops_the_run(tiny, two_speakers, tmp_path, monkeypatch):
    advance = Training.advance

    def poisoned(self):
        terms = advance(self)
        if self.iteration == 5:
            terms["reconstruction"] = torch.tensor(float("nan"))
        return terms

    monkeypatch.setattr(Training, "advance", poisoned)
    with pytest.raises(vox.VoxError) as caught:
        train(tiny, two_speakers, tmp_path / "runs", checkpoint_seconds=0.0)
    said = str(caught.value)
    assert "stopped at iteration 5: the loss 'reconstruction' is nan" in said
    (folder,) = (tmp_path / "runs").iterdir()
    assert str(checkpoint.paths(folder)[0]) in said
    state = checkpoint.latest(folder, torch.device("cpu"))
    assert state["iteration"] < 5


def test_weights_that_explode_are_never_checkpointed(tiny, two_speakers, tmp_path):
    with pytest.raises(vox.VoxError, match="not finite"):
        train(tiny.replace(learning_rate=1e38), two_speakers, tmp_path / "runs")
    (folder,) = (tmp_path / "runs").iterdir()
    assert not checkpoint.paths(folder)


def test_two_processes_do_not_train_the_same_run(tiny, two_speakers, tmp_path):
    from filelock import FileLock

    run = train(tiny, two_speakers, tmp_path)
    with (
        FileLock(run.folder / "lock"),
        pytest.raises(vox.VoxError, match="another process"),
    ):
        train(tiny, two_speakers, tmp_path)


def test_numbers_pinned(tiny, two_speakers, tmp_path):
    """If this fails because training computes something else now, raise a version."""
    losses = train(tiny, two_speakers, tmp_path).losses
    pinned = {"reconstruction": 0.218481, "classification": 0.624299}
    pinned["critic_classification"] = 0.688223
    for name, value in pinned.items():
        assert losses[name].iloc[0] == pytest.approx(value, rel=0.01), name


def test_bad_arguments_are_told(tiny, two_speakers, tmp_path):
    for seed in (-1, 1.5, True, 2**70):
        with pytest.raises(vox.VoxError, match="seed must be"):
            train(tiny, two_speakers, tmp_path, seed=seed)
    other = tiny.replace(sample_rate=8000)
    with pytest.raises(vox.VoxError, match="8000 Hz"):
        train(other, two_speakers, tmp_path)


def test_unreadable_devices_and_folders_are_told(tiny, two_speakers, tmp_path, capsys):
    with pytest.raises(vox.VoxError, match=r"device 'gpu' cannot be used.*'auto' or 'cpu'"):
        vox.train(tiny, two_speakers, device="gpu", directory=tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(vox.VoxError, match="cannot be written"):
        train(tiny, two_speakers, tmp_path / "file")
    with pytest.raises(vox.VoxError, match="no run here"):
        Run(tmp_path)
    if os.name == "posix":
        assert main(["train", "cfcefd12"]) == 1
        assert "did you mean 'cfcefd21'" in capsys.readouterr().err


@pytest.fixture
def tiny_classifier(tiny):
    """A classifier of 64 x 256 images: an experiment made of parts alone."""
    layers = replace(tiny.objective.discriminator, grouped=True, adversarial=None)
    objective = Classifier(layers=layers, classification_loss="softmax")
    return tiny.replace(objective=objective, scale=replace(tiny.scale, demo=None))


def test_a_classifier_trains_resumes_and_tells_two_tones_apart(
    tiny_classifier, two_speakers, tmp_path
):
    e = tiny_classifier.replace(epochs=30)
    whole = train(e, two_speakers, tmp_path / "whole")
    names = ["accuracy_speaker", "accuracy_sex"]
    assert set(whole.losses) == {"epoch", "classification", *names}
    assert whole.losses["classification"].tail(20).mean() < whole.losses["classification"].iloc[0]
    found = predictions(whole, two_speakers)
    assert found.accuracy("speaker").share == 1
    assert found.accuracy("speaker").recordings == 8

    state = checkpoint.latest(whole.folder, torch.device("cpu"))
    assert state["iteration"] == 120
    interrupted = Training(e, e.representation.windows(two_speakers), two_speakers.labels, CPU)
    for _ in range(50):
        interrupted.advance()
    half = whole.spec.folder(tmp_path / "half")
    half.mkdir(parents=True)
    checkpoint.save(half, 50, interrupted.state())
    assert same(train(e, two_speakers, tmp_path / "half"), whole)
    assert Run(half).provenance["iterations"] == "120 of 120"


def test_dropped_labels_follow_from_the_position_alone(tiny, two_speakers):
    e = tiny.replace(label_dropping=0.5)
    windows = e.representation.windows(two_speakers)
    one, other = (Training(e, windows, two_speakers.labels, CPU) for _ in range(2))
    plain = Training(tiny, windows, two_speakers.labels, CPU)
    other.iteration = one.iteration = plain.iteration = 7
    fallen = 0
    for slot in range(6):
        a, b, whole = (t.batch(slot) for t in (one, other, plain))
        assert torch.equal(a.source_labels, b.source_labels)
        assert torch.equal(a.source, whole.source)
        for labels, full in (
            (a.source_labels, whole.source_labels),
            (a.reference_labels, whole.reference_labels),
        ):
            assert ((labels == full) | (labels == -1)).all()
            assert (labels != -1).any(dim=1).all()
            fallen += int((labels == -1).sum())
    assert 4 <= fallen <= 20  # of 24 recordings with two groups, each with a chance of one half


def test_runs_with_unlabelled_recordings_note_no_accuracy(tiny_classifier, write, tmp_path):
    rows = ["file_name,speaker,sex,split"]
    for i in range(4):
        folder = write(f"{i}.wav", tone(150 + 60 * i, 1.5)).parent
        rows.append(f"{i}.wav,{'ada' if i % 2 else 'bob'},{'male' if i == 0 else ''},train")
    (folder / "metadata.csv").write_text("\n".join(rows))
    run = train(tiny_classifier.replace(epochs=4), vox.load_corpus(folder), tmp_path / "runs")
    assert run.losses["accuracy_sex"].isna().any()
    assert run.losses["classification"].notna().all()


def test_a_run_goes_on_from_a_shorter_one_and_ends_as_if_trained_at_once(
    tiny, two_speakers, tmp_path, monkeypatch, capsys
):
    whole = train(tiny.replace(epochs=4), two_speakers, tmp_path / "whole")
    train(tiny.replace(epochs=1), two_speakers, tmp_path / "runs")
    shorter = train(tiny.replace(epochs=2), two_speakers, tmp_path / "runs")
    assert f"goes on from iteration 4 of {tmp_path}" in capsys.readouterr().err
    taken, advance = [], Training.advance
    monkeypatch.setattr(Training, "advance", lambda self: taken.append(1) or advance(self))
    longer = train(tiny.replace(epochs=4), two_speakers, tmp_path / "runs")
    assert f"goes on from iteration 8 of {shorter.folder}" in capsys.readouterr().err
    assert len(taken) == 8
    assert same(longer, whole)
    pd.testing.assert_frame_equal(longer.losses, whole.losses, check_exact=True)
    assert Run(shorter.folder).provenance["iterations"] == "8 of 8"


def test_a_rate_that_falls_over_the_whole_run_cannot_go_on_from_a_shorter_one(
    tiny, two_speakers, tmp_path, capsys
):
    e = tiny.replace(schedule="cosine")
    train(e.replace(epochs=1), two_speakers, tmp_path)
    train(tiny.replace(epochs=1, learning_rate=2e-3), two_speakers, tmp_path)
    train(e.replace(epochs=2), two_speakers, tmp_path)
    assert "goes on from" not in capsys.readouterr().err


def test_what_a_kill_left_in_a_run_is_swept(tiny, two_speakers, tmp_path):
    run = train(tiny, two_speakers, tmp_path, checkpoint_seconds=0.0)
    (last, _) = checkpoint.paths(run.folder)
    data = last.read_bytes()
    third = run.folder / last.name.replace("00000008", "00000001")
    third.write_bytes(data)
    for name in (f"{last.name}.0123abcd.part", f"{last.name}.77.part", "run.json.1.part"):
        (run.folder / name).write_bytes(data[:1000])
    train(tiny, two_speakers, tmp_path)
    left = {path.name for path in run.folder.iterdir()} - {"lock"}
    assert left == {"run.json", "losses.csv", *(p.name for p in checkpoint.paths(run.folder))}
    assert len(checkpoint.paths(run.folder)) == 2
