"""The command ``vox app``."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the command to a parser's subparsers."""
    command = commands.add_parser("app", help="change voices in the browser, on this machine")
    command.add_argument("--directory", default="runs", help="where runs are kept (%(default)s)")
    command.add_argument("--port", type=int, help="to listen at (the first free one from 7860)")
    command.add_argument("--browser", action="store_true", help="open it in the browser")
    command.set_defaults(run=_app)


def _app(given: argparse.Namespace) -> None:
    from vox.app.page import serve

    serve(given.directory, given.port, browser=given.browser)
