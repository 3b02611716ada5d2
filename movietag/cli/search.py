"""``movietag search``: searches movies."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer
from msgspec import UnsetType, structs

from movietag.cli.completing import complete_query, complete_saved, complete_tags, complete_titles
from movietag.cli.movie_table import movie_table
from movietag.cli.output import (
    FOUND,
    NOTHING,
    JsonOption,
    command,
    console,
    plain,
    print_json,
    print_left_out,
    print_near,
    print_reading,
    run,
    warn_unreadable,
)
from movietag.cli.page_options import NextOption, PreviousOption, print_pages
from movietag.documents import Status
from movietag.search.cursors import Cursor, cursor_of
from movietag.search.naming import named
from movietag.search.query import both
from movietag.search.query.fields import title_condition
from movietag.search.query.nodes import Field, negated
from movietag.search.query.tags import parse_tag
from movietag.search.ranking import By, MovieSearch
from movietag.search.reader import Reader, reader
from movietag.search.results import Movies
from movietag.search.saved import saved_query
from movietag.search.understanding import Understood, understand
from movietag.search.why import Explanation, explain
from movietag.settings import Settings, get_settings

MOST = 1000


@command
def search(
    query: Annotated[
        list[str] | None,
        typer.Argument(
            help="The query, e.g. 'horror>=30% and not comedy', or plain words.",
            autocompletion=complete_query,
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            help="A tag that the movie must have, e.g. `horror`, or with a ratio, `horror:0.5`.",
            autocompletion=complete_tags,
        ),
    ] = None,
    min_ratio: Annotated[
        float | None,
        typer.Option(help="Least ratio of each --tag without its own."),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--not",
            help="A tag that the movie must not have: its ratio is below MOVIETAG_NOT_CUT (10 %).",
            autocompletion=complete_tags,
        ),
    ] = None,
    title: Annotated[str, typer.Option(help="Words of the title, or their beginnings.")] = "",
    status: Annotated[
        Status | None, typer.Option(help="Only movies with this status: running, complete, failed.")
    ] = None,
    by: Annotated[
        By | None,
        typer.Option(
            help="Order: by ratio, by lift (rare tags weigh more), by how well text:WORDS matches,"
            " by the meaning of about:WORDS, by recency (last added first), or by title."
            " Default: meaning with an about:, else ratio."
        ),
    ] = None,
    why: Annotated[
        str,
        typer.Option(
            help="Explain whether this movie (title or id) matches, and why or why not.",
            autocompletion=complete_titles,
        ),
    ] = "",
    saved: Annotated[
        str,
        typer.Option(
            help="Name of a saved search; the query and options add to it.",
            autocompletion=complete_saved,
        ),
    ] = "",
    limit: Annotated[
        int, typer.Option(min=1, max=MOST, help="Maximum number of movies shown.")
    ] = 20,
    next_page: NextOption = "",
    previous_page: PreviousOption = "",
    json: JsonOption = False,
) -> None:
    """Search movies; options add conditions to the query.

    A query consists of tags, thresholds, and, or, not, parentheses, "tags with spaces", and fields: text:, title:,
    about:"free words", year:1990..1999, status:, source:, tagger:, movie:. Plain words are looked for in titles,
    then in captions. See docs/search.md.

    Example: movietag search 'horror>=30% and not comedy'
    """
    options = Options(
        " ".join(query or []), tag or [], min_ratio, without or [], title, status, saved
    )
    cursor = cursor_of(next_page, previous_page)
    if why:
        explanation = run(_explain(get_settings(), options, why))
        if json:
            print_json(explanation)
        else:
            print_reading(explanation.read, "search")
            _print_explanation(explanation)
        sys.exit(FOUND if explanation.fits else NOTHING)
    results, tags = run(_search(get_settings(), options, by, limit, cursor))
    if not json:
        print_reading(results.read, "search")
    if json:
        print_json(results)
    elif results.movies:
        _print(results, tags, by)
    else:
        print_left_out(results.left_out)
        print("No movie matches. Use fewer conditions, or list all movies: movietag search")
        print_pages(results, 0, "Movies", results.total)
    sys.exit(FOUND if results.movies else NOTHING)


@dataclass(frozen=True, slots=True)
class Options:
    """A query, and options that add to it."""

    query: str
    tags: Sequence[str]
    min_ratio: float | None
    without: Sequence[str]
    title: str
    status: Status | None
    saved: str

    async def where(self, library: Reader, cursor: Cursor | None = None) -> Understood:
        """The query and all options as one query.

        Raises:
            UsageError: a part is invalid.
            NothingFound: no search is saved under the name.
            TransientError: the server is unreachable.
        """
        names = library.names
        understood = await understand(library, self.query, "movies", cursor)
        node = both(
            understood.node,
            *([await saved_query(library, self.saved)] if self.saved else []),
            *(parse_tag(text, names, self.min_ratio) for text in self.tags),
            *(negated(parse_tag(text, names)) for text in self.without),
            *([title_condition(self.title)] if self.title else []),
            *([Field("status", self.status)] if self.status else []),
        )
        return Understood(node, understood.reading)


async def _search(
    settings: Settings, options: Options, by: By | None, limit: int, cursor: Cursor | None
) -> tuple[Movies, tuple[str, ...]]:
    """The matching movies, and the query's tags that are not negated."""
    async with reader(settings) as library:
        where = await options.where(library, cursor)
        search = MovieSearch(where.node, by, limit, cursor=cursor)
        if search.query.tags:
            search = replace(search, lifts=await library.lifts())
        results = await library.movies(search)
        return structs.replace(results, read=where.read), search.query.tags


async def _explain(settings: Settings, options: Options, movie: str) -> Explanation:
    async with reader(settings) as library:
        where = await options.where(library)
        named_movie = await library.movie(movie)
        explanation = await explain(library, where.node, named_movie, await library.lifts())
        return structs.replace(explanation, read=where.read)


def _print_explanation(explanation: Explanation) -> None:
    verdict = "matches" if explanation.fits else "does not match"
    print(f"{plain(named(explanation.title, explanation.year))} {verdict}:")
    for reason in explanation.why:
        has = "holds" if explanation.fits else "does not hold"
        if reason.unknown is True:
            has = "not known: no image is counted yet"
        elif reason.ratio is not None:
            has = f"{reason.tag} has {reason.ratio:.1%}"
            has += f", {reason.lift:.1f} times the average" if reason.lift is not None else ""
        if not isinstance(reason.about, UnsetType):
            has = f"{reason.about.caption} [{reason.about.places}]"
        if reason.near is True and explanation.fits:
            has = "no exact match; this title is near"
        print(plain(f"  {reason.condition}: {has}"))


def _print(results: Movies, tags: Sequence[str], by: By | None) -> None:
    print_near(results.near)
    console().print(movie_table(results.movies, tags, by))
    print_pages(results, len(results.movies), "Movies", results.total)
    print_left_out(results.left_out)
    warn_unreadable(results.unreadable)
