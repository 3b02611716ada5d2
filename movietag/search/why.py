"""Explains why a movie matches a query, or does not."""

from __future__ import annotations

import msgspec

from movietag.search.lift import Lifts
from movietag.search.query import Node
from movietag.search.query.normal_form import NormalQuery
from movietag.search.reader import Reader
from movietag.search.results import Movie, QueryReading, Reason


class Explanation(msgspec.Struct, frozen=True):
    """Whether a movie matches, and the decisive conditions: those that hold, or those that do not.

    ``read`` as in ``Movies``.
    """

    movie_id: str
    title: str
    year: int | None
    fits: bool
    why: tuple[Reason, ...]
    read: QueryReading | msgspec.UnsetType = msgspec.UNSET


async def explain(reader: Reader, query: Node, movie: Movie, lifts: Lifts | None) -> Explanation:
    """Evaluate a query for one movie.

    Titles are compared by ``movietag.rules.spelling``, as the search compares them; captions by the server. Near
    titles count where they do in a search.

    Raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
        UsageError: see ``Reader.prepare``.
    """
    if any(NormalQuery.of(query).titles):
        query = await reader.forgiven(query, "movies")
    prepared = await reader.prepare(NormalQuery.of(query), "movies", candidates=[movie.movie_id])
    explained = prepared.explained(movie, lifts)
    why = () if isinstance(explained.why, msgspec.UnsetType) else explained.why
    fits = prepared.evaluator.holds(prepared.query.node, movie)
    return Explanation(movie.movie_id, movie.title, movie.year, fits, why)
