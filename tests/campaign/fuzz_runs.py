"""Broken runs, notebook parameters and command lines."""

from __future__ import annotations

import ast
import io
import itertools
import json
import shutil
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import torch
from harness import DamageError, Verdict, isolated, judged
from mutations import NUMBERS, TEXTS, broken_bytes, broken_json, hostile, text
from safetensors import safe_open
from safetensors.torch import load_file, save
from workshop import (
    HOME,
    converter,
    copied_run,
    corpus_folder,
    difference,
    run_folder,
    speak,
    train,
)

from vox.cli import main
from vox.runs import Run, checkpoint, pack


def runs(draw: Random, folder: Path) -> Verdict:
    """A run whose files are broken: training mends it, or it says what is wrong."""
    run = copied_run(folder)
    latest, before = checkpoint.paths(run)
    if draw.random() < 0.3:  # not yet at its end
        latest.unlink()
        latest = before
    place = draw.choice(("run.json", "run.json", "checkpoint", "state", "losses.csv", "lock"))
    mends = True  # training ends with what it would have been
    match place:
        case "run.json" if draw.random() < 0.7:
            told, how = broken_json(draw, json.loads((run / place).read_text()))
            (run / place).write_text(json.dumps(told))
        case "run.json" | "losses.csv":
            data, how = broken_bytes(draw, (run / place).read_bytes())
            (run / place).write_bytes(data)
            mends = place == "run.json"  # losses that may be true cannot be told from others
        case "checkpoint":
            data, how = broken_bytes(draw, latest.read_bytes())
            latest.write_bytes(data)
        case "state":  # whole, with the name of its contents, and not what this run wrote
            how = _other_state(draw, latest)
            mends = False
        case _:
            how = draw.choice(("a folder", "a link"))
            (run / "lock").unlink(missing_ok=True)
            (run / "lock").mkdir() if how == "a folder" else (run / "lock").symlink_to("/x/y")
            mends = False
    action = draw.choice(("train", "convert", "read"))
    what = f"{action} with {place}: {how}"
    if action == "train":
        work = partial(_trained, folder / "runs", run if mends else None)
        return judged(what, isolated(work, folder), folder, statuses=(0,) if mends else ())
    if action == "read":
        return judged(what, isolated(partial(_read, run), folder), folder)
    words = ["convert", str(corpus_folder() / "ada" / "0.wav"), "-o", "out.wav", "--run", str(run)]
    work = partial(main, [*words, "--speaker", "bob"])
    return judged(what, isolated(work, folder), folder)


def packed(draw: Random, folder: Path) -> Verdict:
    """A packed run whose description, weights or bytes are broken."""
    whole = _packed()
    path = folder / "x.safetensors"
    match draw.choice(("description", "description", "weights", "bytes")):
        case "description":
            about = json.loads(whole.about["run"])
            told, how = broken_json(draw, about)
            path.write_bytes(save(whole.weights, metadata={**whole.about, "run": json.dumps(told)}))
        case "weights":
            name = draw.choice(list(whole.weights))
            own = whole.weights[name]
            other = draw.choice((None, torch.zeros(3), own.double(), own.reshape(-1)))
            kept = {k: v for k, v in whole.weights.items() if k != name}
            if other is not None:
                kept[draw.choice((name, name, f"{name}x", "x", "generator/", "/x"))] = other
            path.write_bytes(save(kept, metadata=whole.about))
            how = f"{name} {other is not None and tuple(other.shape)}"
        case _:
            data, how = broken_bytes(draw, whole.data)
            path.write_bytes(data)
    sound = str(corpus_folder() / "ada" / "0.wav")
    words = draw.choice(
        (["speakers"], ["convert", sound, "-o", "out.wav", "--speaker", "bob"],
         ["demo", sound], ["live", "--input", sound, "-o", "out.wav", "--speaker", "bob"])
    )  # fmt: skip
    work = partial(main, [*words, "--run", str(path)])
    return judged(f"{words[0]} with a packed run: {how}", isolated(work, folder), folder)


class _Packed(NamedTuple):
    data: bytes
    weights: dict[str, torch.Tensor]
    about: dict[str, str]


@cache
def _packed() -> _Packed:
    path = pack(converter(), HOME / "packed.safetensors")
    with safe_open(path, framework="pt") as file:
        return _Packed(path.read_bytes(), load_file(path), file.metadata())


def _other_state(draw: Random, path: Path) -> str:
    """Put a broken state in the place of a checkpoint, named as by whoever wrote it."""
    state: Any = torch.load(path, weights_only=True)
    match draw.randrange(6):
        case 0:
            key = draw.choice(list(state))
            del state[key]
            how = f"without {key}"
        case 1:
            key, state_value = draw.choice(list(state)), hostile(draw)
            state[key] = state_value
            how = f"{key} = {state_value!r:.40}"
        case 2:
            weights = state["generator"]
            key = draw.choice(list(weights))
            weights[key] = draw.choice(
                (torch.zeros(3), torch.full_like(weights[key].float(), torch.nan))
            )
            how = f"weight {key} {tuple(weights[key].shape)}"
        case 3:
            state["optimizers"]["generator"] = hostile(draw)
            how = "another optimiser"
        case 4:
            state, how = [torch.zeros(1)], "a list"
        case _:
            state = None
            how = "no archive"
    buffer = io.BytesIO()
    if state is None:
        buffer.write(draw.randbytes(100))
    else:
        torch.save(state, buffer)
    data = buffer.getvalue()
    path.unlink()
    iteration = path.name.split("-")[1]
    path.with_name(f"checkpoint-{iteration}-{sha256(data).hexdigest()[:32]}.pt").write_bytes(data)
    return how


