"""``movietag dead edit``: corrects the message of a letter, and sends it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from movietag.adding import validated
from movietag.cli.output import FOUND, YesOption, command, plain, run
from movietag.documents import LetterBody
from movietag.errors import UsageError
from movietag.fleet.joining import join_library
from movietag.kafka.clients import producer
from movietag.letters.correcting import corrected_title, require_title, send_corrected
from movietag.letters.reading import read_letter
from movietag.letters.replaying import ReplayOutcome
from movietag.letters.selecting import letter_by_id
from movietag.search.naming import named
from movietag.search.reader import reader
from movietag.settings import Settings, get_settings


@command
def edit(
    letter_id: Annotated[str, typer.Argument(help="Id, as `movietag dead list` prints it.")],
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="FIELD=VALUE of the title's JSON; FIELD= removes it. May be repeated.",
        ),
    ] = None,
    message: Annotated[
        str, typer.Option(help="The whole message instead: a line of text, or JSON.")
    ] = "",
    yes: YesOption = False,
) -> None:
    """Correct the message of a title's letter, and send it in place of the one that failed.

    If it fails again, it is the same letter with a longer history.

    Example: movietag dead edit movietag.titles/0/12/plan --set year=1995
    """
    settings = get_settings()
    if not set_ and not message:
        raise UsageError("Say what to change: --set FIELD=VALUE or --message TEXT.")
    if set_ and message:
        raise UsageError("Use --set or --message, not both.")
    letter = run(_letter(settings, letter_id))
    require_title(letter)
    value = (
        message.encode("utf-8", "surrogateescape")
        if message
        else corrected_title(run(read_letter(settings, letter)), set_ or (), settings)
    )
    added = validated(value, settings)
    print(plain(value.decode(errors="replace")))
    if not yes:
        typer.confirm(f"Send this as {plain(named(added.title, added.year))}?", abort=True)
    outcome = run(_send(settings, letter, value))
    for reason in outcome.left.values():
        raise UsageError(f"It was not sent: {reason}")
    print(f"sent: {plain(named(added.title, added.year))}  {added.movie_id}")
    sys.exit(FOUND)


async def _letter(settings: Settings, letter_id: str) -> LetterBody:
    async with reader(settings) as library:
        return await letter_by_id(library, letter_id)


async def _send(settings: Settings, letter: LetterBody, value: bytes) -> ReplayOutcome:
    async with reader(settings) as library, producer(settings) as sender:
        await join_library(settings, library.es)
        return await send_corrected(settings, sender, letter, value)
