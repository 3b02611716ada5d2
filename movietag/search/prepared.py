"""A query made ready to be searched: what other indices know of its conditions is asked first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import msgspec

from movietag.search.about import Abouts, Ranked
from movietag.search.indices import Cursor, Indices
from movietag.search.joining import Among, fitting, joined, narrowed, scored, within
from movietag.search.lift import Lifts
from movietag.search.queries import Json
from movietag.search.query import Node
from movietag.search.query.elastic import EVERY, Target
from movietag.search.query.meaning import Meaning, asked_about, pushed, without_about
from movietag.search.query.nodes import About
from movietag.search.ranking import RankedMovies, asked_texts
from movietag.search.results import Movie, Reason, lifted, reason_of


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """A query made ready: ``pushed``, as a clause for Elasticsearch, and as what it means.

    ``among``: the movies that it was made ready for; None: all. ``about``: what its `about:` found; ``best``:
    the movies whose captions fit its `text:` best, where these are asked for.
    """

    where: Node
    clause: Json
    meaning: Meaning
    among: Among
    about: Ranked | None = None
    best: RankedMovies = field(default_factory=RankedMovies)

    def explained(self, movie: Movie, lifts: Lifts | None) -> Movie:
        """The movie with its lifts, where there are some, and the conditions that decide about it."""
        decisive = self.meaning.decisive(self.where, movie)
        why = tuple(self._reason(condition, movie, lifts) for condition in decisive)
        return msgspec.structs.replace(lifted(movie, lifts) if lifts else movie, why=why)

    def _reason(self, condition: Node, movie: Movie, lifts: Lifts | None) -> Reason:
        reason = reason_of(condition, movie, lifts)
        if not isinstance(condition, About) or self.about is None:
            return reason
        evidence = self.about.evidence.get(movie.movie_id, msgspec.UNSET)
        return msgspec.structs.replace(reason, about=evidence)


async def prepare_query(
    indices: Indices,
    abouts: Abouts,
    query: Node,
    target: Target,
    among: Among,
    place: Cursor | None,
    by_text: bool,
) -> PreparedQuery:
    """A query made ready for a target that knows nothing of other indices yet; ``by_text``: with its ``best``.

    Raises:
        TransientError: as ``Indices``.
        UsageError: it asks for words that too many movies have, or for a meaning that cannot be searched.
        GoneError: the place's snapshot is not kept any longer.
    """
    where, kind = pushed(query), target.kind
    about = asked_about(where)
    judged = among or ()
    if kind == "movies" and among is None:
        among = await narrowed(indices, where, target)
    texts = scored(indices, asked_texts(where), among) if by_text else _nothing()
    known, best = await asyncio.gather(joined(indices, where, kind, among), texts)
    target = replace(target, joined=known)
    found: Ranked | None = None
    if about:
        rest = without_about(where)
        frames = target.clause(rest)
        if kind == "movies":
            fit = await fitting(indices, rest, target)
            frames = EVERY if fit is None else within(EVERY, {*fit, *judged})
        found = await abouts.find(about, kind, frames, place)
        target = replace(target, joined={**known, about: found.scores})
    return PreparedQuery(
        where, target.clause(where), Meaning(target.cut, target.joined), among, found, best
    )


async def _nothing() -> RankedMovies:
    return RankedMovies()
