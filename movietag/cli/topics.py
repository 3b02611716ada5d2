"""``movietag topics``: what stands on Kafka."""

from __future__ import annotations

import subprocess
import sys

import typer

from movietag.cli.counting import is_up
from movietag.cli.output import command, console
from movietag.errors import MovietagError
from movietag.local.environment import stack_environment
from movietag.local.stack import Stack
from movietag.settings import settings

app = typer.Typer(help="What stands on Kafka: repair.", no_args_is_help=True)


@app.callback()
def topics() -> None:
    """What stands on Kafka."""


@app.command()
@command
def repair() -> None:
    """Write those pages of the plan's ledger again of which something cannot be read.

    A stage says of such a page in its log and in `movietag_ledger_damaged_pages`, and goes on with the others.
    The plan stage is stopped meanwhile; where it runs elsewhere, stop it before. The count's ledger is repaired
    by `movietag recount`.

    Example: movietag topics repair
    """
    chosen = settings()
    stack = Stack(chosen)
    ours = is_up(chosen)
    if ours:
        stack.stop("plan")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "streams.repair"],
            env=stack_environment(chosen, stack.where.home),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        if ours:
            stack.start(only=("plan",))
    console().print(done.stdout.strip(), markup=False, highlight=False)
    if done.returncode:
        raise MovietagError("The ledger could not be repaired; why is said above.")
