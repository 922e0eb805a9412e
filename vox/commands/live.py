"""The command ``vox live``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from vox.commands.voices import add_adjustment, add_run, found_run, heard
from vox.errors import VoxError
from vox.names import printable


def add(commands: Any) -> None:
    """Add the command to a parser's subparsers."""
    command = commands.add_parser("live", help="change a voice while it speaks, with a delay")
    add_run(command)
    command.add_argument("--speaker", metavar="NAME", required=True, help="to convert to")
    add_adjustment(command)
    command.add_argument("--seconds", type=float, help="after which to end (Ctrl-C)")
    command.add_argument(
        "--input", type=Path, metavar="FILE", help="as if it came from a microphone; with -o"
    )
    command.add_argument(
        "-o", "--output", type=Path, metavar="FILE.wav", help="what is heard of --input"
    )
    command.add_argument("--force", action="store_true", help="overwrite what exists")
    command.set_defaults(run=_live)


def _live(given: argparse.Namespace) -> None:
    if bool(given.input) != bool(given.output):
        raise VoxError("--input and --output go together: a file in, and what is heard of it out")
    if given.input:
        from vox.runs.writing import check_target, write_whole

        check_target(given.output, given.input, force=given.force)
    folder = found_run(given)
    from vox.representation import Adjustment
    from vox.runs import Run
    from vox.runs.live import Live, listen, played

    wanted = Adjustment.of(strength=given.strength, pitch=given.pitch, formant=given.formant)
    live = Live(Run(folder), given.speaker, wanted)
    delay = f"delay {live.delay:.2f} s"
    if given.input:
        made = played(live, heard(given.input, live.sample_rate))
        write_whole(given.output, made, live.sample_rate)
        print(f"{printable(given.output)}: {delay}, which it begins with; {live.load}")
        return
    print(
        f"{delay} and the sound card's; wear headphones, or it hears itself. The voice settles in "
        "the first seconds of speech. Ctrl-C ends it."
    )
    for load in listen(live, given.seconds):
        print(f"\r{load}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
