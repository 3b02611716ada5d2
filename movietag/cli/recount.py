"""``movietag recount``: count again from the kept facts."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from movietag.cli.counting import alone, counting_bar, runs_here
from movietag.cli.output import command, console, run
from movietag.kafka.lag import Report
from movietag.local.second_count import SecondCount
from movietag.local.stack import Stack
from movietag.recount.current import raise_epoch, read_current, with_current
from movietag.recount.recounting import epochs_of, finish, require_facts
from movietag.settings import Settings, get_settings
from movietag.settings.home_vocabulary import Tagging


@command
def recount(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Count all movies again from the kept facts, and make Elasticsearch stand right.

    Nothing is fetched or captioned again. Searches go on meanwhile and see each movie as it stands; what
    arrives meanwhile is counted afterwards. For a ledger or an index
    that was lost, deleted or damaged. Cut short, the command is repeated and goes on.
    """
    chosen = get_settings()
    with alone(chosen):
        count_again(chosen, yes=yes)


def count_again(chosen: Settings, *, yes: bool) -> None:
    """Count again, or finish what was begun; ``yes``: without asking."""
    up = runs_here(chosen, "docs/operations.md")
    current = run(read_current(chosen))
    stands = with_current(chosen, current)
    vocabulary_id, epoch = current.of(chosen)
    ledgers, groups = run(epochs_of(stands))
    if any(before < epoch for before in ledgers):
        console().print(f"The recount to epoch {epoch} is finished now.")
    else:
        run(require_facts(chosen))
        if epoch in ledgers | groups or not epoch:
            epoch += 1
        if not yes:
            typer.confirm(f"Count everything again, as epoch {epoch}?", abort=True)
        run(raise_epoch(chosen, vocabulary_id, epoch))
        if up:  # at once, which else takes it some seconds (movietag.streams.recount.following)
            Stack(chosen).stop("count")
    with counting_bar() as say:
        if up:
            _start(chosen, stands, epoch, say)
        deleted = run(finish(stands, epoch, say))
    more = f" {deleted:,} documents that no fact explains were deleted." if deleted else ""
    console().print(f"Counted again, as epoch {epoch}.{more}")


def _start(chosen: Settings, stands: Settings, epoch: int, say: Report) -> None:
    """Give the count stage its head start and start it, unless it runs (then it sees to that itself)."""
    stack = Stack(chosen)
    if stack.pid("count") is None:
        tagging = Tagging.of(stands.vocabulary, stands.match)
        SecondCount(chosen, tagging, epoch, name="recount").head_start(partial(say, "count"))
    stack.start(only=("count",))