def _trained(directory: Path, mended: Path | None) -> None:
    run = train(directory, often=False)
    run.losses  # noqa: B018
    if mended:
        if run.folder != mended:
            raise DamageError(f"trained {run.folder.name}, not {mended.name}")
        if why := difference(run.folder, run_folder()):
            raise DamageError(why)


def _read(folder: Path) -> None:
    run = Run(folder)
    run.provenance._repr_html_()
    repr(run)
    run.target(speaker="bob")
    run.losses  # noqa: B018
    run.generator  # noqa: B018


def parameters(draw: Random, folder: Path) -> Verdict:
    """What papermill may put into a notebook, as its cell has it."""
    from papermill.translators import PythonTranslator

    from vox import notebook
    from vox.definition import SETTINGS, RunSettings

    name = draw.choice((*SETTINGS, *SETTINGS, text(draw)))
    value = hostile(draw)
    cell = draw.random() < 0.2

    def work() -> None:
        try:
            source = PythonTranslator.codify({name: value})
            ast.parse(source)
        except Exception:  # papermill would not run that
            source = f"# Parameters\n{name} = 1\n" if cell else "# Parameters\n"
        default = RunSettings()
        space: dict[str, Any] = {each: getattr(default, each) for each in SETTINGS}
        space["In"] = ["", "seed = 0", source, "# Parameters of mine: \\ (" if cell else ""]
        try:
            exec(source, space)
        except (SyntaxError, NameError, ValueError):
            return
        p = notebook.parameters(space)
        from vox.corpus import load_corpus

        if name == "corpus":
            load_corpus(p.corpus)
        elif name not in ("epochs",):  # more epochs are no error, but hours
            _small(p, folder)

    return judged(f"{name[:20]!r} = {value!r:.60}", isolated(work, folder), folder)


def _small(p: Any, folder: Path) -> None:
    """Train with them for a moment, in a directory of the case if the name is relative."""
    from workshop import experiment

    import vox

    e = experiment(0.1)
    own = {name: value for name, value in p.own.items() if value is not None}
    if p.directory.startswith(("/", "~")) and not p.directory.startswith(("/dev", "/etc/passwd")):
        return
    corpus = vox.load_corpus(corpus_folder())
    vox.train(e, corpus, p.device, "page", p.seed, p.directory, **own)


def command_line(draw: Random, folder: Path) -> Verdict:
    """Words behind ``vox``: wrong values, options twice, files where folders belong."""
    shutil.copytree(run_folder(), folder / "runs" / run_folder().name)
    speak(folder / "sounds", 1)
    (folder / "notebooks").mkdir()
    (folder / "file").write_text("x")
    (folder / "mine.py").write_text(draw.choice(("EXPERIMENT = 1", "1 / 0", "import x", "(", "\0",
                                                 "raise SystemExit(3)", "import sys; sys.exit()",
                                                 "assert False", "open('nowhere')")))  # fmt: skip
    run = run_folder().name
    ids = ("cfcefd21", "ae244bb7", "cfcefd2", "mine.py", "./mine.py", "mine.txt", ".py")
    small = ["--corpus", "sounds", "--device", "cpu", "--profile", "page",
             "--width", "0.03125", "--epochs", "0.2", "--batch-size", "2"]  # fmt: skip
    lines = {
        "list": [],
        "show": [draw.choice(ids)],
        "train": [draw.choice(("cfcefd21", "mine.py", "ae244bb7")), *small],
        "convert": ["sounds/ada/0.wav", "-o", "out.wav", "--run", run, "--speaker", "bob"],
        "corpus": ["sounds"],
        "record": [draw.choice(ids), "--notebooks", "notebooks", "--records", "records"],
        "speakers": ["--run", run],
        "pack": [run, "-o", "x.safetensors"],
        "export": [run, "-o", "x.onnx"],
        "demo": ["sounds/ada/0.wav", "--run", run],
        "live": ["--input", "sounds/ada/0.wav", "-o", "o.wav", "--run", run, "--speaker", "bob"],
        "adapt": [run, "--corpus", "sounds", "--iterations", "1", "--device", "cpu"],
        "evaluate": [run, "--outputs", "sounds", "--count", "1", "--corpus", "sounds"],
        "new": [draw.choice(("0123abcd", "x", "cfcefd21")), "--from", draw.choice(ids)],
    }
    command = draw.choice(list(lines))
    words = [command, *lines[command]]
    before = list(words)
    for _ in range(draw.randint(0, 2)):
        at = draw.randrange(1, len(words) + 1)
        odd = draw.choice(
            (text(draw), str(draw.choice(NUMBERS)), "file", "sounds", "runs", "nowhere/x",
             "out.mp3", "/dev/null", "/dev/full", ".", "..", "/proc/self/mem", "--help", "--force",
             "-")
        )  # fmt: skip
        match draw.randrange(3):
            case 0 if at < len(words):
                words[at] = odd
            case 1 if at < len(words):
                del words[at]
            case _:
                words.insert(at, odd)
    words = [word.replace("\0", "") for word in words]  # no process can be given that
    if command == "train" and _hours(words):
        words = before
    work = partial(main, words)
    return judged(" ".join(words)[:120], isolated(work, folder), folder)


def _hours(words: list[str]) -> bool:
    """Whether a call asks for hours of training, which is no error."""
    told = dict(itertools.pairwise(words))
    try:
        return not (
            0 <= float(told.get("--epochs", "inf")) <= 1
            and float(told.get("--width", "1")) <= 0.05
            and abs(int(told.get("--batch-size", "900"))) <= 100
            and told.get("--corpus") == "sounds"
        )
    except ValueError:
        return False


assert "" in TEXTS
