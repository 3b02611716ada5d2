"""``movietag forget``: deletes a movie from the library."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from movietag.adding import send_titles
from movietag.cli.completing import complete_titles
from movietag.cli.output import command, plain, run
from movietag.fleet.joining import join_library
from movietag.search.naming import named
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
    movie_id, title, year = run(_find(get_settings(), movie))
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
