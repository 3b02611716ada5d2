"""Conditions that another index answers: captions are of frames, words of titles are of movies."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from movietag.documents import FRAMES, MOVIES
from movietag.errors import UsageError
from movietag.search import queries
from movietag.search.indices import Indices
from movietag.search.queries import Json
from movietag.search.query import EVERYTHING, Node, render
from movietag.search.query.elastic import Target, elsewhere, phrase_clause, there
from movietag.search.query.fields import Kind
from movietag.search.query.meaning import Joined, without_about, without_texts
from movietag.search.query.nodes import Leaf, Text, leaves
from movietag.search.ranking import RankedMovies

MOST_JOINED: Final = 50_000  # movies with certain words; a search takes 65,536 terms
MOST_AMONG: Final = 2_000  # movies among which a meaning is looked for, named one by one
MOST_NARROWED: Final = 500  # among which words are: these are found soon among all, too

Among = Collection[str] | None


async def narrowed(indices: Indices, where: Node, target: Target) -> Among:
    """The ids of all movies that can fit whatever their captions say; None where these are many.

    A caption is looked for among them only: a common word stands in the captions of most movies.

    Raises:
        TransientError: as ``Indices``.
    """
    certain = without_about(where)
    rest = without_texts(certain)
    if rest == certain:
        return None
    return await fitting(indices, rest, target, MOST_NARROWED)


async def fitting(indices: Indices, where: Node, target: Target, most: int = MOST_AMONG) -> Among:
    """The ids of all movies that fit; None where these are many, or all.

    Raises:
        TransientError: as ``Indices``.
    """
    if where == EVERYTHING:
        return None
    found = await _movie_ids(indices, MOVIES, target.clause(where), most)
    return found if len(found) <= most else None


async def joined(indices: Indices, where: Node, kind: Kind, among: Among = None) -> Joined:
    """By such a condition: the ids of the movies (``among`` some) of which it holds.

    Raises:
        TransientError: as ``Indices``.
        UsageError: one holds of too many movies.
    """
    asked = [leaf for leaf in dict.fromkeys(leaves(where)) if elsewhere(leaf, kind)]
    answers = [_holding(indices, leaf, kind, among) for leaf in asked]
    return dict(zip(asked, await asyncio.gather(*answers), strict=True))


async def _holding(indices: Indices, leaf: Leaf, kind: Kind, among: Among) -> frozenset[str]:
    alias = FRAMES if kind == "movies" else MOVIES
    found = await _movie_ids(indices, alias, within(there(leaf, kind), among), MOST_JOINED)
    if len(found) > MOST_JOINED:
        raise UsageError(
            f"{render(leaf)} fits more than {MOST_JOINED} movies: ask for rarer words."
        )
    return found


async def scored(indices: Indices, texts: tuple[Text, ...], among: Among) -> RankedMovies:
    """The movies of the best captions, by how well the best of a movie fits.

    Raises:
        TransientError: as ``Indices``.
        UsageError: there are no words to fit.
    """
    if not texts:
        raise UsageError("There is nothing to rank by text: the query has no text:WORDS.")
    either = {
        "bool": {
            "should": [phrase_clause("caption", text) for text in texts],
            "minimum_should_match": 1,
        }
    }
    answer = await indices.answer(FRAMES, queries.best_frames(within(either, among)))
    best: dict[str, float] = {}
    for hit in answer["hits"]["hits"]:  # the best first
        best.setdefault(hit["fields"]["movie_id"][0], hit["_score"])
    return RankedMovies(best)


def within(clause: Json, among: Among) -> Json:
    """The clause, of frames of some movies only."""
    if among is None:
        return clause
    return {"bool": {"must": [clause], "filter": [{"terms": {"movie_id": list(among)}}]}}


async def _movie_ids(indices: Indices, alias: str, clause: Json, most: int) -> frozenset[str]:
    """The ids of all movies of which a document fits, of more than ``most`` one more."""
    body = queries.movie_ids(clause, most + 1)
    answer = await indices.answer(alias, body, only="aggregations.movies.buckets.key")
    found = answer.get("aggregations")  # left out where there is none
    return (
        frozenset(bucket["key"] for bucket in found["movies"]["buckets"]) if found else frozenset()
    )
