"""Prepares a query: resolves the conditions that other indices answer before the search itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import msgspec

from movietag.documents import Json
from movietag.search.about import AboutHits, MeaningSearch
from movietag.search.converting import lifted, match_reason
from movietag.search.joining import Search
from movietag.search.lift import Lifts
from movietag.search.paging import PageRequest
from movietag.search.query import Node
from movietag.search.query.evaluator import Evaluator
from movietag.search.query.nodes import About
from movietag.search.query.normal_form import NormalQuery
from movietag.search.ranking import RankedMovies
from movietag.search.results import Movie, Reason
from movietag.search.uncounted import Uncounted


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """A query with all that other indices answer: as a clause for Elasticsearch, and as an evaluator.

    ``uncounted``: the movies without images that its negative conditions leave out, if it has such conditions.
    ``about``: the hits of its `about:`; ``best``: the movies whose captions match its `text:` best, if requested.
    """

    query: NormalQuery
    clause: Json
    evaluator: Evaluator
    uncounted: Uncounted | None = None
    about: AboutHits | None = None
    best: RankedMovies = field(default_factory=RankedMovies)

    def explained(self, movie: Movie, lifts: Lifts | None) -> Movie:
        """The movie with its lifts, if given, and the conditions that decide whether it matches."""
        decisive = self.evaluator.decisive(self.query.node, movie)
        why = tuple(self._reason(condition, movie, lifts) for condition in decisive)
        return msgspec.structs.replace(lifted(movie, lifts) if lifts else movie, why=why)

    def _reason(self, condition: Node, movie: Movie, lifts: Lifts | None) -> Reason:
        reason = match_reason(condition, movie, lifts)
        if not isinstance(condition, About) or self.about is None:
            return reason
        evidence = self.about.evidence.get(movie.movie_id, msgspec.UNSET)
        return msgspec.structs.replace(reason, about=evidence)


@dataclass(frozen=True, slots=True)
class RankedQuery:
    """A search for movies in its order, as the server gets it: the query, and the page.

    ``exact``: what the movies of the response must hold, if it may have a few more than match (see ``Target.flat``).
    """

    prepared: PreparedQuery
    query: Json
    page: PageRequest
    exact: Node | None

    def keeps(self, movie: Movie) -> bool:
        """Whether a movie of the response matches."""
        return self.exact is None or self.prepared.evaluator.holds(self.exact, movie)


async def prepare_query(
    search: Search, meaning_search: MeaningSearch, *, by_text: bool
) -> PreparedQuery:
    """Prepare a search of which nothing is resolved yet; ``by_text``: fill ``best``.

    Raises:
        TransientError: see ``Indices``.
        UsageError: a condition matches too many movies, or the `about:` cannot be searched.
        SnapshotLostError: the search's snapshot is gone.
    """
    about, explained = search.query.about, search.candidates or ()
    search = await search.narrowed()
    texts = search.rank_by_text() if by_text else _nothing()
    search, best = await asyncio.gather(search.resolved(), texts)
    hits: AboutHits | None = None
    if about:
        hits = await meaning_search.find(about, search, await search.frames_clause(explained))
        search = search.with_joined({about: hits.scores})
    target = search.target
    evaluator = Evaluator(target.cut, target.joined)
    clause = target.clause(search.query.node)
    uncounted = Uncounted.of(search.query, target)
    return PreparedQuery(search.query, clause, evaluator, uncounted, hits, best)


async def _nothing() -> RankedMovies:
    return RankedMovies()
