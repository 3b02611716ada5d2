"""``movietag cancel``: movies that were added and have no images yet are not searched for and fetched any more."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from movietag.adding import send_titles
from movietag.cli.output import (
    FOUND,
    NOTHING,
    JsonOption,
    YesOption,
    command,
    plain,
    print_json,
    run,
)
from movietag.cli.title_files import listed_titles
from movietag.errors import UsageError
from movietag.rules.title_lists import column_names
from movietag.search.naming import named
from movietag.search.reader import reader
from movietag.settings import Settings, get_settings
from movietag.steering.cancelling import (
    CancelledMovie,
    cancel_message,
    movie_to_cancel,
    waiting_movies,
)

MOST_SHOWN = 20


@command
def cancel(
    titles: Annotated[
        list[str] | None, typer.Argument(help="Titles as they were added: lines or JSON.")
    ] = None,
    from_: Annotated[
        Path | None, typer.Option("--from", help="A list, as for `movietag add`; `-` for stdin.")
    ] = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="All movies without images that wait or are in work.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be cancelled.")
    ] = False,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Cancel movies that were added: they are not searched for and fetched any more, and leave no trace in the library.

    A movie that has images from before keeps them. What is cancelled can be added again.

    Examples: movietag cancel "Heat (1995)"; movietag cancel --waiting --dry-run
    """
    if waiting == bool(titles or from_):
        raise UsageError(
            'Name titles, or all that wait: movietag cancel "Heat (1995)", movietag cancel --waiting'
        )
    settings = get_settings()
    if waiting:
        chosen = run(_waiting(settings))
    else:
        lines = [*(titles or ()), *(one.text for one in listed_titles(from_, column_names(())))]
        chosen = list(dict.fromkeys(map(movie_to_cancel, lines)))
    if chosen and not dry_run:
        if not yes and (waiting or len(chosen) > 1):
            typer.confirm(f"Cancel {len(chosen):,} movies?", abort=True)
        run(send_titles(settings, [cancel_message(movie) for movie in chosen]))
    if json:
        print_json(chosen)
    elif not chosen:
        print("Nothing waits.")
    else:
        _tell(chosen, "would be cancelled" if dry_run else "cancelled, unless it has images")
    sys.exit(FOUND if chosen else NOTHING)


def _tell(movies: Sequence[CancelledMovie], what: str) -> None:
    for movie in movies[:MOST_SHOWN]:
        print(f"{plain(named(movie.title, movie.year))}: {what}")
    if len(movies) > MOST_SHOWN:
        print(f"… and {len(movies) - MOST_SHOWN:,} more.")


async def _waiting(settings: Settings) -> list[CancelledMovie]:
    async with reader(settings) as library:
        return await waiting_movies(library, settings)
