"""``movietag forget``: deletes a movie from the library."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from movietag.adding import send_titles
from movietag.cli.completing import complete_titles
from movietag.cli.output import command, plain, run
from movietag.fleet.joining import join_library
from movietag.kafka.unread_titles import unread_titles
from movietag.rules.titles import title_of
from movietag.search.naming import NothingFound, named
from movietag.search.reader import reader
from movietag.settings import Settings, get_settings


@command
def forget(
    movie: Annotated[
        str,
        typer.Argument(
            help="Title, with or without its year, or movie id.", autocompletion=complete_titles
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete all documents of a movie (tags, frames, videos), and its stored frames.

    Its messages stay in Kafka's topics; adding the title again searches and tags it again.

    Example: movietag forget "Heat (1995)"
    """
    try:
        movie_id, title, year = run(_find(get_settings(), movie))
    except NothingFound:
        movie_id, title, year = run(_find_waiting(get_settings(), movie))
    movie_name = plain(named(title, year))
    if not yes:
        typer.confirm(
            f"Delete all documents and stored frames of {movie_name} ({plain(movie_id)})?",
            abort=True,
        )
    request = {"title": title, "year": year, "movie_id": movie_id, "forget": True}
    run(send_titles(get_settings(), [msgspec.json.encode(request)]))
    print(f"{movie_name} is being deleted.")


async def _find(settings: Settings, text: str) -> tuple[str, str, int | None]:
    async with reader(settings) as library:
        await join_library(settings, library.es)
        found = await library.movie(text)
    return found.movie_id, found.title, found.year


async def _find_waiting(settings: Settings, text: str) -> tuple[str, str, int | None]:
    """The title that waits to be planned; raises NothingFound."""
    for title in (await unread_titles(settings)).values():
        if title.movie_id in (text, title_of(text).movie_id):
            return title.movie_id, title.title, title.year
    raise NothingFound(f"No movie {plain(text)!r} is in the library, and no such title waits.")
