"""Prepares a query: resolves the conditions that other indices answer before the search itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import msgspec

from movietag.documents import Json
from movietag.search.about import AboutHits, MeaningSearch
from movietag.search.converting import lifted, match_reason
from movietag.search.indices import Cursor, Indices
from movietag.search.joining import (
    Candidates,
    matching_ids,
    narrow,
    rank_by_text,
    resolve_joined,
    restrict,
)
from movietag.search.lift import Lifts
from movietag.search.query import Node
from movietag.search.query.elastic import EVERY, Target
from movietag.search.query.evaluator import Evaluator
from movietag.search.query.nodes import About
from movietag.search.query.normal_form import about_of, to_nnf, without_about
from movietag.search.ranking import RankedMovies, positive_texts
from movietag.search.results import Movie, Reason


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """A prepared query: in negation normal form, as a clause for Elasticsearch, and as an evaluator.

    ``candidates``: the movies that it searches; None: all. ``about``: the hits of its `about:`; ``best``: the movies
    whose captions match its `text:` best, if requested.

    """

    where: Node
    clause: Json
    evaluator: Evaluator
    candidates: Candidates
    about: AboutHits | None = None
    best: RankedMovies = field(default_factory=RankedMovies)

    def explained(self, movie: Movie, lifts: Lifts | None) -> Movie:
        """The movie with its lifts, if given, and the conditions that decide whether it matches."""
        decisive = self.evaluator.decisive(self.where, movie)
        why = tuple(self._reason(condition, movie, lifts) for condition in decisive)
        return msgspec.structs.replace(lifted(movie, lifts) if lifts else movie, why=why)

    def _reason(self, condition: Node, movie: Movie, lifts: Lifts | None) -> Reason:
        reason = match_reason(condition, movie, lifts)
        if not isinstance(condition, About) or self.about is None:
            return reason
        evidence = self.about.evidence.get(movie.movie_id, msgspec.UNSET)
        return msgspec.structs.replace(reason, about=evidence)


async def prepare_query(
    indices: Indices,
    meaning_search: MeaningSearch,
    query: Node,
    target: Target,
    candidates: Candidates,
    cursor: Cursor | None,
    by_text: bool,
) -> PreparedQuery:
    """Prepare a query for a target whose ``joined`` is still empty; ``by_text``: fill ``best``.

    Raises:
        TransientError: see ``Indices``.
        UsageError: a condition matches too many movies, or the `about:` cannot be searched.
        SnapshotExpiredError: the cursor's snapshot has expired.
    """
    where, kind = to_nnf(query), target.kind
    about = about_of(where)
    explained = candidates or ()
    if kind == "movies" and candidates is None:
        candidates = await narrow(indices, where, target)
    texts = rank_by_text(indices, positive_texts(where), candidates) if by_text else _nothing()
    known, best = await asyncio.gather(resolve_joined(indices, where, kind, candidates), texts)
    target = replace(target, joined=known)
    hits: AboutHits | None = None
    if about:
        rest = without_about(where)
        frames = target.clause(rest)
        if kind == "movies":
            fit = await matching_ids(indices, rest, target)
            frames = EVERY if fit is None else restrict(EVERY, {*fit, *explained})
        hits = await meaning_search.find(about, kind, frames, cursor)
        target = replace(target, joined={**known, about: hits.scores})
    return PreparedQuery(
        where, target.clause(where), Evaluator(target.cut, target.joined), candidates, hits, best
    )


async def _nothing() -> RankedMovies:
    return RankedMovies()
