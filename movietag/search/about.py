"""`about:`: the frames whose captions match by meaning or by words, in one ranked list."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from movietag.documents import FRAMES, Json
from movietag.embedding.embedder import Embedder, needed
from movietag.embedding.vectors import vector_numbers
from movietag.errors import UsageError
from movietag.search.fusion import fuse
from movietag.search.index.vectors import field_of
from movietag.search.indices import decode_hit
from movietag.search.joining import Search
from movietag.search.query.elastic import EVERY
from movietag.search.query.fields import Kind
from movietag.search.query.nodes import About
from movietag.search.results import Evidence

LIST_SIZES: Final[Mapping[Kind, int]] = {"frames": 100, "movies": 300}
"""Frames in each of the two lists; a movie often has several."""
CANDIDATES: Final = 2  # candidates that the HNSW graph visits per requested hit


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
            _matches(search, _nearest(field, vector, self._floor, where, most)),
            _matches(search, _matching_words(about.words, where, most)),
        )
        if not by_meaning and not await _matches(
            search, {"query": {"exists": {"field": field}}, "size": 1}
        ):
            raise UsageError(f"No frame has a vector yet ({field}): `movietag embed` makes them.")
        return fuse_matches(by_meaning, by_words, kind)


class CaptionedFrame(msgspec.Struct, frozen=True):
    """What evidence says of a frame."""

    movie_id: str
    video_id: str
    slot: int
    time: float
    caption: str


@dataclass(frozen=True, slots=True)
class Match:
    """A frame of a list, with its score in it."""

    doc_id: str
    score: float
    frame: CaptionedFrame


async def _matches(search: Search, body: Json) -> list[Match]:
    answer = await search.indices.search(FRAMES, body, search.snapshot)
    return [
        Match(hit["_id"], hit["_score"], frame)
        for hit in answer["hits"]["hits"]
        if (frame := decode_hit(hit, CaptionedFrame)) is not None
    ]


def fuse_matches(by_meaning: Sequence[Match], by_words: Sequence[Match], kind: Kind) -> AboutHits:
    """Fuse both lists; of a movie, the best frame in each list counts."""
    lists = [_first_of_each(matches, kind) for matches in (by_meaning, by_words)]
    near, said = ({key: rank for rank, key in enumerate(one, 1)} for one in lists)
    scores = fuse([list(one) for one in lists])
    evidence = {}
    for key in scores:
        alike = lists[0].get(key)
        frame = (alike or lists[1][key]).frame
        evidence[key] = Evidence(
            caption=frame.caption,
            video_id=frame.video_id,
            slot=frame.slot,
            time=frame.time,
            meaning=near.get(key),
            words=said.get(key),
            similarity=round(2 * alike.score - 1, 4) if alike else None,
        )
    return AboutHits(scores, evidence)


def _first_of_each(matches: Sequence[Match], kind: Kind) -> dict[str, Match]:
    first: dict[str, Match] = {}
    for match in matches:
        first.setdefault(match.doc_id if kind == "frames" else match.frame.movie_id, match)
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
