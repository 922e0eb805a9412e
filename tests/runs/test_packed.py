"""A run in one file: what it still does, and the one that comes with the package."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import soundfile
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save

import vox
from vox.app import speakers
from vox.cli import main
from vox.definition.key import computed
from vox.evaluation import judges
from vox.labels import LabelSpace
from vox.notebook import Voices
from vox.runs import pack
from vox.runs.export import export
from vox.runs.find import VOICES, find_run


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A converter that was trained for a moment on the embedded corpus."""
    e = vox.experiment("3cd41fe0").replace(width=1 / 8, epochs=2)
    runs = tmp_path_factory.mktemp("packed") / "runs"
    return vox.train(e, vox.load_corpus("demo"), "cpu", "demo", directory=runs)


@pytest.fixture(scope="module")
def packed(trained):
    return vox.Run(pack(trained, trained.folder.parent.parent / "v.safetensors", licence="none"))


@pytest.fixture(scope="module")
def sentence():
    corpus = vox.load_corpus("demo")
    return corpus.pcm(corpus.select("test", speaker="alex")[0])


def test_a_packed_run_converts_as_the_run_does(trained, packed, sentence):
    """Weights of 11 bits: what differs lies 50 dB below the sound."""
    one, other = (run.convert(sentence, speaker="anika") for run in (trained, packed))
    assert np.sqrt(np.mean((one - other) ** 2) / np.mean(one**2)) < 10 ** (-50 / 20)


def test_statistics_are_kept_as_they_were_counted(trained, packed):
    one, other = (run.networks["converter"].speakers for run in (trained, packed))
    for name in ("mean", "deviation", "pitch"):
        assert getattr(one, name).equal(getattr(other, name))


def test_it_tells_where_it_comes_from(trained, packed):
    told = dict(packed.provenance)
    assert told.pop("licence") == "none"
    assert told == trained.provenance
    assert packed.spec.key == trained.spec.key
    assert str(trained.folder) not in packed.folder.read_bytes().decode("latin-1")


def test_it_is_named_as_a_run_is(packed, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["speakers", "--run", str(packed.folder)]) == 0
    assert "anika" in capsys.readouterr().out
    soundfile.write("in.wav", np.zeros(4000, np.float32), 16_000)
    how = ["convert", "in.wav", "--speaker", "anika", "-o", "out.wav"]
    assert main([*how, "--run", str(packed.folder)]) == 0
    assert soundfile.info("out.wav").frames == 4000


def test_what_is_no_packed_run_is_told(tmp_path, trained):
    (tmp_path / "x.safetensors").write_bytes(b"no such thing")
    with pytest.raises(vox.VoxError, match="no run is packed in this file"):
        vox.Run(tmp_path / "x.safetensors")
    with pytest.raises(vox.VoxError, match=r"ends in \.safetensors"):
        pack(trained, tmp_path / "x.pt")
    (tmp_path / "plain").write_text("a file")
    with pytest.raises(vox.VoxError, match="cannot be written"):
        pack(trained, tmp_path / "plain" / "x.safetensors")


@pytest.mark.parametrize(
    "told",
    ["[]", "null", "{}", '{"provenance": 1}', '{"provenance": {}, "spec": 1}', "[" * 99_999,
     '{"provenance": {}, "spec": {"labels": {"groups": [1]}}, "implied": {}}',
     '{"provenance": {}, "spec": {"labels": {"groups": []}}, "implied": {}}'],
)  # fmt: skip
def test_what_another_program_packed_is_told(told, tmp_path, capsys):
    path = tmp_path / "x.safetensors"
    path.write_bytes(save({"x": torch.zeros(1)}, metadata={"run": told}))
    for words in (["speakers"], ["convert", "in.wav", "-o", "out.wav", "--speaker", "a"]):
        assert main([*words, "--run", str(path)]) == 1
        err = capsys.readouterr().err
        assert err.startswith(f"vox: {path}: ")
        assert err.count("\n") == 1
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text(told)
    assert main(["speakers", "--run", str(tmp_path / "run")]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_weights_of_another_program_are_told(packed, tmp_path):
    """Of another shape, missing, or of a network that there is not."""
    weights = load_file(packed.folder)
    with safe_open(packed.folder, framework="pt") as file:
        about = file.metadata()
    name = next(iter(weights))
    for change in ({name: torch.zeros(3)}, {name: None}, dict.fromkeys(weights)):
        kept = {k: v for k, v in {**weights, **change}.items() if v is not None}
        path = tmp_path / "x.safetensors"
        path.write_bytes(save(kept, metadata=about))
        with pytest.raises(vox.VoxError, match="not a checkpoint of this experiment"):
            _ = vox.Run(path).networks


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "../" * 2000])
def test_a_run_that_no_file_can_be_is_told(name, tmp_path):
    with pytest.raises(vox.VoxError, match="unknown run"):
        find_run(name, tmp_path)


