"""``movietag recount``: count again from the kept facts."""

from __future__ import annotations

from typing import Annotated

import typer

from movietag.cli.counting import alone, counting_bar, is_up
from movietag.cli.output import command, console, run
from movietag.epoch import keep_epoch, standing_epoch
from movietag.errors import UsageError
from movietag.local.stack import Stack
from movietag.recounting import epochs_of, finish
from movietag.settings import Settings, settings


@command
def recount(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Count all movies again from the kept facts, and make Elasticsearch stand right.

    Nothing is fetched or captioned again, and searches go on meanwhile. For a ledger or an index
    that was lost, deleted or damaged. Cut short, the command is repeated and goes on.
    """
    chosen = settings()
    with alone(chosen):
        count_again(chosen, yes=yes)


def count_again(chosen: Settings, *, yes: bool) -> None:
    """Count again, or finish what was begun; ``yes``: without asking."""
    standing = standing_epoch(chosen)
    ledgers, groups = run(epochs_of(chosen))
    elsewhere = not is_up(chosen) and 0 < chosen.epoch == standing >= max({0} | ledgers | groups)
    if elsewhere or any(epoch < standing for epoch in ledgers):
        epoch = standing
        console().print(f"The recount to epoch {epoch} is finished now.")
        _start(chosen)
    else:
        epoch = max(standing, *ledgers, *groups) + 1
        if not yes:
            typer.confirm(f"Count everything again, as epoch {epoch}?", abort=True)
        _raise(chosen, epoch)
    with counting_bar() as say:
        deleted = run(finish(chosen, epoch, say))
    more = f" {deleted:,} documents that no fact explains were deleted." if deleted else ""
    console().print(f"Counted again, as epoch {epoch}.{more}")


def _raise(chosen: Settings, epoch: int) -> None:
    """Stop the count stage, write the epoch down, start it again."""
    stack = Stack(chosen)
    if not is_up(chosen):
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
    if is_up(chosen):
        Stack(chosen).start(only=("count",))
