"""Why a movie is, or is not, in the answer to a query."""

from __future__ import annotations

import msgspec

from movietag.search.lift import Lifts
from movietag.search.query import Node
from movietag.search.reader import Reader
from movietag.search.results import Movie, Reason


class Explanation(msgspec.Struct, frozen=True):
    """Whether a movie fits, and the conditions that decide: those that hold, or those it lacks."""

    movie_id: str
    title: str
    year: int | None
    fits: bool
    why: tuple[Reason, ...]


async def explain(reader: Reader, query: Node, movie: Movie, lifts: Lifts | None) -> Explanation:
    """Hold a movie against a query.

    Words of a title are compared as ``movietag.vocabulary.words`` cuts them, captions by the server.

    Raises:
        TransientError: the server is away, or has no index of this vocabulary.
        UsageError: as ``Reader.asked``.
    """
    asked = await reader.asked(query, "movies", among=[movie.movie_id])
    explained = asked.explained(movie, lifts)
    why = () if isinstance(explained.why, msgspec.UnsetType) else explained.why
    fits = asked.meaning.holds(asked.where, movie)
    return Explanation(movie.movie_id, movie.title, movie.year, fits, why)
