"""Titles in a library, what people type for them, and whether the movie is found.

All titles of the table are put into a real Elasticsearch of its own; ``(1999)`` behind a title is the movie's year. Each
query is asked as a `title:` condition. ``expected``: ``found``, ``not found`` or ``debatable``. A row is right if the
movie is among the results or not, as expected, and if the reason given (`--why`) and the suggestions agree. A near title
(one that is named as such, for want of an exact one) counts as found where ``kind`` begins with ``slip``, and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import UnsetType

from benchmarks.cases import Outcome, TableError
from benchmarks.cases.own_search import body_of, library_of, own_elasticsearch
from movietag.errors import UsageError
from movietag.search.autocomplete import suggest
from movietag.search.converting import movie_from
from movietag.search.query.fields import title_condition
from movietag.search.ranking import MovieSearch
from movietag.search.reader import Reader
from movietag.search.results import Movie
from movietag.search.why import explain
from movietag.settings import Settings

COLUMNS: Final = ("title in the library", "query as typed", "expected", "kind")
EXPECTED: Final = ("found", "not found", "debatable")
MOST: Final = 1000  # movies of an answer
AT_ONCE: Final = 8  # rows


def judge(rows: Sequence[Mapping[str, str]]) -> list[Outcome]:
    """Search for every row in an Elasticsearch of its own.

    Raises:
        TableError: a row expects something else than ``EXPECTED``; or no ports are free.
    """
    with own_elasticsearch() as settings:
        return asyncio.run(judge_in(settings, rows))


async def judge_in(settings: Settings, rows: Sequence[Mapping[str, str]]) -> list[Outcome]:
    """Search for every row in the Elasticsearch of these settings; raises like ``judge``."""
    for row in rows:
        if row["expected"] not in EXPECTED:
            raise TableError(f"{row['expected']!r} is not one of {', '.join(EXPECTED)}.")
    async with library_of(settings, [row[COLUMNS[0]] for row in rows]) as reader:
        turn = asyncio.Semaphore(AT_ONCE)

        async def outcome(row: Mapping[str, str]) -> Outcome:
            async with turn:
                return await _outcome(reader, row)

        return await asyncio.gather(*map(outcome, rows))


async def _outcome(reader: Reader, row: Mapping[str, str]) -> Outcome:
    movie = movie_from(body_of(row[COLUMNS[0]], reader.vocabulary))
    counted = row["expected"] != "debatable"
    try:
        title_condition(row[COLUMNS[1]])
    except UsageError as error:
        return Outcome(row["expected"] == "not found", str(error), counted)
    found, near, disagreeing = await _ask(reader, row[COLUMNS[1]], movie)
    fits = found and (not near or row["kind"].startswith("slip"))
    came = "found" if found else "not found"
    if near:
        came += ", among near titles"
    if disagreeing:
        came += f", but {disagreeing}"
    return Outcome(fits == (row["expected"] == "found") and not disagreeing, came, counted)


async def _ask(reader: Reader, typed: str, movie: Movie) -> tuple[bool, bool, str]:
    """Whether a movie is found, whether as a near title, and what contradicts that."""
    where = title_condition(typed)
    answer = await reader.movies(MovieSearch(where, "title", MOST))
    found = movie.movie_id in {one.movie_id for one in answer.movies}
    near = not isinstance(answer.near, UnsetType)
    explanation = await explain(reader, where, movie, None)
    if explanation.fits != found:
        return found, near, f"why says that it {'fits' if explanation.fits else 'does not fit'}"
    suggestions = (await suggest(reader, typed, MOST)).suggestions
    if found != (
        f"movie:{movie.movie_id}" in {one.condition.replace('"', "") for one in suggestions}
    ):
        return found, near, f"it is {'not ' if found else ''}suggested"
    return found, near, ""


def figures(rows: Sequence[Mapping[str, str]], outcomes: Sequence[Outcome]) -> dict[str, object]:
    """How many are found as near titles only, and where why or the suggestions contradict the result."""
    return {
        "near": sum("near" in outcome.came for outcome in outcomes),
        "contradicted": sum(", but " in outcome.came for outcome in outcomes),
    }
