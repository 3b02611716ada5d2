"""Conditions that another index answers: captions are of frames, words of titles are of movies."""

from __future__ import annotations

import asyncio

from movietag.documents import FRAMES, MOVIES
from movietag.errors import UsageError
from movietag.search import queries
from movietag.search.indices import Indices
from movietag.search.query import Node, render
from movietag.search.query.elastic import elsewhere, says, there
from movietag.search.query.fields import Kind
from movietag.search.query.meaning import Joined
from movietag.search.query.nodes import Leaf, Text, leaves
from movietag.search.ranking import Scored


async def joined(indices: Indices, where: Node, kind: Kind) -> Joined:
    """By such a condition: the ids of the movies of which it holds.

    Raises:
        TransientError: as ``Indices``.
        UsageError: one holds of too many movies.
    """
    asked = [leaf for leaf in dict.fromkeys(leaves(where)) if elsewhere(leaf, kind)]
    answers = [_movie_ids(indices, leaf, kind) for leaf in asked]
    return dict(zip(asked, await asyncio.gather(*answers), strict=True))


async def _movie_ids(indices: Indices, leaf: Leaf, kind: Kind) -> frozenset[str]:
    alias = FRAMES if kind == "movies" else MOVIES
    answer = await indices.answer(alias, queries.movie_ids(there(leaf, kind)))
    found = answer["aggregations"]["movies"]["buckets"]
    if len(found) > queries.MOST_JOINED:
        most = f"{queries.MOST_JOINED} movies"
        raise UsageError(f"{render(leaf)} fits more than {most}: ask for rarer words.")
    return frozenset(bucket["key"] for bucket in found)


async def scored(indices: Indices, texts: tuple[Text, ...]) -> Scored:
    """The best movies by how well one of their captions fits.

    Raises:
        TransientError: as ``Indices``.
        UsageError: there are no words to fit.
    """
    if not texts:
        raise UsageError("There is nothing to rank by text: the query has no text:WORDS.")
    should = [says("caption", text) for text in texts]
    answer = await indices.answer(FRAMES, queries.best_movies({"bool": {"should": should}}))
    hits = answer["hits"]["hits"]
    return Scored({hit["_source"]["movie_id"]: hit["_score"] for hit in hits})
