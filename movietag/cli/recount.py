"""``movietag recount``: count again from the kept facts."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from movietag.cli.output import command, console, run
from movietag.epoch import keep_epoch, standing_epoch
from movietag.errors import UsageError
from movietag.local.stack import Stack
from movietag.local.supervision import Supervisor
from movietag.recounting import epochs_of, finish
from movietag.settings import Settings, settings

WORDS = {
    "count": "counting all facts again",
    "index": "writing the documents",
    "deleting": "deleting what no fact explains",
    "dead letters": "writing the dead letters",
}


@command
def recount(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Count all movies again from the kept facts, and make Elasticsearch stand right.

    Nothing is fetched or captioned again, and searches go on meanwhile. For a ledger or an index
    that was lost, deleted or damaged. Cut short, the command is repeated and goes on.
    """
    chosen = settings()
    standing = standing_epoch(chosen)
    ledgers, groups = run(epochs_of(chosen))
    elsewhere = not _is_up(chosen) and 0 < chosen.epoch == standing >= max({0} | ledgers | groups)
    if elsewhere or any(epoch < standing for epoch in ledgers):
        epoch = standing
        console().print(f"The recount to epoch {epoch} is finished now.")
        _start(chosen)
    else:
        epoch = max(standing, *ledgers, *groups) + 1
        if not yes:
            typer.confirm(f"Count everything again, as epoch {epoch}?", abort=True)
        _raise(chosen, epoch)
    with _bar() as bar:
        task = bar.add_task("")

        def say(what: str, done: int, total: int) -> None:
            bar.update(task, description=WORDS[what], completed=done, total=max(1, total))

        deleted = run(finish(chosen, epoch, say))
    more = f" {deleted:,} documents that no fact explains were deleted." if deleted else ""
    console().print(f"Counted again, as epoch {epoch}.{more}")


def _raise(chosen: Settings, epoch: int) -> None:
    """Stop the count stage, write the epoch down, start it again."""
    stack = Stack(chosen)
    if not _is_up(chosen):
        raise UsageError(
            f"No stack runs in {stack.where.home}. Start it with `movietag up`. Where the stages run"
            f" elsewhere (Docker, Kubernetes), start the count stage with MOVIETAG_EPOCH={epoch} there,"
            " then repeat this command with the same setting: it waits and finishes."
        )
    stack.stop("count")
    keep_epoch(chosen, epoch)
    stack.start(only=("count",))


def _start(chosen: Settings) -> None:
    """Start the count stage if it is ours and does not run."""
    if _is_up(chosen):
        Stack(chosen).start(only=("count",))


def _is_up(chosen: Settings) -> bool:
    """Whether the stages of these settings are under a supervisor here."""
    return Supervisor.connect(Stack(chosen).where.socket) is not None


def _bar() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    out = Console(stderr=True)
    return Progress(*columns, console=out, transient=True, disable=not out.is_terminal)
