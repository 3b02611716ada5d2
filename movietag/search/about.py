"""`about:`: the frames whose captions match by meaning or by words, in one ranked list."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from movietag.documents import FRAMES, Json
from movietag.embedding.embedder import Embedder, needed
from movietag.embedding.vectors import vector_numbers
from movietag.errors import UsageError
from movietag.search.fusion import fuse
from movietag.search.index.vectors import field_of
from movietag.search.joining import Search
from movietag.search.query.elastic import EVERY
from movietag.search.query.fields import Kind
from movietag.search.query.nodes import About
from movietag.search.results import Evidence

LIST_SIZES: Final[Mapping[Kind, int]] = {"frames": 100, "movies": 300}
"""Frames in each of the two lists; a movie often has several."""
CANDIDATES: Final = 2  # candidates that the HNSW graph visits per requested hit

Hit = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AboutHits:
    """The hits, best first: ids of frame documents or of movies, with scores and evidence."""

    scores: Mapping[str, float]
    evidence: Mapping[str, Evidence]


class MeaningSearch:
    """Searches by meaning and by words.

    Args:
        embedder: computes the vectors of queries; None: every search is refused.
        floor: the minimum cosine similarity of a hit by meaning.
    """

    def __init__(self, embedder: Embedder | None, floor: float) -> None:
        self._embedder, self._floor = embedder, floor

    @property
    def enabled(self) -> bool:
        """Whether an embedder is configured."""
        return self._embedder is not None

    async def find(self, about: About, search: Search, where: Json) -> AboutHits:
        """The best frames or movies matching ``where``, by meaning or by words: both lists fused (RRF).

        In a search for movies ``where`` filters their frames, and a movie ranks where its best frame does.

        Raises:
            TransientError: see ``Indices``.
            UsageError: no embedder is configured, or no frame has a vector of its model.
            SnapshotLostError: the search's snapshot is gone.
        """
        embedder, kind = needed(self._embedder), search.target.kind
        vector = vector_numbers(await embedder.vector(about.words.strip()))
        field, most = field_of(embedder.model()), LIST_SIZES[kind]
        by_meaning, by_words = await asyncio.gather(
            _hits(search, _nearest(field, vector, self._floor, where, most)),
            _hits(search, _matching_words(about.words, where, most)),
        )
        if not by_meaning and not await _hits(
            search, {"query": {"exists": {"field": field}}, "size": 1}
        ):
            raise UsageError(f"No frame has a vector yet ({field}): `movietag embed` makes them.")
        return fuse_hits(by_meaning, by_words, kind)


async def _hits(search: Search, body: Json) -> Sequence[Hit]:
    answer = await search.indices.search(FRAMES, body, search.snapshot)
    hits: Sequence[Hit] = answer["hits"]["hits"]
    return hits


def fuse_hits(by_meaning: Sequence[Hit], by_words: Sequence[Hit], kind: Kind) -> AboutHits:
    """Fuse both lists; of a movie, the best frame in each list counts."""
    lists = [_first_of_each(hits, kind) for hits in (by_meaning, by_words)]
    near, said = ({key: rank for rank, key in enumerate(one, 1)} for one in lists)
    scores = fuse([list(one) for one in lists])
    evidence = {}
    for key in scores:
        hit = lists[0].get(key) or lists[1][key]
        source, alike = hit["_source"], lists[0].get(key)
        evidence[key] = Evidence(
            caption=source["caption"],
            video_id=source["video_id"],
            slot=source["slot"],
            time=source["time"],
            meaning=near.get(key),
            words=said.get(key),
            similarity=round(2 * alike["_score"] - 1, 4) if alike else None,
        )
    return AboutHits(scores, evidence)


def _first_of_each(hits: Sequence[Hit], kind: Kind) -> dict[str, Hit]:
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(hit["_id"] if kind == "frames" else hit["_source"]["movie_id"], hit)
    return first


def _nearest(field: str, vector: list[int], floor: float, where: Json, most: int) -> Json:
    near = {
        "field": field,
        "query_vector": vector,
        "k": most,
        "num_candidates": CANDIDATES * most,
        "similarity": floor,
        "filter": where,
    }
    if where == EVERY:
        del near["filter"]
    return {"knn": near, "size": most, "track_total_hits": False}


def _matching_words(words: str, where: Json, most: int) -> Json:
    """Captions that contain any of the words (stop words apart), ranked by BM25."""
    said = {"match": {"caption": {"query": words, "analyzer": "stop"}}}
    query = {"bool": {"must": [said], "filter": [where]}}
    return {"query": query, "size": most, "track_total_hits": False}
