"""The orders of scenes: by title, or of all the matching frames the longest, the best by words or by meaning first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from movietag.documents import FRAME_ORDER, FRAMES, Json
from movietag.errors import UsageError
from movietag.search import queries
from movietag.search.indices import Indices
from movietag.search.prepared import PreparedQuery
from movietag.search.query.elastic import Target
from movietag.search.query.normal_form import NormalQuery
from movietag.search.runs import FrameRun, best_first

SceneBy = Literal["title", "length", "text", "meaning"]
BY_PLACE: Final[list[Json]] = [{name: "asc"} for name in FRAME_ORDER]
MOST_MEASURED: Final = 10_000  # frames whose scenes are ordered by length: of one request


@dataclass(frozen=True, slots=True)
class RankedFrames:
    """Frames whose scenes are ordered as a whole.

    Attributes:
        clause: the frames.
        size: how many there are at most.
        ordered: puts their runs into order.
    """

    clause: Json
    size: int
    ordered: Callable[[Sequence[FrameRun]], list[FrameRun]]


def scene_order(by: SceneBy | None, query: NormalQuery) -> SceneBy:
    """The order of scenes: ``by``, or the query's default.

    Raises:
        UsageError: the query has no words for the order.
    """
    if by == "meaning" and query.about is None:
        raise UsageError("Ranking by meaning needs words: the query has no about:WORDS.")
    if by == "text" and not query.texts:
        raise UsageError("Ranking by text needs words: the query has no text:WORDS.")
    return by or ("meaning" if query.about else "title")


async def ranked_frames(
    by: SceneBy, prepared: PreparedQuery, target: Target, indices: Indices, snapshot: str
) -> RankedFrames | None:
    """The frames whose scenes are ordered as a whole; None in the order by title, page by page.

    Raises:
        TransientError: see ``Indices``.
        UsageError: there are too many frames to order by length.
        SnapshotLostError: the snapshot is gone.
    """
    if by == "title":
        return None
    if by == "length":
        total = await indices.count(FRAMES, prepared.clause)
        if total > MOST_MEASURED:
            raise UsageError(
                f"{total:,} frames match: an order by length takes at most {MOST_MEASURED:,}."
                " Add a condition, e.g. movie: or year:."
            )
        return RankedFrames(prepared.clause, total, _longest_first)
    scores: Mapping[str, float]
    if by == "meaning" and prepared.about:
        scores = prepared.about.scores
    else:
        scores = await _by_words(prepared, target, indices, snapshot)
    best = {"bool": {"filter": [prepared.clause, {"ids": {"values": list(scores)}}]}}
    return RankedFrames(best, len(scores), lambda runs: best_first(runs, scores))


def _longest_first(runs: Sequence[FrameRun]) -> list[FrameRun]:
    """The runs of most slots first; ties stay by title."""
    return sorted(runs, key=lambda run: run.frames[0].slot - run.frames[-1].slot)


async def _by_words(
    prepared: PreparedQuery, target: Target, indices: Indices, snapshot: str
) -> dict[str, float]:
    """The matching frames whose captions fit the words of `text:` best, with scores."""
    words = [target.caption_clause(text) for text in prepared.query.texts]
    query = {"bool": {"filter": [prepared.clause], "should": words}}
    body = {**queries.best_frames(query), "docvalue_fields": []}
    answer = await indices.search(FRAMES, body, snapshot)
    return {hit["_id"]: hit["_score"] for hit in answer["hits"]["hits"]}
