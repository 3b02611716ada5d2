"""``movietag similar``: finds similar movies."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from movietag.cli.completing import complete_titles
from movietag.cli.output import FOUND, NOTHING, JsonOption, command, console, plain, print_json, run
from movietag.search.naming import named
from movietag.search.reader import reader
from movietag.search.similar import CANDIDATES, AlikeMovies
from movietag.search.similar import similar as most_alike
from movietag.settings import Settings, get_settings


@command
def similar(
    movie: Annotated[
        str,
        typer.Argument(
            help="Title, with or without its year, or movie id.", autocompletion=complete_titles
        ),
    ],
    limit: Annotated[
        int, typer.Option(min=1, max=CANDIDATES, help="Maximum number of movies shown.")
    ] = 10,
    json: JsonOption = False,
) -> None:
    """Find movies similar to another one, by the tags that set them apart.

    Example: movietag similar "Heat (1995)"
    """
    results = run(_similar(get_settings(), movie, limit))
    if json:
        print_json(results)
    elif results.alike:
        _print(results)
    else:
        print("No similar movie: it has no tags, or no movie of its tagger is like it.")
    sys.exit(FOUND if results.alike else NOTHING)


async def _similar(settings: Settings, text: str, limit: int) -> AlikeMovies:
    async with reader(settings) as library:
        return await most_alike(library, await library.movie(text), await library.lifts(), limit)


def _print(results: AlikeMovies) -> None:
    table = Table("Movie", "Alike", "Tags that make it so", box=None, pad_edge=False)
    for one in results.alike:
        title = Text(plain(named(one.movie.title, one.movie.year)))
        table.add_row(title, f"{one.likeness:.0%}", Text(plain(", ".join(one.shared))))
    console().print(table)
