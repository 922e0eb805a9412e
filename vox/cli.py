"""The command line: ``vox list``, ``show``, ``train``, ``convert``, ``evaluate`` and so on."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vox import __version__
from vox import record as records
from vox.convert_files import PIPE, convert_files
from vox.corpus import Corpus, Windows, load_corpus
from vox.corpus.recording import GROUPS
from vox.errors import VoxError
from vox.evaluation import Converter, Evaluation, Outputs, Trained
from vox.experiments import experiment, experiments
from vox.notebook.parameters import OWN
from vox.notebook.scores import told, write_report
from vox.record import NOTEBOOKS, RECORDS
from vox.table import Table
from vox.training import Run, train


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0 is success, 1 something the user can mend (told on standard error), 130 an interruption.
    """
    for stream in (sys.stdout, sys.stderr):  # titles are Japanese, and not every terminal is
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    given = _parser().parse_args(arguments)
    try:
        given.run(given)
    except VoxError as error:
        print(f"vox: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as interruption:
        print(f"vox: {interruption or 'interrupted'}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vox", description="An experiment notebook that runs.")
    parser.add_argument("--version", action="version", version=f"vox {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("list", help="list the experiments")
    command.set_defaults(run=_list)

    command = commands.add_parser("show", help="show an experiment and what it changes")
    command.add_argument("id", help="such as cfcefd21")
    command.set_defaults(run=_show)

    command = commands.add_parser("train", help="train an experiment, or go on with it")
    command.add_argument("id", help="such as cfcefd21")
    _add_scale(command)
    command.set_defaults(run=_train)

    command = commands.add_parser("convert", help="convert recordings with a trained run")
    command.add_argument(
        "source", type=Path, help="a sound file, a folder of them, or - for a pipe"
    )
    command.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT",
        help="a file (its suffix names the format), a folder, or - for WAV into a pipe",
    )  # fmt: skip
    command.add_argument("--run", dest="name", required=True, metavar="RUN", help=RUN)
    command.add_argument("--directory", default="runs", help="where runs are kept (%(default)s)")
    for group in GROUPS:
        command.add_argument(f"--{group}", metavar="NAME", help=f"the {group} to convert to")
    command.add_argument("--force", action="store_true", help="overwrite what exists")
    command.add_argument(
        "--resume", action="store_true", help="leave what exists, convert the rest of a folder"
    )
    command.set_defaults(run=_convert)

    command = commands.add_parser(
        "evaluate", help="score a trained run's conversions by independent judges"
    )
    command.add_argument("name", metavar="RUN", help=RUN)
    command.add_argument("--directory", default="runs", help="where runs are kept (%(default)s)")
    command.add_argument("--corpus", help="'demo' or a folder; the one it was trained on, if none")
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
    command.set_defaults(run=_corpus)

    command = commands.add_parser(
        "record", help="run notebooks and keep them, executed, in docs/experiments"
    )
    command.add_argument(
        "id", nargs="*", help="such as cfcefd21; none: those whose record is missing or stale"
    )
    _add_scale(command)
    command.add_argument("--notebooks", type=Path, default=NOTEBOOKS, help="(%(default)s)")
    command.add_argument("--records", type=Path, default=RECORDS, help="(%(default)s)")
    command.add_argument(
        "--prose", action="store_true", help="take the text over where the code is the same"
    )
    command.set_defaults(run=_record)
    return parser


def _add_scale(command: argparse.ArgumentParser) -> None:
    """What says at what scale an experiment runs, and on what: `SCALE` below."""
    command.add_argument("--corpus", default="demo", help="'demo' or a path (%(default)s)")
    command.add_argument("--profile", default="auto", help="page, demo or auto (%(default)s)")
    command.add_argument("--device", default="auto", help="auto, cpu, cuda, ... (%(default)s)")
    command.add_argument("--seed", type=int, default=0, help="of every draw (%(default)s)")
    command.add_argument("--directory", default="runs", help="where runs are kept (%(default)s)")
    command.add_argument("--epochs", type=float, help="instead of the profile's")
    command.add_argument("--batch-size", type=int, help="instead of the profile's")
    command.add_argument("--learning-rate", type=float, help="instead of the profile's")
    command.add_argument("--width", type=float, help="factor on the channels")


RUN = "its folder, or how the folder's name in --directory begins, such as cfcefd21"
SCALE = ("corpus", "profile", "device", "seed", "directory", *OWN)


def _list(given: argparse.Namespace) -> None:
    print(experiments())


def _show(given: argparse.Namespace) -> None:
    e = experiment(given.id)
    print(f"{e.id}  {e.title}")
    print(f"opened {e.opened}, closed {e.closed}; {', '.join(e.issues)}; {', '.join(e.tags)}\n")
    print(e.table())
    if e.parent:
        print(f"\nchanged since {e.parent} ({e.change}):")
        for change in e.changes():
            print(f"  {change}")


def _train(given: argparse.Namespace) -> None:
    own: dict[str, Any] = {name: getattr(given, name) for name in OWN}
    run = train(
        experiment(given.id), load_corpus(given.corpus), given.device, given.profile,
        given.seed, given.directory, **own,
    )  # fmt: skip
    if os.environ.get("RANK", "0") != "0":
        return  # torchrun: the first process tells
    last = run.losses.iloc[-1].drop("epoch")
    print(f"{run.folder}: {run.provenance['iterations']} iterations")
    print(Table(("loss", "last"), last.items()))


def _convert(given: argparse.Namespace) -> None:
    labels = {group: getattr(given, group) for group in GROUPS if getattr(given, group)}
    run = Run.find(given.name, given.directory)
    written, problems = convert_files(
        run, given.source, given.output, labels, force=given.force, resume=given.resume
    )
    if given.output != PIPE:
        for path in written:
            print(path)
    if problems:
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise VoxError(f"{len(problems)} files could not be converted:{listed}")


def _evaluate(given: argparse.Namespace) -> None:
    if given.count < 1:
        raise VoxError(f"--count must be 1 or more, not {given.count}")
    run = Run.find(given.name, given.directory)
    corpus = _corpus_of(run, given.corpus)
    own = Trained(run)
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
    print(write_report(evaluation, given.output or run.folder / place))


def _corpus_of(run: Run, given: str | None) -> Corpus:
    """The corpus that was named, or the one that the run was trained on, if it still is that."""
    try:
        corpus = load_corpus(given or run.corpus)
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
            path = records.record(id, **where, **{name: getattr(given, name) for name in SCALE})
            print(f"{id}: {path} after {records.told(path)['minutes']} minutes")
    print(f"all records: {records.size(given.records) / 1e6:.1f} MB")


def _corpus(given: argparse.Namespace) -> None:
    corpus = load_corpus(given.path)
    length = experiment(given.experiment).spectrogram.length
    print(f"{corpus}\n\n{corpus.table()}\n")
    problems = list(corpus.problems)
    for split in ("train", "test"):
        if not corpus.select(split):
            print(f"{split}: no recordings")
            continue
        try:
            windows = Windows(corpus, length, split=split)
        except VoxError as error:
            print(f"{split}: {error}")
            continue
        problems += windows.left_out
        print(
            f"{split}: {len(windows)} recordings with {sum(windows.counts)} usable windows of "
            f"{length / corpus.sample_rate:.2f} s that overlap by half"
        )
    print(f"fingerprint {corpus.fingerprint[:16]}")
    for note in corpus.notes:
        print(f"note: {note}")
    if problems:
        print(f"\nnot usable ({len(problems)}):")
        for problem in problems:
            print(f"  {problem}")
