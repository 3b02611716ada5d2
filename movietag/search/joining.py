"""A search while it is prepared: other indices answer its conditions on captions (of frames) and titles (of movies)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from movietag.documents import FRAMES, MOVIES, Json
from movietag.errors import UsageError
from movietag.search import queries
from movietag.search.indices import Indices
from movietag.search.query import EVERYTHING, render
from movietag.search.query.elastic import (
    EVERY,
    Target,
    in_other_index,
)
from movietag.search.query.evaluator import Joined
from movietag.search.query.nodes import Leaf, leaves
from movietag.search.query.normal_form import NormalQuery
from movietag.search.query.titles import either_clause
from movietag.search.ranking import RankedMovies

MOST_JOINED: Final = 50_000  # movies per joined condition; a search takes 65,536 terms
MOST_MATCHING: Final = 2_000  # candidate movies of a search by meaning, listed by id
MOST_NARROWED: Final = (
    500  # candidate movies of a search by words; above it, searching all is as fast
)

Candidates = Collection[str] | None


@dataclass(frozen=True, slots=True)
class Search:
    """A search for movies or frames, with what other indices have answered so far.

    Every method that queries raises:
        TransientError: see ``Indices``.

    Attributes:
        indices: where to search.
        query: what to search for.
        target: the documents to search; ``joined`` has the answers of other indices.
        candidates: the movies to search in; None: all.
        snapshot: the snapshot of `frames` that an `about:` searches; empty: none.
    """

    indices: Indices
    query: NormalQuery
    target: Target
    candidates: Candidates = None
    snapshot: str = ""

    async def narrowed(self) -> Search:
        """The search restricted to the movies that match apart from their captions, unless there are many.

        Captions are then searched only in these movies: a common word occurs in captions of most movies.
        """
        certain = self.query.without_about()
        rest = certain.without_texts()
        if self.target.kind == "frames" or self.candidates is not None or rest == certain:
            return self
        return replace(self, candidates=await self._matching_ids(rest, MOST_NARROWED))

    async def resolved(self) -> Search:
        """The search with the answer to each condition that another index answers.

        Raises:
            UsageError: a condition matches too many movies.
        """
        pending = [
            leaf
            for leaf in dict.fromkeys(leaves(self.query.node))
            if in_other_index(leaf, self.target.kind)
        ]
        answers = await asyncio.gather(*(self._holding(leaf) for leaf in pending))
        return self.with_joined(dict(zip(pending, answers, strict=True)))

    def with_joined(self, joined: Joined) -> Search:
        """The search with further answers of other indices."""
        return replace(self, target=replace(self.target, joined={**self.target.joined, **joined}))

    async def rank_by_text(self) -> RankedMovies:
        """The movies of the best-matching captions, each with the score of its best caption.

        Raises:
            UsageError: there are no words to match.
        """
        if not self.query.texts:
            raise UsageError("Ranking by text needs words: the query has no text:WORDS.")
        either = either_clause([self.target.caption_clause(text) for text in self.query.texts])
        body = queries.best_frames(restrict(either, self.candidates))
        answer = await self.indices.search(FRAMES, body)
        best: dict[str, float] = {}
        for hit in answer["hits"]["hits"]:  # the best first
            best.setdefault(hit["fields"]["movie_id"][0], hit["_score"])
        return RankedMovies(best)

    async def frames_clause(self, more: Collection[str] = ()) -> Json:
        """The frames in which an `about:` is searched: those that match the rest of the query.

        Of a search for movies, the frames of the movies that match it, and of ``more``.
        """
        rest = self.query.without_about()
        if self.target.kind == "frames":
            return self.target.clause(rest.node)
        ids = await self._matching_ids(rest, MOST_MATCHING)
        return EVERY if ids is None else restrict(EVERY, {*ids, *more})

    async def _matching_ids(self, query: NormalQuery, most: int) -> Candidates:
        """The ids of all movies that match a query; None if there are more than ``most``, or all match."""
        if query.node == EVERYTHING:
            return None
        ids = await self._movie_ids(MOVIES, self.target.clause(query.node), most)
        return ids if len(ids) <= most else None

    async def _holding(self, leaf: Leaf) -> frozenset[str]:
        """The ids of the movies that match a condition of the other index."""
        kind = self.target.kind
        alias = FRAMES if kind == "movies" else MOVIES
        clause = restrict(self.target.other_index_clause(leaf), self.candidates)
        ids = await self._movie_ids(alias, clause, MOST_JOINED)
        if len(ids) > MOST_JOINED:
            raise UsageError(
                f"{render(leaf)} matches more than {MOST_JOINED} movies: use rarer words."
            )
        return ids

    async def _movie_ids(self, alias: str, clause: Json, most: int) -> frozenset[str]:
        """The ids of up to ``most`` + 1 movies with a matching document."""
        body = queries.movie_ids(clause, most + 1)
        answer = await self.indices.search(alias, body, only="aggregations.movies.buckets.key")
        aggregations = answer.get("aggregations")  # absent without a match
        buckets = aggregations["movies"]["buckets"] if aggregations else ()
        return frozenset(bucket["key"] for bucket in buckets)


def restrict(clause: Json, candidates: Candidates) -> Json:
    """The clause, restricted to the candidate movies."""
    if candidates is None:
        return clause
    return {"bool": {"must": [clause], "filter": [{"terms": {"movie_id": list(candidates)}}]}}
