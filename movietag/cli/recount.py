"""``movietag recount``: counts all movies again from the facts."""

from __future__ import annotations

import sys
from functools import partial
from typing import Annotated

import typer

from movietag.cli.counting import counting_bar, exclusive_recount, stages_run_locally
from movietag.cli.output import command, console, run
from movietag.fleet.joining import join_library
from movietag.kafka.catching_up import Report
from movietag.local.second_count import SecondCount
from movietag.local.stack import Stack
from movietag.recount.current import raise_epoch, read_current, with_current
from movietag.recount.deleting import ManyDeletionsError
from movietag.recount.recounting import epochs_of, finish, require_facts
from movietag.settings import Settings, get_settings
from movietag.settings.home_vocabulary import Tagging


@command
def recount(
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            "-y",
            help="Do not ask for confirmation, also where many documents are deleted.",
        ),
    ] = False,
) -> None:
    """Count all movies again from the facts in Kafka, and repair the indices.

    For a ledger or an index that was lost, deleted or damaged. Nothing is fetched or captioned again. Searches
    continue meanwhile and see each movie's current result; facts that arrive meanwhile are counted afterwards. After
    an interruption, the same command resumes.

    Example: movietag recount --yes
    """
    settings = get_settings()
    with exclusive_recount(settings):
        count_again(settings, yes=yes, delete_many=yes)


def count_again(settings: Settings, *, yes: bool, delete_many: bool = False) -> None:
    """Count again, or finish a recount that was interrupted.

    Args:
        settings: where.
        yes: count without confirmation.
        delete_many: delete any number of documents without facts, without confirmation.

    Raises:
        ManyDeletionsError: they are many, and nobody can be asked.
    """
    up = stages_run_locally(settings, "docs/operations.md")
    run(join_library(settings))
    current = run(read_current(settings))
    stands = with_current(settings, current)
    vocabulary_id, epoch = current.of(settings)
    ledgers, groups = run(epochs_of(stands))
    if any(before < epoch for before in ledgers):
        console().print(f"Finishing the recount to epoch {epoch}.")
    else:
        run(require_facts(settings))
        if epoch in ledgers | groups or not epoch:
            epoch += 1
        if not yes:
            typer.confirm(f"Count everything again, as epoch {epoch}?", abort=True)
        run(raise_epoch(settings, vocabulary_id, epoch))
        if (
            up
        ):  # immediately; it would take some seconds to notice (movietag.streams.recount.following)
            Stack(settings).stop("count")
    if up:
        with counting_bar() as say:
            _start(settings, stands, epoch, say)
    deleted = _finish(stands, epoch, delete_many=delete_many)
    more = f" {deleted:,} documents without facts were deleted." if deleted else ""
    console().print(f"Counted again, as epoch {epoch}.{more}")


def _finish(current: Settings, epoch: int, *, delete_many: bool) -> int:
    """Finish; a terminal is asked where many documents would be deleted."""
    try:
        with counting_bar() as say:
            return run(finish(current, epoch, say, delete_many=delete_many))
    except ManyDeletionsError as many:
        if not sys.stdin.isatty():
            raise
        typer.confirm(f"Delete {many.what}?", abort=True)
    with counting_bar() as say:
        return run(finish(current, epoch, say, delete_many=True))


def _start(settings: Settings, current: Settings, epoch: int, say: Report) -> None:
    """Make the backfill of the count stage, and start it; if it runs already, it does both itself."""
    stack = Stack(settings)
    if stack.pid("count") is None:
        tagging = Tagging.of(current.vocabulary, current.match)
        SecondCount(settings, tagging, epoch, name="recount").backfill(partial(say, "count"))
    stack.start(only=("count",))