def test_the_voices_of_the_package_are_those_of_the_experiment_as_it_is():
    """If not: make voices."""
    run = vox.Run(VOICES)
    assert computed(run.experiment) == computed(vox.experiment("3cd41fe0").at("demo"))
    corpus = vox.load_corpus("demo")
    assert run.spec.fingerprint == corpus.fingerprint
    assert run.labels == corpus.labels
    assert VOICES.stat().st_size < 6e6
    assert {"origin", "licence", "seed", "commit", "versions", "corpus"} <= set(run.provenance)


def test_a_first_conversion_needs_no_training(tmp_path, monkeypatch, capsys, sentence):
    monkeypatch.chdir(tmp_path)
    soundfile.write("in.wav", sentence, 16_000)
    assert main(["convert", "in.wav", "--speaker", "anika", "-o", "out.wav"]) == 0
    assert "vox:" not in capsys.readouterr().err
    made, _ = soundfile.read("out.wav", dtype="float32")
    corpus = vox.load_corpus("demo")
    anika, alex, heard = (
        judges.voice(x)
        for x in (corpus.pcm(corpus.select("test", speaker="anika")[0]), sentence, made)
    )
    assert judges.similarity(heard, anika) > judges.similarity(heard, alex)


def test_with_runs_of_ones_own_it_is_told_what_converts(trained, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / trained.folder.name).mkdir(parents=True)
    shutil.copy(trained.folder / "run.json", tmp_path / "runs" / trained.folder.name)
    assert main(["speakers"]) == 0
    told = capsys.readouterr()
    assert "licence: MIT" in told.out
    assert f"--run takes one of runs/: {trained.folder.name}" in told.err


def test_a_voice_that_nothing_was_trained_on_is_not_offered(trained, tmp_path, capsys, sentence):
    folder = shutil.copytree(trained.folder, tmp_path / "runs" / trained.folder.name)
    told = json.loads((folder / "run.json").read_text())
    told["untrained"] = {"speaker": ["victor"]}
    (folder / "run.json").write_text(json.dumps(told))
    run = vox.Run(folder)
    for one in (run, vox.Run(pack(run, tmp_path / "v.safetensors"))):
        assert len(one.speakers) == 7
        with pytest.raises(vox.VoxError, match=r"'victor'.*nothing to convert to"):
            one.convert(sentence, speaker="victor")
        assert tuple(Voices(one, sentence[:16_000], "alex").sounds) == one.speakers
        assert tuple(speakers(str(one.folder))) == one.speakers
        assert main(["speakers", "--run", str(one.folder)]) == 0
        assert "victor" not in capsys.readouterr().out


def test_a_run_of_a_kind_that_was_not_loaded_is_not_called_damaged(trained, tmp_path):
    folder = shutil.copytree(trained.folder, tmp_path / "mine")
    text = (folder / "run.json").read_text()
    told = json.loads(text)
    told["spec"]["experiment"]["optimisation"]["kind"] = "unheard-of"
    (folder / "run.json").write_text(json.dumps(told))
    with pytest.raises(
        vox.VoxError, match=r"mine: it holds a\w* optimisation of the kind 'unheard-of'"
    ):
        vox.Run(folder)


