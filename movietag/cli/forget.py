"""``movietag forget``: deletes a movie from the library."""

from __future__ import annotations

from typing import Annotated

import typer

from movietag.adding import send_titles
from movietag.cli.completing import complete_titles
from movietag.cli.output import command, plain, run
from movietag.search.naming import named
from movietag.search.reader import reader
from movietag.settings import Settings, get_settings
from movietag.steering.forgetting import ForgottenMovie, forget_message, movie_to_forget


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
    settings = get_settings()
    found = run(_find(settings, movie))
    movie_name = plain(named(found.title, found.year))
    if not yes:
        typer.confirm(
            f"Delete all documents and stored frames of {movie_name} ({plain(found.movie_id)})?",
            abort=True,
        )
    run(send_titles(settings, [forget_message(found)]))
    print(f"{movie_name} is being deleted.")


async def _find(settings: Settings, text: str) -> ForgottenMovie:
    async with reader(settings) as library:
        return await movie_to_forget(library, settings, text)
