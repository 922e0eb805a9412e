"""Checkpoints that are whole by their name, and hold something else than this run's state."""

import io
import json
import shutil
from hashlib import sha256

import pytest
import torch

import vox
from vox.errors import memory_told
from vox.runs import Run, checkpoint

CPU = torch.device("cpu")


@pytest.fixture
def trained(tiny, two_speakers, tmp_path):
    run = vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path / "runs")
    return tiny, two_speakers, run


def replace_state(folder, data):
    """Put bytes in the place of the latest checkpoint, named by their digest."""
    path = checkpoint.paths(folder)[0]
    digest = sha256(data).hexdigest()[:32]
    path.rename(path.with_name(f"{path.name.rsplit('-', 1)[0]}-{digest}.pt")).write_bytes(data)


def saved(state):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def without(state, name):
    del state[name]


def other_shape(state, name="generator"):
    state[name][next(iter(state[name]))] = torch.zeros(3)


def no_optimiser(state):
    state["optimizers"]["generator"] = None


@pytest.mark.parametrize(
    "change", [lambda s: without(s, "generator"), other_shape, lambda s: s.update(generator=1)]
)
def test_a_state_of_something_else_is_refused_wherever_it_is_read(trained, change):
    e, corpus, run = trained
    state = checkpoint.latest(run.folder, CPU)
    change(state)
    replace_state(run.folder, saved(state))
    with pytest.raises(vox.VoxError, match=r"checkpoint-.*: not a checkpoint of this experiment"):
        vox.train(e, corpus, "cpu", "page", directory=run.folder.parent)
    with pytest.raises(vox.VoxError, match="not a checkpoint of this experiment"):
        Run(run.folder).generator  # noqa: B018


def test_a_state_whose_optimiser_is_broken_is_refused(trained):
    e, corpus, run = trained
    state = checkpoint.latest(run.folder, CPU)
    no_optimiser(state)
    replace_state(run.folder, saved(state))
    with pytest.raises(vox.VoxError, match="not a checkpoint of this experiment"):
        vox.train(e, corpus, "cpu", "page", directory=run.folder.parent)


@pytest.mark.parametrize("data", [b"", b"no archive", saved([1])])
def test_what_is_no_state_at_all_is_set_aside(trained, data, capsys):
    e, corpus, run = trained
    replace_state(run.folder, data)
    vox.train(e, corpus, "cpu", "page", directory=run.folder.parent)
    assert "is damaged" in capsys.readouterr().err
    assert list(run.folder.glob("*.damaged"))
    assert Run(run.folder).generator is not None


@pytest.mark.parametrize("name", ["spec", "implied", "provenance", "untrained", "corpus"])
@pytest.mark.parametrize("value", [1.5, "x", [1], None])
def test_a_description_of_another_kind_is_told(trained, tmp_path, name, value):
    folder = shutil.copytree(trained[2].folder, tmp_path / "copy")
    told = json.loads((folder / "run.json").read_text())
    told[name] = value
    (folder / "run.json").write_text(json.dumps(told))
    if name == "corpus":
        assert Run(folder).corpus == str(
            value
        )  # whatever it is: it is looked for when it is needed
        return
    with pytest.raises(vox.VoxError, match=r"its run\.json is damaged"):
        Run(folder)


def test_too_little_memory_is_no_fault_of_the_checkpoint(trained):
    _, _, run = trained
    told = "CUDA out of memory. Tried to allocate 2.00 MiB"
    with pytest.raises(torch.OutOfMemoryError), checkpoint.fitting(run.folder):
        raise torch.OutOfMemoryError(told)
    with pytest.raises(vox.VoxError, match="not enough memory"), memory_told():
        raise torch.OutOfMemoryError(told)
