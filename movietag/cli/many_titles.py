"""Asks before `movietag add` sends titles that forget, or tag again, a large part of the library."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from movietag.cli.output import run
from movietag.errors import UsageError
from movietag.settings import get_settings
from movietag.steering.many_movies import done_to_many


def confirm_many(values: Sequence[bytes]) -> None:
    """Ask before more than a few percent of all movies are forgotten or tagged again.

    Raises:
        UsageError: they are many, and nobody can be asked.
    """
    what = run(done_to_many(get_settings(), values))
    if not what:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{what} Nothing was sent. If it is right: the same command with --yes")
    typer.confirm(f"{what} Go on?", abort=True)
