"""Commands about trained voices: ``vox convert``, ``speakers``, ``pack``, ``adapt`` ..."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import Any

from vox.errors import VoxError
from vox.files import check_new
from vox.names import printable, printable_lines
from vox.runs.find import VOICES, find_run

RUN = (
    "its folder, how the folder's name in --directory begins, such as cfcefd21, latest, or a "
    "packed one"
)
ABSENT = "; the voices of the package, if none"


def add(commands: Any) -> None:
    """Add the commands to a parser's subparsers."""
    command = commands.add_parser("convert", help="convert recordings with a trained run")
    command.add_argument(
        "source", type=Path, help="a sound file, a folder of them, or - for a pipe"
    )
    command.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT",
        help="a file (its suffix names the format), a folder, or - for WAV into a pipe",
    )  # fmt: skip
    add_run(command)
    for group in ("speaker", "birthplace", "sex"):
        command.add_argument(f"--{group}", metavar="NAME", help=f"the {group} to convert to")
    add_adjustment(command)
    command.add_argument(
        "--device", default="auto", help="where the network computes: auto, cpu, cuda (%(default)s)"
    )
    command.add_argument("--force", action="store_true", help="overwrite what exists")
    command.add_argument(
        "--resume", action="store_true", help="leave what exists, convert the rest of a folder"
    )
    command.add_argument(
        "--jobs", type=int, default=1, help="processes for the files of a folder (%(default)s)"
    )
    command.add_argument(
        "--table", type=Path, metavar="FILE.csv", help="add a line for each sound that is done"
    )
    command.set_defaults(run=_convert)

    command = commands.add_parser("speakers", help="list the voices to convert to")
    add_run(command)
    command.set_defaults(run=_speakers)

    command = commands.add_parser("pack", help="write a trained run into one small file")
    command.add_argument("name", metavar="RUN", help=RUN)
    _add_directory(command)
    command.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.safetensors")
    command.add_argument("--force", action="store_true", help="overwrite what exists")
    command.add_argument("--origin", default="", metavar="TEXT", help="whose voices they are")
    command.add_argument("--licence", default="", metavar="TEXT", help="under which they are given")
    command.set_defaults(run=_pack)

    command = commands.add_parser("adapt", help="teach a trained run new speakers, in minutes")
    command.add_argument("name", metavar="RUN", nargs="?", default="", help=RUN + ABSENT)
    command.add_argument("--corpus", required=True, help="a folder of the new speakers")
    command.add_argument("--iterations", type=int, default=400, help="to train (%(default)s)")
    command.add_argument("--device", default="auto", help="auto, cpu, cuda, ... (%(default)s)")
    command.add_argument("--seed", type=int, default=0, help="of every draw (%(default)s)")
    _add_directory(command)
    command.set_defaults(run=_adapt)

    command = commands.add_parser("export", help="write a converter's network as ONNX")
    command.add_argument("name", metavar="RUN", nargs="?", default="", help=RUN + ABSENT)
    command.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.onnx")
    command.add_argument("--force", action="store_true", help="overwrite what exists")
    _add_directory(command)
    command.set_defaults(run=_export)

    command = commands.add_parser("demo", help="hear a recording by all voices, in seconds")
    command.add_argument("source", type=Path, nargs="?", help="one of the embedded corpus, if none")
    command.add_argument(
        "-o", "--output", type=Path, default=Path("demo"), metavar="FOLDER", help="(%(default)s)"
    )
    add_run(command)
    command.set_defaults(run=_demo)


def _add_directory(command: argparse.ArgumentParser) -> None:
    command.add_argument("--directory", default="runs", help="where runs are kept (%(default)s)")


def add_run(command: argparse.ArgumentParser) -> None:
    """Let a run be named; `found_run` finds it."""
    command.add_argument("--run", dest="name", default="", metavar="RUN", help=RUN + ABSENT)
    _add_directory(command)


def add_adjustment(command: argparse.ArgumentParser) -> None:
    """Add what `vox.representation.Adjustment.of` takes."""
    command.add_argument(
        "--strength", type=float, default=1.0, help="from the source, 0, to the target, 1 (1)"
    )
    command.add_argument(
        "--pitch", default="target", metavar="target|keep|SEMITONES",
        help="the target's, the source's, or semitones above the source's (%(default)s)",
    )  # fmt: skip
    command.add_argument(
        "--formant", type=float, default=0.0, metavar="SEMITONES",
        help="move resonances up: a shorter vocal tract (0)",
    )  # fmt: skip


