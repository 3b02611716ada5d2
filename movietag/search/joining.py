"""Joins: conditions that only another index can answer (captions belong to frames, titles to movies)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from movietag.documents import FRAMES, MOVIES, Json
from movietag.errors import UsageError
from movietag.search import queries
from movietag.search.indices import Indices
from movietag.search.query import EVERYTHING, Node, render
from movietag.search.query.elastic import Target, in_other_index, other_index_clause, phrase_clause
from movietag.search.query.evaluator import Joined
from movietag.search.query.fields import Kind
from movietag.search.query.nodes import Leaf, Text, leaves
from movietag.search.query.normal_form import without_about, without_texts
from movietag.search.ranking import RankedMovies

MOST_JOINED: Final = 50_000  # movies per joined condition; a search takes 65,536 terms
MOST_MATCHING: Final = 2_000  # candidate movies of a search by meaning, listed by id
MOST_NARROWED: Final = (
    500  # candidate movies of a search by words; above it, searching all is as fast
)

Candidates = Collection[str] | None


async def narrow(indices: Indices, where: Node, target: Target) -> Candidates:
    """The ids of all movies that match apart from their captions; None if there are many.

    Captions are then searched only in these movies: a common word occurs in captions of most movies.

    Raises:
        TransientError: see ``Indices``.
    """
    certain = without_about(where)
    rest = without_texts(certain)
    if rest == certain:
        return None
    return await matching_ids(indices, rest, target, MOST_NARROWED)


async def matching_ids(
    indices: Indices, where: Node, target: Target, most: int = MOST_MATCHING
) -> Candidates:
    """The ids of all matching movies; None if there are more than ``most``, or all match.

    Raises:
        TransientError: see ``Indices``.
    """
    if where == EVERYTHING:
        return None
    ids = await _movie_ids(indices, MOVIES, target.clause(where), most)
    return ids if len(ids) <= most else None


async def resolve_joined(
    indices: Indices, where: Node, kind: Kind, candidates: Candidates = None
) -> Joined:
    """Each such condition -> the ids of the movies that match it (only ``candidates``, if any).

    Raises:
        TransientError: see ``Indices``.
        UsageError: a condition matches too many movies.
    """
    pending = [leaf for leaf in dict.fromkeys(leaves(where)) if in_other_index(leaf, kind)]
    answers = [_holding(indices, leaf, kind, candidates) for leaf in pending]
    return dict(zip(pending, await asyncio.gather(*answers), strict=True))


async def _holding(
    indices: Indices, leaf: Leaf, kind: Kind, candidates: Candidates
) -> frozenset[str]:
    alias = FRAMES if kind == "movies" else MOVIES
    ids = await _movie_ids(
        indices, alias, restrict(other_index_clause(leaf, kind), candidates), MOST_JOINED
    )
    if len(ids) > MOST_JOINED:
        raise UsageError(f"{render(leaf)} matches more than {MOST_JOINED} movies: use rarer words.")
    return ids


async def rank_by_text(
    indices: Indices, texts: tuple[Text, ...], candidates: Candidates
) -> RankedMovies:
    """The movies of the best-matching captions, each with the score of its best caption.

    Raises:
        TransientError: see ``Indices``.
        UsageError: there are no words to match.
    """
    if not texts:
        raise UsageError("Ranking by text needs words: the query has no text:WORDS.")
    either = {
        "bool": {
            "should": [phrase_clause("caption", text) for text in texts],
            "minimum_should_match": 1,
        }
    }
    answer = await indices.search(FRAMES, queries.best_frames(restrict(either, candidates)))
    best: dict[str, float] = {}
    for hit in answer["hits"]["hits"]:  # the best first
        best.setdefault(hit["fields"]["movie_id"][0], hit["_score"])
    return RankedMovies(best)


def restrict(clause: Json, candidates: Candidates) -> Json:
    """The clause, restricted to the candidate movies."""
    if candidates is None:
        return clause
    return {"bool": {"must": [clause], "filter": [{"terms": {"movie_id": list(candidates)}}]}}


async def _movie_ids(indices: Indices, alias: str, clause: Json, most: int) -> frozenset[str]:
    """The ids of up to ``most`` + 1 movies with a matching document."""
    body = queries.movie_ids(clause, most + 1)
    answer = await indices.search(alias, body, only="aggregations.movies.buckets.key")
    aggregations = answer.get("aggregations")  # absent without a match
    return (
        frozenset(bucket["key"] for bucket in aggregations["movies"]["buckets"])
        if aggregations
        else frozenset()
    )
