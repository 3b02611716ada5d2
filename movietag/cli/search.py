"""``movietag search``: movies by their tags."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from movietag.cli.output import FOUND, NOTHING, command, console, plain, print_json, run
from movietag.documents import Status, TagCount
from movietag.search.found import Movie, Movies, Order, named, ordered
from movietag.search.queries import MovieQuery
from movietag.search.reader import reader
from movietag.search.tags import ask
from movietag.settings import Settings, settings

MOST = 1000
FURTHER_TAGS = 5


@command
def search(
    tag: Annotated[
        list[str] | None,
        typer.Option(help="Tag the movie must have, `horror` or with its own ratio `horror:0.5`."),
    ] = None,
    min_ratio: Annotated[
        float, typer.Option(help="Least share of images with the tag, for tags without their own.")
    ] = 0.0,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--not",
            help="Tag the movie must not have: its ratio lies below MOVIETAG_NOT_CUT (10 %).",
        ),
    ] = None,
    title: Annotated[str, typer.Option(help="Words of the title, or their beginnings.")] = "",
    status: Annotated[
        Status | None, typer.Option(help="Only movies that are so far: running, complete, failed.")
    ] = None,
    by: Annotated[
        Order,
        typer.Option(help="First those with the highest ratio, or lift: rare tags weigh more."),
    ] = "ratio",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="Most movies shown.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find movies by their tags, those with the highest ratio first.

    Example: movietag search --tag horror --min-ratio 0.3 --not comedy
    """
    found, asked = run(
        _search(settings(), tag or [], min_ratio, without or [], title, status, limit, by)
    )
    if json:
        print_json(found)
    elif found.movies:
        _print(found, asked, by)
    else:
        print("No movie fits. Lower --min-ratio, or see what is there: movietag search")
    sys.exit(FOUND if found.movies else NOTHING)


async def _search(
    with_settings: Settings,
    tags: Sequence[str],
    min_ratio: float,
    without: Sequence[str],
    title: str,
    status: Status | None,
    limit: int,
    by: Order,
) -> tuple[Movies, tuple[str, ...]]:
    """The movies found, and the asked tags by their names in the vocabulary."""
    async with reader(with_settings) as library:
        wanted = tuple(ask(text, library.vocabulary, min_ratio) for text in tags)
        unwanted = tuple(ask(text, library.vocabulary, with_settings.not_cut) for text in without)
        lifts = await library.lifts() if by == "lift" else None
        query = MovieQuery(wanted, unwanted, title, status, limit, lifts=lifts)
        found = await library.movies(query)
        return found, tuple(dict.fromkeys(asked.tag for asked in wanted))


def _print(found: Movies, asked: Sequence[str], by: Order) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("Movie", ratio=2)
    table.add_column("Images", justify="right")
    for tag in asked:
        table.add_column(Text(tag), justify="right")
    table.add_column("Further tags" if asked else "Tags", ratio=3)
    for movie in found.movies:
        shares = (percent(movie.tags.get(tag)) for tag in asked)
        title = Text(plain(named(movie.title, movie.year)))
        table.add_row(title, str(movie.images), *shares, _further(movie, asked, by))
    console().print(table)
    if found.total > len(found.movies):
        print(f"{len(found.movies)} of {found.total} movies; --limit shows more.")


def percent(count: TagCount | None) -> str:
    """A tag's share of the images, `76.8%`."""
    return f"{count.ratio:.1%}" if count else "-"


def _further(movie: Movie, asked: Sequence[str], by: Order) -> Text:
    """The strongest tags that were not asked for; the movie's state if it is not complete."""
    rest = [(tag, count) for tag, count in ordered(movie, by).items() if tag not in asked]
    tags = ", ".join(f"{tag} {percent(count)}" for tag, count in rest[:FURTHER_TAGS])
    state = "" if movie.status == "complete" else f"[{movie.status}] "
    return Text(plain(state + tags))
