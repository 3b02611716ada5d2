"""``movietag watch``: movies on their way, live."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from rich.live import Live
from rich.table import Table
from rich.text import Text

from movietag.cli.output import FOUND, NOTHING, command, console, plain, run
from movietag.errors import TransientError
from movietag.progress import progress_of
from movietag.search.found import Movie, named
from movietag.search.ranking import MovieSearch
from movietag.search.reader import reader
from movietag.settings import Settings, settings

EVERY_SECONDS = 0.5
BAR = 20  # characters
MOST = 40  # movies shown


@command
def watch(
    titles: Annotated[
        list[str] | None, typer.Argument(help="Movie ids or titles; none: the latest movies.")
    ] = None,
    wait: Annotated[
        bool, typer.Option(help="End when all shown movies are finished, else with Ctrl-C.")
    ] = True,
) -> None:
    """Watch movies become searchable: searched, fetched, frames captioned, complete.

    Example: movietag watch "Heat (1995)"
    """
    try:
        seen = run(follow(settings(), lambda movies: _chosen(movies, titles or []), wait=wait))
    except KeyboardInterrupt:
        sys.exit(FOUND)
    sys.exit(FOUND if seen else NOTHING)


async def follow(
    with_settings: Settings,
    choose: Callable[[Sequence[Movie]], Sequence[Movie | str]],
    *,
    wait: bool,
    seconds: float = float("inf"),
) -> bool:
    """Show the chosen movies until all are finished (``wait``) or the time is over.

    ``choose`` gives the movies to show out of the latest; a text stands for one that is not there
    yet. Returns whether all are finished.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    with Live(console=console(), refresh_per_second=4) as live:
        while True:
            shown = choose(await _latest(with_settings))
            live.update(picture(shown))
            finished = bool(shown) and all(_finished(item) for item in shown)
            if (finished and wait) or asyncio.get_running_loop().time() > deadline:
                return finished
            await asyncio.sleep(EVERY_SECONDS)


async def _latest(with_settings: Settings) -> Sequence[Movie]:
    try:
        async with reader(with_settings) as library:
            found = await library.movies(MovieSearch(by="recency", limit=200))
    except TransientError:
        return ()  # nothing is there yet, or the server is away: look again
    return found.movies


def _finished(item: Movie | str) -> bool:
    return isinstance(item, Movie) and progress_of(item).ended


def _chosen(movies: Sequence[Movie], asked: Sequence[str]) -> Sequence[Movie | str]:
    if not asked:
        return movies[:MOST]
    by_name = {name: movie for movie in movies for name in _names(movie)}
    return [by_name.get(text.casefold(), text) for text in asked]


def _names(movie: Movie) -> tuple[str, ...]:
    return (movie.movie_id, movie.title.casefold(), named(movie.title, movie.year).casefold())


def picture(items: Sequence[Movie | str]) -> Table:
    """A line for each movie: title, videos fetched, a bar of frames captioned, state."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("movie", no_wrap=True, overflow="ellipsis", max_width=30)
    table.add_column("videos", justify="right", no_wrap=True)
    table.add_column("frames captioned", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for item in items:
        if isinstance(item, Movie):
            table.add_row(*_line(item))
        else:
            table.add_row(Text(plain(item)), "", "", Text("waiting", style="dim"))
    return table


def _line(movie: Movie) -> tuple[Text, Text, Text, Text]:
    now = progress_of(movie)
    full = round(BAR * now.share)
    bar = Text("━" * full, style="green") + Text("━" * (BAR - full), style="bright_black")
    colour = {"complete": "green", "failed": "red"}.get(now.state, "yellow")
    return (
        Text(plain(named(movie.title, movie.year))),
        Text(f"{now.fetched}/{now.videos}"),
        bar + Text(f" {now.captioned}/{now.promised}"),
        Text(now.state, style=colour),
    )
