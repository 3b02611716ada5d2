"""``movietag recount``: count again from the kept facts."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from movietag.catching_up import Say
from movietag.cli.counting import alone, counting_bar, is_up
from movietag.cli.output import command, console, run
from movietag.epoch import keep_epoch, standing_epoch
from movietag.errors import UsageError
from movietag.local.second_count import SecondCount
from movietag.local.stack import Stack
from movietag.recounting import check, epochs_of, finish
from movietag.settings import Settings, settings
from movietag.standing import Tagging


@command
def recount(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Count all movies again from the kept facts, and make Elasticsearch stand right.

    Nothing is fetched or captioned again. Searches go on meanwhile and see each movie as it stands; what
    arrives meanwhile is counted afterwards. For a ledger or an index
    that was lost, deleted or damaged. Cut short, the command is repeated and goes on.
    """
    chosen = settings()
    with alone(chosen):
        count_again(chosen, yes=yes)


def count_again(chosen: Settings, *, yes: bool) -> None:
    """Count again, or finish what was begun; ``yes``: without asking."""
    standing, up = standing_epoch(chosen), is_up(chosen)
    ledgers, groups = run(epochs_of(chosen))
    elsewhere = not up and 0 < chosen.epoch == standing >= max({0} | ledgers | groups)
    if elsewhere or any(epoch < standing for epoch in ledgers):
        epoch = standing
        console().print(f"The recount to epoch {epoch} is finished now.")
    else:
        run(check(chosen))
        epoch = max(standing, *ledgers, *groups) + 1
        if not yes:
            typer.confirm(f"Count everything again, as epoch {epoch}?", abort=True)
        _raise(chosen, epoch)
    with counting_bar() as say:
        if up:
            _start(chosen, epoch, say)
        deleted = run(finish(chosen, epoch, say))
    more = f" {deleted:,} documents that no fact explains were deleted." if deleted else ""
    console().print(f"Counted again, as epoch {epoch}.{more}")


def _raise(chosen: Settings, epoch: int) -> None:
    """Stop the count stage and write the epoch down.

    First stopped: what a count of an earlier epoch wrote while the new one reads, searches would see, and
    then not see any more.
    """
    stack = Stack(chosen)
    if not is_up(chosen):
        raise UsageError(
            f"No stack runs in {stack.where.home}. Start it with `movietag up`. Where the stages run"
            " elsewhere (Docker, Kubernetes), stop all processes of the count stage there, start it with"
            f" MOVIETAG_EPOCH={epoch}, then repeat this command with the same setting: it waits and finishes."
        )
    stack.stop("count")
    keep_epoch(chosen, epoch)


def _start(chosen: Settings, epoch: int, say: Say) -> None:
    """Give the count stage its head start and start it, unless it runs (then it sees to that itself)."""
    stack = Stack(chosen)
    if stack.pid("count") is None:
        tagging = Tagging.of(chosen.vocabulary, chosen.match)
        SecondCount(chosen, tagging, epoch, name="recount").head_start(partial(say, "count"))
    stack.start(only=("count",))
