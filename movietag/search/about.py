"""`about:`: the frames whose captions say it, by their meaning and by their words, in one ranked list."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from movietag.documents import FRAMES
from movietag.embedding.embedder import Embedder, needed
from movietag.embedding.vectors import numbers
from movietag.errors import UsageError
from movietag.search.fusion import fused
from movietag.search.index.vectors import field_of
from movietag.search.indices import Cursor, Indices
from movietag.search.queries import Json
from movietag.search.query.elastic import EVERY
from movietag.search.query.fields import Kind
from movietag.search.query.nodes import About
from movietag.search.results import Evidence

MOST: Final[Mapping[Kind, int]] = {"frames": 100, "movies": 300}
"""Frames of each of the two lists; a movie often has several."""
CANDIDATES: Final = 2  # frames that the graph looks at for each that is asked for

Hit = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ranked:
    """What was found, the best first: ids of frames' documents or of movies, with scores and why."""

    scores: Mapping[str, float]
    evidence: Mapping[str, Evidence]


class Abouts:
    """Searches by meaning in the indices of one vocabulary.

    Args:
        indices: where to search.
        embedder: what gives queries their vectors; None refuses every search.
        floor: the least cosine of a caption that is found by its meaning.
    """

    def __init__(self, indices: Indices, embedder: Embedder | None, floor: float) -> None:
        self._indices, self._embedder, self._floor = indices, embedder, floor

    @property
    def on(self) -> bool:
        """Whether there is an embedder."""
        return self._embedder is not None

    async def find(self, about: About, kind: Kind, where: Json, place: Cursor | None) -> Ranked:
        """The frames, or movies, that fit ``where`` and are best by meaning or words: RRF of both lists.

        In a search for movies ``where`` is of their frames, and a movie stands where its best frame does.

        Raises:
            TransientError: as ``Indices``.
            UsageError: there is no embedder, or no frame has a vector of it.
            GoneError: the place's snapshot is not kept any longer.
        """
        embedder = needed(self._embedder)
        vector = numbers(await embedder.vector(about.words.strip()))
        field, most = field_of(embedder.model()), MOST[kind]
        by_meaning, by_words = await asyncio.gather(
            self._hits(_nearest(field, vector, self._floor, where, most), place),
            self._hits(_saying(about.words, where, most), place),
        )
        if not by_meaning:
            await self._require_vectors(field, place)
        return ranked(by_meaning, by_words, kind)

    async def _hits(self, body: Json, place: Cursor | None) -> Sequence[Hit]:
        snapshot = Cursor(place.snapshot) if place else None
        hits: Sequence[Hit] = (await self._indices.answer(FRAMES, body, snapshot))["hits"]["hits"]
        return hits

    async def _require_vectors(self, field: str, place: Cursor | None) -> None:
        if not await self._hits({"query": {"exists": {"field": field}}, "size": 1}, place):
            raise UsageError(f"No frame has a vector yet ({field}): `movietag embed` makes them.")


def ranked(by_meaning: Sequence[Hit], by_words: Sequence[Hit], kind: Kind) -> Ranked:
    """Both lists fused; of a movie the best frame of each list counts."""
    lists = [_first_of_each(hits, kind) for hits in (by_meaning, by_words)]
    near, said = ({key: rank for rank, key in enumerate(one, 1)} for one in lists)
    scores = fused([list(one) for one in lists])
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
    return Ranked(scores, evidence)


def _first_of_each(hits: Sequence[Hit], kind: Kind) -> dict[str, Hit]:
    found: dict[str, Hit] = {}
    for hit in hits:
        found.setdefault(hit["_id"] if kind == "frames" else hit["_source"]["movie_id"], hit)
    return found


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


def _saying(words: str, where: Json, most: int) -> Json:
    """Captions with any of the words but `the`, `at` and the like, by BM25."""
    said = {"match": {"caption": {"query": words, "analyzer": "stop"}}}
    query = {"bool": {"must": [said], "filter": [where]}}
    return {"query": query, "size": most, "track_total_hits": False}
