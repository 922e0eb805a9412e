"""The command line: ``vox list``, ``show``, ``train``, ``convert``, ``evaluate`` and so on.

Each command imports what it needs when it is called, so that what needs little answers at once.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from vox import __version__
from vox.commands import app, live, voices
from vox.commands.voices import RUN
from vox.errors import VoxError, memory_told
from vox.names import printable_lines

if TYPE_CHECKING:
    from vox.corpus import Corpus
    from vox.definition import RunSettings
    from vox.evaluation import Converter
    from vox.runs import Run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0 is success, 1 something the user can mend (told on standard error), 130 an interruption.
    """
    for stream in (sys.stdout, sys.stderr):  # titles are Japanese, and not every terminal is
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    given = _parser().parse_args(arguments)
    try:
        with memory_told():
            given.run(given)
    except VoxError as error:
        print(f"vox: {printable_lines(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as interruption:
        print(f"vox: {interruption or 'interrupted'}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
    except OSError as error:  # a name too long, a folder that may not be entered
        if error.filename is None:
            raise
        print(f"vox: {printable_lines(error.filename)}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(printable_lines(message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="vox", description="An experiment notebook that runs.")
    parser.add_argument("--version", action="version", version=f"vox {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("list", help="list the experiments")
    command.set_defaults(run=_list)

    command = commands.add_parser("show", help="show an experiment and what it changes")
    command.add_argument("id", help=EXPERIMENT)
    command.set_defaults(run=_show)

    command = commands.add_parser("train", help="train an experiment, or go on with it")
    command.add_argument("id", help=EXPERIMENT)
    _add_settings(command)
    command.add_argument("--allow-commands", action="store_true", help=COMMANDS)
    command.set_defaults(run=_train)

    command = commands.add_parser("new", help="begin an experiment: its entry and its notebook")
    command.add_argument("id", nargs="?", default="", help="eight hexadecimal digits (drawn)")
    command.add_argument("--from", dest="parent", default="cfcefd21", help="(%(default)s)")
    command.add_argument("--title", default="", help="of its page")
    command.set_defaults(run=_new)

    voices.add(commands)
    app.add(commands)
    live.add(commands)

    command = commands.add_parser(
        "evaluate", help="score a trained run's conversions by independent judges"
    )
    command.add_argument("name", metavar="RUN", help=RUN)
    command.add_argument("--directory", default="runs", help="where runs are kept (%(default)s)")
    command.add_argument("--corpus", help="'demo' or a folder; the one it was trained on, if none")
    command.add_argument("--allow-commands", action="store_true", help=COMMANDS)
    command.add_argument("--device", default="auto", help=DEVICE)
    command.add_argument("--count", type=int, default=32, help="conversions (%(default)s)")
    command.add_argument(
        "--outputs", type=Path, metavar="FOLDER",
        help="score conversions made elsewhere, FOLDER/TARGET/path/of/source.wav, by RUN's bounds",
    )  # fmt: skip
    command.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER", help="of the page (in the run's folder)"
    )
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("corpus", help="check a corpus and say what is in it")
    command.add_argument("path", help="'demo', a folder of recordings, or lhotse manifests")
    command.add_argument(
        "--experiment", default="cfcefd21", help="whose window length counts (%(default)s)"
    )
    command.add_argument("--allow-commands", action="store_true", help=COMMANDS)
    command.set_defaults(run=_corpus)

    command = commands.add_parser(
        "record", help="run notebooks and keep them, executed, in docs/experiments"
    )
    command.add_argument(
        "id", nargs="*", help="such as cfcefd21; none: those whose record is missing or stale"
    )
    _add_settings(command)
    command.add_argument("--notebooks", type=Path, default="notebooks", help="(%(default)s)")
    command.add_argument("--records", type=Path, default="docs/experiments", help="(%(default)s)")
    command.add_argument(
        "--prose", action="store_true", help="take the text over where the code is the same"
    )
    command.set_defaults(run=_record)
    return parser


def _add_settings(command: argparse.ArgumentParser) -> None:
    """What says at what scale an experiment runs, and on what: the nine of `RunSettings`."""
    from vox.definition import RunSettings

    for f in fields(RunSettings):
        kinds: dict[str, Any] = {"int": int, "float": float}
        kind = kinds.get(str(f.type).partition(" ")[0], str)
        default = "" if f.default is None else " (%(default)s)"
        command.add_argument(
            f"--{f.name.replace('_', '-')}", type=kind, default=f.default,
            help=f.metadata["help"] + default,
        )  # fmt: skip


def _settings(given: argparse.Namespace) -> RunSettings:
    from vox.definition import SETTINGS, RunSettings

    return RunSettings(**{name: getattr(given, name) for name in SETTINGS})


EXPERIMENT = "its id, such as cfcefd21, or a Python file that defines one"
COMMANDS = "run the commands that lhotse manifests name as sources: if you trust who wrote them"
DEVICE = "where the network computes: auto, cpu, cuda, ... (%(default)s)"


def _list(given: argparse.Namespace) -> None:
    from vox.series import experiments

    print(experiments())


def _show(given: argparse.Namespace) -> None:
    from vox.series import found

    e = found(given.id)
    print(f"{e.id}  {e.title}")
    closed = f", closed {e.closed}" if e.closed else ""
    print(f"opened {e.opened}{closed}; {', '.join(e.issues)}; {', '.join(e.tags)}\n")
    print(e.table())
    if e.parent:
        print(f"\nchanged since {e.parent} ({e.page.change}):")
        for change in e.changes():
            print(f"  {change}")


def _train(given: argparse.Namespace) -> None:
    from vox.series import found

    e, said = found(given.id), _settings(given)
    from vox.corpus import load_corpus
    from vox.table import Table
    from vox.training import train

    corpus = load_corpus(said.corpus, allow_commands=given.allow_commands)
    run = train(e, corpus, said.device, said.profile, said.seed, said.directory, **said.own)
    if os.environ.get("RANK", "0") != "0":
        return  # torchrun: the first process tells
    print(f"{run.folder}: {run.provenance['iterations']} iterations")
    if not run.experiment.objective.slots:
        return  # counted, and nothing is lost
    last = run.losses.iloc[-1:].drop(columns="epoch")
    print(Table(("loss", "last"), [(name, float(last[name].iloc[0])) for name in last]))


def _new(given: argparse.Namespace) -> None:
    from vox.series import experiment

    parent = experiment(given.parent)
    from vox.records.skeleton import new

    for path in new(parent, given.id, title=given.title):
        print(path)


def _evaluate(given: argparse.Namespace) -> None:
    if given.count < 1:
        raise VoxError(f"--count must be 1 or more, not {given.count}")
    if given.output and given.output.exists() and not given.output.is_dir():
        raise VoxError(f"{given.output}: is a file; -o names a folder for the page")
    from vox.runs.find import find_run

    folder = find_run(given.name, given.directory)
    from vox.evaluation import Evaluation, Outputs, Trained
    from vox.notebook.scores import told, write_report
    from vox.runs import Run

    own = Trained(run := Run(folder, given.device))
    corpus = _corpus_of(run, given.corpus, given.allow_commands)
    scored: Converter = own
    place = "evaluation"
    if given.outputs:
        scored = Outputs(given.outputs, corpus, own.bounds, own.speakers)
        place = f"evaluation-{scored.name}"
    evaluation = Evaluation(scored, corpus, given.count)
    print(evaluation.table())
    print()
    for line in told(evaluation):
        print(line)
    print(write_report(evaluation, given.output or run.place / place))


def _corpus_of(run: Run, given: str | None, allow_commands: bool) -> Corpus:
    """The corpus that was named, or the one that the run was trained on, if it still is that."""
    from vox.corpus import load_corpus

    try:
        corpus = load_corpus(given or run.corpus, allow_commands=allow_commands)
    except VoxError as error:
        if given:
            raise
        raise VoxError(f"{error}; --corpus says where it is now") from error
    if corpus.fingerprint != run.spec.fingerprint:
        if not given:
            raise VoxError(
                f"{run.corpus}: no longer what {run.folder.name} was trained on, so what is held "
                "out may have been trained on; --corpus names what to convert all the same"
            )
        print(f"vox: {corpus.name} is not what the run was trained on", file=sys.stderr)
    return corpus


def _record(given: argparse.Namespace) -> None:
    if not given.notebooks.is_dir():
        raise VoxError(
            f"{given.notebooks}: no such notebook folder; vox record is called in a clone of the "
            "repository, which holds it, or --notebooks names one"
        )
    from vox import records
    from vox.definition import SETTINGS
    from vox.series import experiments

    where = {"notebooks": given.notebooks, "records": given.records}
    named = given.id
    everything = [*(e.id for e in experiments()), *records.posts(given.notebooks)]
    for id in [records.place(id, **where)[0].stem for id in named] or everything:
        reasons, path = records.stale(id, **where), records.place(id, **where)[1]
        if given.prose or (not named and reasons == [records.TEXT]):
            if named or reasons == [records.TEXT]:
                print(f"{id}: text taken over into {records.carry_prose(id, **where)}")
            elif reasons:
                print(f"{id}: left as it is: {'; '.join(reasons)}")
        elif not named and not reasons:
            print(f"{id}: its record is what its notebook would give")
        elif (
            not named
            and given.profile != "page"
            and path.is_file()
            and (records.told(path).get("page_scale"))
        ):
            print(f"{id}: its record is at the page's scale; name it to replace it")
        else:
            print(f"{id}: running its notebook ...", flush=True)
            path = records.record(id, **where, **{name: getattr(given, name) for name in SETTINGS})
            print(f"{id}: {path} after {records.told(path)['minutes']} minutes")
    print(f"all records: {records.size(given.records) / 1e6:.1f} MB")


def _corpus(given: argparse.Namespace) -> None:
    from vox.corpus import load_corpus
    from vox.series import found

    representation = found(given.experiment).representation
    corpus = load_corpus(given.path, allow_commands=given.allow_commands)
    from vox.representation.usable import usable

    lines, nothing = usable(corpus, representation)
    for line in lines:
        print(line)
    if nothing:
        raise VoxError(nothing)
