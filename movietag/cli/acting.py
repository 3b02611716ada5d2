"""Replays or purges selected dead letters: asks for confirmation, shows a progress bar, reports the outcome."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterable, Callable, Coroutine, Sequence
from contextlib import aclosing
from typing import Any, TypeAlias

import typer
from aiokafka import AIOKafkaProducer

from movietag.cli.bars import count_bar
from movietag.cli.output import FOUND, NOTHING, plain, run
from movietag.documents import LetterBody
from movietag.errors import UsageError
from movietag.fleet.joining import join_library
from movietag.kafka.clients import producer
from movietag.letters.replaying import ReplayOutcome
from movietag.letters.selecting import LetterSelection, count_selected, selected_letters
from movietag.search.naming import NothingFound
from movietag.search.reader import LetterQuery, Letters, reader
from movietag.settings import Settings

MOST_REASONS = 5  # printed for letters left unchanged

Act: TypeAlias = Callable[
    [Settings, AIOKafkaProducer, AsyncIterable[LetterBody], Callable[[int], None]],
    Coroutine[Any, Any, ReplayOutcome],
]


def act(
    settings: Settings,
    action: Act,
    letter_ids: Sequence[str],
    query: LetterQuery | None,
    words: tuple[str, str],
    ask: bool,
) -> None:
    """Act on letters, selected by id or else by a query, and print the outcome.

    Exits with 0 if all selected letters were processed, with 1 if none or only some were.

    ``query`` is None if no filter was given; then ids are required. ``words``: the question, with a `{}` for
    the letters, and the past participle of the action, e.g. "sent again".

    """
    if not letter_ids and query is None:
        raise UsageError(
            "Select letters by id, or by filters such as --stage. See: movietag dead list"
        )
    selection = LetterSelection(letter_ids, query or LetterQuery())
    total = run(_count(settings, selection))
    if not total:
        raise NothingFound("No such dead letter. See: movietag dead list")
    if ask:
        noun = "dead letter" if total == 1 else "dead letters"
        typer.confirm(words[0].format(f"{total:,} {noun}"), abort=True)
    outcome = run(_do(settings, action, selection, total))
    print(f"{outcome.done:,} {words[1]}.")
    for letter_id, reason in list(outcome.left.items())[:MOST_REASONS]:
        print(f"Left unchanged: {plain(letter_id)}: {plain(reason)}", file=sys.stderr)
    if len(outcome.left) > MOST_REASONS:
        print(f"{len(outcome.left):,} letters in all are left unchanged.", file=sys.stderr)
    sys.exit(FOUND if outcome.done and not outcome.left else NOTHING)


async def find_letters(settings: Settings, query: LetterQuery) -> Letters:
    """A page of letters."""
    async with reader(settings) as library:
        return await library.letters(query)


async def _count(settings: Settings, selection: LetterSelection) -> int:
    async with reader(settings) as library:
        return await count_selected(library, selection)


async def _do(
    settings: Settings, action: Act, selection: LetterSelection, total: int
) -> ReplayOutcome:
    async with reader(settings) as library, producer(settings) as sender:
        await join_library(settings, library.es)
        with count_bar(disable=total < 2) as bar:
            async with aclosing(selected_letters(library, selection)) as letters:
                task = bar.add_task("", total=total)
                return await action(
                    settings, sender, letters, lambda done: bar.update(task, completed=done)
                )