def found_run(given: argparse.Namespace) -> Path:
    """The run that was named; the voices of the package, if none was, which is told."""
    found = find_run(given.name, given.directory)
    own = sorted(path.parent.name for path in Path(given.directory).glob("*/run.json"))
    if found == VOICES and own:
        print(
            f"vox: with the voices of the package ({VOICES.stem}); --run takes one of "
            f"{given.directory}/: {', '.join(own[:4])}{' ...' if len(own) > 4 else ''}",
            file=sys.stderr,
        )
    return found


def heard(path: Path, sample_rate: int) -> Any:
    """Read a sound, shape ``(time,)``, and tell what is worth knowing of it."""
    import numpy as np

    from vox.audio import pieces

    notes: list[str] = []
    pcm = np.concatenate(list(pieces(path, sample_rate, notes=notes)))
    for note in notes:
        _say(f"note: {path}: {note}")
    return pcm


def _convert(given: argparse.Namespace) -> None:
    folder = found_run(given)
    from vox.corpus.recording import GROUPS
    from vox.representation import Adjustment
    from vox.runs import Run
    from vox.runs.convert_files import convert_files
    from vox.runs.writing import PIPE

    labels = {group: getattr(given, group) for group in GROUPS if getattr(given, group)}
    wanted = Adjustment.of(strength=given.strength, pitch=given.pitch, formant=given.formant)
    run = Run(folder, given.device)
    written, problems = convert_files(
        run, given.source, given.output, labels, force=given.force, resume=given.resume,
        wanted=wanted, jobs=given.jobs, table=given.table, say=_say,
    )  # fmt: skip
    if given.output != PIPE:
        for path in written:
            print(printable(path))
    if problems:
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise VoxError(f"{len(problems)} files could not be converted:{listed}")


def _say(message: str) -> None:
    print(f"vox: {printable_lines(message)}", file=sys.stderr)


def _speakers(given: argparse.Namespace) -> None:
    folder = found_run(given)
    from vox.runs.packed import TOLD, description, whole
    from vox.table import Table

    told = description(folder)
    with whole(folder):
        groups = {group["name"]: group["classes"] for group in told["spec"]["labels"]["groups"]}
        others = [name for name in groups if name != "speaker"]
        implied = told["implied"]
        rows = [
            (name, *(implied.get(name, {}).get(other, "") for other in others))
            for name in groups.get("speaker", ())
            if name not in told.get("untrained", {}).get("speaker", ())
        ]
    if not rows:
        raise VoxError(f"{folder}: trained without speakers")
    print(Table(("speaker", *others), rows))
    for name in TOLD:
        if name in told["provenance"]:
            print(printable(f"{name}: {told['provenance'][name]}"))


def _pack(given: argparse.Namespace) -> None:
    check_new(given.output, force=given.force)
    folder = find_run(given.name, given.directory)
    from vox.runs import Run, pack

    path = pack(Run(folder), given.output, origin=given.origin, licence=given.licence)
    print(f"{printable(path)}: {path.stat().st_size / 1e6:.1f} MB")


def _adapt(given: argparse.Namespace) -> None:
    folder = found_run(given)
    from vox.corpus import load_corpus
    from vox.runs import Run
    from vox.training import adapt

    run = adapt(
        Run(folder), load_corpus(given.corpus), given.device, given.seed, given.directory,
        iterations=given.iterations,
    )  # fmt: skip
    print(f"{run.folder}: {run.provenance['iterations']} iterations")
    learned = shlex.quote(run.speakers[-1])
    print(f"vox convert IN.wav --run {run.folder} --speaker {learned} -o OUT.wav  converts with it")


def _export(given: argparse.Namespace) -> None:
    check_new(given.output, force=given.force)
    folder = found_run(given)
    from vox.runs import Run
    from vox.runs.export import export

    path = export(Run(folder), given.output)
    print(f"{printable(path)}: {path.stat().st_size / 1e6:.1f} MB")


def _demo(given: argparse.Namespace) -> None:
    folder = found_run(given)
    from vox.corpus import load_corpus
    from vox.notebook import Voices, example
    from vox.notebook.voices import check_folder
    from vox.runs import Run

    check_folder(given.output)
    run = Run(folder)
    if given.source:
        pcm = heard(given.source, run.experiment.representation.sample_rate)
        name, text = given.source.name, ""
    else:
        said = example(load_corpus("demo"))
        pcm, name, text = said.source_pcm, said.speakers[0], said.source.text or ""
    voices = Voices(run, pcm, name)
    page = voices.write(given.output, text)
    print(printable(f"{name} by {', '.join(voices.sounds)}"))
    print(f"Listen in a browser:  {page.absolute().as_uri()}")
    print(f"or to the WAV files:  {printable(page.parent.absolute())}")
