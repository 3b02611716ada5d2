"""``movietag watch``: the live progress of movies."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.live import Live
from rich.table import Table
from rich.text import Text

from movietag.cli.output import FOUND, NOTHING, command, console, plain, run
from movietag.errors import TransientError
from movietag.search.naming import named
from movietag.search.progress import progress_of
from movietag.search.ranking import MovieSearch
from movietag.search.reader import reader
from movietag.search.results import Movie
from movietag.settings import Settings, get_settings

EVERY_SECONDS = 0.5
BAR = 20  # characters
MOST = 40  # maximum number of movies shown


@command
def watch(
    titles: Annotated[
        list[str] | None, typer.Argument(help="Movie ids or titles; default: the latest movies.")
    ] = None,
    wait: Annotated[
        bool, typer.Option(help="Exit when all movies shown have finished; else on Ctrl-C.")
    ] = True,
) -> None:
    """Watch movies become searchable: searched, fetched, frames captioned, complete.

    Example: movietag watch "Heat (1995)"
    """
    try:
        seen = run(follow(get_settings(), titles or [], wait=wait))
    except KeyboardInterrupt:
        sys.exit(FOUND)
    sys.exit(FOUND if seen else NOTHING)


async def follow(
    settings: Settings,
    texts: Sequence[str],
    *,
    wait: bool,
    seconds: float = float("inf"),
) -> bool:
    """Show the movies that these texts name (none: the latest) until all have finished, or ``seconds`` are over.

    Without ``wait`` it continues after they have finished. Returns whether all have finished.

    Raises:
        UsageError: a text is JSON that `movietag add` would refuse.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    with Live(console=console(), refresh_per_second=4) as live:
        while True:
            items = await _look(settings, texts)
            live.update(progress_table(items))
            finished = bool(items) and all(_finished(item) for item in items)
            if (finished and wait) or asyncio.get_running_loop().time() > deadline:
                return finished
            await asyncio.sleep(EVERY_SECONDS)


async def _look(settings: Settings, texts: Sequence[str]) -> Sequence[Movie | str]:
    """The current movies; a text in place of one that does not exist yet."""
    try:
        async with reader(settings) as library:
            if not texts:
                return (await library.movies(MovieSearch(by="recency", limit=MOST))).movies
            named = await library.movies_named(texts, alike=True)
    except TransientError:
        return texts  # no index yet, or the server is unreachable: retry
    items: list[Movie | str] = []
    for text, movies in zip(texts, named, strict=True):
        items += movies or [text]
    return items


def _finished(item: Movie | str) -> bool:
    return isinstance(item, Movie) and progress_of(item).ended


def progress_table(items: Sequence[Movie | str]) -> Table:
    """A table row per movie: title, videos fetched, a bar of frames captioned, state."""
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
