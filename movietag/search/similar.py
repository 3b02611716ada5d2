"""Similar movies: compared by what sets them apart, so tags that all movies have do not decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Final

import msgspec

from movietag.documents import MOVIES, Json, MovieBody
from movietag.search.converting import lifted, movie_from
from movietag.search.hits import FoundDocument, document
from movietag.search.indices import decode_hit
from movietag.search.lift import Lifts
from movietag.search.query.elastic import sparse_clause
from movietag.search.reader import Reader
from movietag.search.results import Movie
from movietag.vocabulary import field_name

CANDIDATES: Final = 100
LEAST_LIKENESS: Final = 0.15
"""Below it movies are not alike: of drawn films that share no main tag 95 % and more are (`benchmarks.likeness`)."""
MOST_SHARED: Final = 5
MOST_WEIGHT: Final = 64  # of a feature in Lucene

Weighted = Mapping[str, float]


class Alike(msgspec.Struct, frozen=True):
    """A similar movie: the cosine of both, and the shared tags that contribute most."""

    movie: Movie
    likeness: float
    shared: tuple[str, ...]


class AlikeMovies(msgspec.Struct, frozen=True):
    """The most similar movies."""

    movie_id: str
    alike: tuple[Alike, ...]


async def similar(reader: Reader, movie: Movie, lifts: Lifts, limit: int = 10) -> AlikeMovies:
    """The movies most similar to one, of the same tagger (two taggers' ratios cannot be compared).

    The server returns the ``CANDIDATES`` nearest; these are ordered by the cosine of their weighted ratios, and
    those below ``LEAST_LIKENESS`` are left out.

    Raises:
        TransientError: the server is unreachable, or has no index of this vocabulary.
    """
    ours = weighted({tag: count.ratio for tag, count in movie.tags.items()}, lifts)
    if not ours:
        return AlikeMovies(movie.movie_id, ())
    answer = await reader.indices.search(MOVIES, _candidates(reader, movie, ours, lifts))
    near: list[tuple[float, str, Weighted]] = []
    for hit in answer["hits"]["hits"]:
        theirs = weighted(_ratios(reader, _vector(hit)), lifts)
        near.append((weighted_cosine(ours, theirs), hit["_id"], theirs))
    alike_enough = (one for one in near if one[0] >= LEAST_LIKENESS)
    near = sorted(alike_enough, key=lambda one: (-one[0], one[1]))[:limit]
    movies = await _movies(reader, [doc_id for _, doc_id, _ in near], lifts)
    alike = (
        Alike(movies[doc_id], round(likeness, 4), shared(ours, theirs))
        for likeness, doc_id, theirs in near
        if doc_id in movies  # it may have been deleted meanwhile
    )
    return AlikeMovies(movie.movie_id, tuple(alike))


def weighted(ratios: Mapping[str, float], lifts: Lifts) -> Weighted:
    """Each tag's ratio, weighted by how rare the tag is."""
    return {tag: ratio * lifts.weight(tag) for tag, ratio in ratios.items() if ratio}


def weighted_cosine(ours: Weighted, theirs: Weighted) -> float:
    """The cosine of the angle between two movies: 1 where all ratios are in proportion."""
    together = sum(ours[tag] * theirs[tag] for tag in ours.keys() & theirs.keys())
    lengths = sqrt(sum(x * x for x in ours.values()) * sum(x * x for x in theirs.values()))
    return together / lengths if lengths else 0.0


def shared(ours: Weighted, theirs: Weighted) -> tuple[str, ...]:
    """The tags that both have, by falling contribution to the cosine."""
    both = ours.keys() & theirs.keys()
    return tuple(sorted(both, key=lambda tag: (-ours[tag] * theirs[tag], tag))[:MOST_SHARED])


def _candidates(reader: Reader, movie: Movie, ours: Weighted, lifts: Lifts) -> Json:
    """The nearest by dot product; our vector carries both weights, as stored ratios have none."""
    wanted = {tag: value * lifts.weight(tag) for tag, value in ours.items()}
    others: Json = {
        "filter": [{"term": {"tagger": movie.tagger}}],
        "must_not": [{"term": {"movie_id": movie.movie_id}}],
    }
    body: Json = {"size": CANDIDATES, "track_total_hits": False}
    if reader.flat:
        most = max(wanted.values())
        near = sparse_clause({tag: MOST_WEIGHT * value / most for tag, value in wanted.items()})
        return {**body, "query": {"bool": {**others, "must": [near]}}}
    vector = [wanted.get(tag, 0.0) for tag in reader.vocabulary.tags]
    knn = {"field": "tag_vector", "query_vector": vector, "k": CANDIDATES}
    body |= {
        "_source": False,
        "docvalue_fields": ["tag_vector"],
    }  # a tenth of the size of the documents
    return {**body, "knn": {**knn, "num_candidates": 2 * CANDIDATES, "filter": {"bool": others}}}


def _ratios(reader: Reader, vector: Sequence[float] | Mapping[str, float]) -> dict[str, float]:
    """The ratios of a stored vector, by tag."""
    tags = reader.vocabulary.tags
    if isinstance(vector, Mapping):
        return {tag: vector.get(field_name(tag), 0.0) for tag in tags}
    return dict(zip(tags, vector, strict=True))


def _vector(hit: FoundDocument) -> Sequence[float] | Mapping[str, float]:
    """The stored vector of a hit; a sparse one is only in the document."""
    vector: Sequence[float] | Mapping[str, float]
    vector = document(hit)["tag_vector"] if "_source" in hit else hit["fields"]["tag_vector"][0]
    return vector


async def _movies(reader: Reader, doc_ids: Sequence[str], lifts: Lifts) -> dict[str, Movie]:
    """The movies of documents, by their ids."""
    if not doc_ids:
        return {}
    body = {"query": {"ids": {"values": doc_ids}}, "size": len(doc_ids), "track_total_hits": False}
    hits = (await reader.indices.search(MOVIES, body))["hits"]["hits"]
    return {
        hit["_id"]: lifted(movie_from(decoded), lifts)
        for hit in hits
        if (decoded := decode_hit(hit, MovieBody)) is not None
    }
