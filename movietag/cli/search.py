"""``movietag search``: movies by a query."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from msgspec import UnsetType
from rich.table import Table
from rich.text import Text

from movietag.cli.output import (
    FOUND,
    NOTHING,
    command,
    console,
    plain,
    print_json,
    run,
    warn_unreadable,
)
from movietag.documents import Status, TagCount
from movietag.search.converting import Order, ordered
from movietag.search.naming import named
from movietag.search.query import Node, both
from movietag.search.query.fields import title_condition
from movietag.search.query.nodes import Field, negated
from movietag.search.query.normal_form import positive_tags, to_nnf
from movietag.search.query.tags import parse_tag
from movietag.search.ranking import By, MovieSearch
from movietag.search.reader import Reader, reader
from movietag.search.results import Movie, Movies
from movietag.search.saved import saved_query
from movietag.search.why import Explanation, explain
from movietag.settings import Settings, get_settings

MOST = 1000
FURTHER_TAGS = 5


@command
def search(
    query: Annotated[
        str, typer.Argument(help="What the movies must be, such as 'horror>=30% and not comedy'.")
    ] = "",
    tag: Annotated[
        list[str] | None,
        typer.Option(help="Tag the movie must have, `horror` or with its own ratio `horror:0.5`."),
    ] = None,
    min_ratio: Annotated[
        float | None,
        typer.Option(help="Least share of images with a --tag without its own."),
    ] = None,
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
        By | None,
        typer.Option(
            help="First those with the highest ratio, or lift (rare tags weigh more), those that"
            " fit text:WORDS or the meaning of about:WORDS best, those added last, or by title."
            " Default: meaning with an about:, else ratio."
        ),
    ] = None,
    why: Annotated[
        str,
        typer.Option(help="Say of this movie (title or id) whether it fits, and why or why not."),
    ] = "",
    saved: Annotated[
        str, typer.Option(help="Name of a saved search; the query and options add to it.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="Most movies shown.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find movies by a query; options say the same, and all of it must hold.

    A query has tags, thresholds, and, or, not, parentheses, "tags with spaces", and fields: text:, title:,
    about:"words of your own", year:1990..1999, status:, source:, tagger:, movie:. docs/search.md has all of it.

    Example: movietag search 'horror>=30% and not comedy'
    """
    options = Options(query, tag or [], min_ratio, without or [], title, status, saved)
    if why:
        judged = run(_judge(get_settings(), options, why))
        if json:
            print_json(judged)
        else:
            _print_judged(judged)
        sys.exit(FOUND if judged.fits else NOTHING)
    found, asked = run(_search(get_settings(), options, by, limit))
    if json:
        print_json(found)
    elif found.movies:
        _print(found, asked, by)
    else:
        print("No movie fits. Ask for less, or see what is there: movietag search")
    sys.exit(FOUND if found.movies else NOTHING)


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for: a query, and options that add to it."""

    query: str
    tags: Sequence[str]
    min_ratio: float | None
    without: Sequence[str]
    title: str
    status: Status | None
    saved: str

    async def where(self, library: Reader) -> Node:
        """All of it in one query.

        Raises:
            UsageError: a part of it cannot be read.
            NothingFound: no search is saved under the name.
            TransientError: the server is away.
        """
        names = library.names
        return both(
            library.parse(self.query),
            *([await saved_query(library, self.saved)] if self.saved else []),
            *(parse_tag(text, names, self.min_ratio) for text in self.tags),
            *(negated(parse_tag(text, names)) for text in self.without),
            *([title_condition(self.title)] if self.title else []),
            *([Field("status", self.status)] if self.status else []),
        )


async def _search(
    settings: Settings, options: Options, by: By | None, limit: int
) -> tuple[Movies, tuple[str, ...]]:
    """The movies found, and the asked tags by their names in the vocabulary."""
    async with reader(settings) as library:
        where = await options.where(library)
        asked = positive_tags(to_nnf(where))
        lifts = await library.lifts() if asked else None
        return await library.movies(MovieSearch(where, by, limit, lifts)), asked


async def _judge(settings: Settings, options: Options, movie: str) -> Explanation:
    async with reader(settings) as library:
        where = await options.where(library)
        return await explain(library, where, await library.movie(movie), await library.lifts())


def _print_judged(judged: Explanation) -> None:
    verdict = "fits" if judged.fits else "does not fit"
    print(f"{plain(named(judged.title, judged.year))} {verdict}:")
    for reason in judged.why:
        has = "holds" if judged.fits else "does not hold"
        if reason.ratio is not None:
            has = f"{reason.tag} has {reason.ratio:.1%}"
            has += f", {reason.lift:.1f} times the usual" if reason.lift is not None else ""
        if not isinstance(reason.about, UnsetType):
            has = f"{reason.about.caption} [{reason.about.places}]"
        print(plain(f"  {reason.condition}: {has}"))


def _print(found: Movies, asked: Sequence[str], by: By | None) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("Movie", ratio=2)
    table.add_column("Images", justify="right")
    for tag in asked:
        table.add_column(Text(tag), justify="right")
    close = any(movie.closest for movie in found.movies)
    further = "Closest caption" if close else "Further tags" if asked else "Tags"
    table.add_column(further, ratio=3)
    for movie in found.movies:
        shares = (percent(movie.tags.get(tag)) for tag in asked)
        title = Text(plain(named(movie.title, movie.year)))
        last = _closest(movie) if close else _further(movie, asked, by)
        table.add_row(title, str(movie.images), *shares, last)
    console().print(table)
    if found.total > len(found.movies):
        print(f"{len(found.movies)} of {found.total} movies; --limit shows more.")
    warn_unreadable(found.unreadable)


def percent(count: TagCount | None) -> str:
    """A tag's share of the images, `76.8%`."""
    return f"{count.ratio:.1%}" if count else "-"


def _closest(movie: Movie) -> Text:
    """The caption by which `about:` found it, and its places."""
    found = movie.closest
    return Text(plain(f"{found.caption} [{found.places}]") if found else "")


def _further(movie: Movie, asked: Sequence[str], by: By | None) -> Text:
    """The strongest tags that were not asked for; the movie's state if it is not complete."""
    order: Order = "lift" if by == "lift" else "ratio"
    rest = [(tag, count) for tag, count in ordered(movie, order).items() if tag not in asked]
    tags = ", ".join(f"{tag} {percent(count)}" for tag, count in rest[:FURTHER_TAGS])
    state = "" if movie.status == "complete" else f"[{movie.status}] "
    return Text(plain(state + tags))