def test_listing_voices_needs_no_torch(tmp_path):
    script = (
        "import json, sys; from vox.cli import main; main(['speakers']); "
        "print(json.dumps('torch' in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) is False


def test_a_demo_says_where_to_listen(packed, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--run", str(packed.folder)]) == 0
    told = capsys.readouterr().out
    page = tmp_path / "demo" / "index.html"
    assert page.as_uri() in told
    names = {"source", *packed.labels.groups[0].classes}
    assert {path.stem for path in page.parent.glob("*.wav")} == names
    lengths = {soundfile.info(path).frames for path in page.parent.glob("*.wav")}
    assert len(lengths) == 1
    assert page.read_text(encoding="utf-8").count("<audio") == len(names)


def test_a_demo_writes_a_file_for_each_voice_whatever_its_name(tmp_path):
    names = ["source", "a/b", "A-B", "..", "か" * 90, "か" * 91, "\x1b[2J"]

    class Converter:
        experiment = vox.experiment("3cd41fe0")
        labels = LabelSpace.of({"speaker": names})
        speakers = labels.classes("speaker")

        def convert(self, pcm, speaker):
            return pcm * (1 + self.labels.classes("speaker").index(speaker)) / 100

    pcm = np.ones(800, np.float32)
    page = Voices(Converter(), pcm, "me").write(tmp_path / "demo")
    levels = {round(100 * soundfile.read(p)[0].max()) for p in page.parent.glob("*.wav")}
    assert levels == {*range(1, len(names) + 1), 100}
    assert not list(page.parent.glob(".*"))
    assert Voices(Converter(), pcm, "me").write(tmp_path / "demo") == page  # again
    with pytest.raises(vox.VoxError, match="cannot be written"):
        Voices(Converter(), pcm, "me").write(page)


def test_nothing_of_the_users_is_overwritten(trained, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    for name in ("mine/source.wav", "v.safetensors", "v.onnx"):
        (tmp_path / name).write_text("mine")
    run = str(trained.folder)
    for words, told in (
        (["demo", "--run", run, "-o", "mine"], "mine: holds other files"),
        (["pack", run, "-o", "v.safetensors"], "v.safetensors: exists already; --force"),
        (["export", run, "-o", "v.onnx"], "v.onnx: exists already; --force"),
    ):
        assert main(words) == 1
        assert told in capsys.readouterr().err
    for name in ("mine/source.wav", "v.safetensors", "v.onnx"):
        assert (tmp_path / name).read_text() == "mine"
    assert main(["pack", run, "-o", "v.safetensors", "--force"]) == 0


def test_a_demo_of_what_cancels_itself_out_is_told(packed, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pcm = np.random.default_rng(0).normal(0, 0.1, (8000, 1)).astype("f4")
    soundfile.write("in.wav", np.hstack([pcm, -pcm]), 16_000)
    assert main(["demo", "in.wav", "--run", str(packed.folder)]) == 0
    assert "note: in.wav: its 2 channels cancel each other out" in capsys.readouterr().err


def test_an_onnx_file_computes_what_torch_does(packed, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    pytest.importorskip("onnxscript", reason="the extra onnx is not installed")
    path = tmp_path / "v.onnx"
    assert main(["export", str(packed.folder), "-o", str(path)]) == 0
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    network = packed.network("converter")
    for batch, time in ((1, 250), (3, 64)):
        draw = torch.Generator().manual_seed(time)
        inputs = {
            "image": torch.randn(batch, 1, time, 80, generator=draw),
            "told": torch.randn(batch, 2, time, generator=draw),
            "speaker": torch.arange(batch),
        }
        with torch.no_grad():
            expected = network(**inputs)
        made = session.run(None, {name: value.numpy() for name, value in inputs.items()})
        for one, other in zip(made, expected, strict=True):
            assert np.abs(one - other.numpy()).max() < 1e-4
    told = session.get_modelmeta().custom_metadata_map
    assert json.loads(told["speakers"])[1] == "anika"
    kept = json.loads(told["statistics"])["mean"]
    assert np.allclose(kept, network.get_submodule("speakers").mean)


def test_an_onnx_file_of_what_is_no_converter_is_told(packed, tmp_path):
    pytest.importorskip("onnxscript", reason="the extra onnx is not installed")
    with pytest.raises(vox.VoxError, match=r"ends in \.onnx"):
        export(packed, tmp_path / "x.pt")
    (tmp_path / "plain").write_text("a file")
    with pytest.raises(vox.VoxError, match="cannot be written"):
        export(packed, tmp_path / "plain" / "x.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["plain"]
