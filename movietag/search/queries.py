"""What is asked of Elasticsearch, as plain dicts: pure, and the same for every reader."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from movietag.documents import LetterState, MovieBody, Status, has_tag_fields
from movietag.search.lift import Lifts
from movietag.search.tags import AskedTag
from movietag.vocabulary import Vocabulary, field_name

Json = dict[str, Any]

MOST_CANDIDATES = 50  # movies among which one that is named by its title is looked for
MOST_TITLE = 300  # characters of a title; each word is a clause, and clauses are limited
BY_TITLE: list[Json] = [{"title.sort": "asc"}, {"year": "asc"}, {"movie_id": "asc"}]


@dataclass(frozen=True, slots=True)
class MovieQuery:
    """Movies that have all of ``tags`` and none of ``without``, best first.

    A tag with the least ratio 0 must occur at all. A movie is without a tag when its ratio is below
    the cut. ``title`` holds words of the title or their beginnings.
    """

    tags: tuple[AskedTag, ...] = ()
    without: tuple[AskedTag, ...] = ()
    title: str = ""
    status: Status | None = None
    limit: int = 20
    latest: bool = False  # those added last come first, whatever their ratios
    lifts: Lifts | None = None  # ranked by lift instead of ratio


@dataclass(frozen=True, slots=True)
class SceneQuery:
    """Frames that show all of ``tags``, of one movie or of all."""

    tags: tuple[str, ...]
    movie_id: str | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True)
class LetterQuery:
    """Dead letters that are not purged, the newest first; an empty text asks for nothing.

    Times are milliseconds since 1970; ``skip`` and ``limit`` make pages, of the first 10,000 letters.
    """

    letter_id: str = ""
    stage: str = ""
    error: str = ""
    movie_id: str = ""
    topic: str = ""
    state: LetterState | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    skip: int = 0
    limit: int = 50


def movies(query: MovieQuery, vocabulary: Vocabulary) -> Json:
    """The search in `movies`: ranked by the sum of the asked tags' ratios or lifts, then by title."""
    flat = not has_tag_fields(vocabulary)
    filters = [_at_least(asked, _floor(asked.ratio), flat) for asked in query.tags]
    if query.status:
        filters.append({"term": {"status": query.status}})
    if query.title:
        filters.append(title_has(query.title))
    clauses: Json = {
        "filter": filters,
        "must_not": [_at_least(asked, _ceiling(asked.ratio), flat) for asked in query.without],
    }
    first: list[Json] = [{"_score": "desc"}] if query.tags else []
    if query.latest:
        first = [{"added_ms": "desc"}]
    return {
        "query": _ranked(clauses, weights_of(query), flat) if query.tags else {"bool": clauses},
        "sort": [*first, *BY_TITLE],
        "size": query.limit,
        "track_total_hits": True,
        "_source": {"excludes": ["tag_vector"]},
    }


def _at_least(asked: AskedTag, stored: float, flat: bool) -> Json:
    if asked.ratio == 0:
        return {"term": {"tag_names": asked.tag}}
    if not flat:
        return {"range": {f"tags.{field_name(asked.tag)}.ratio": {"gte": asked.ratio}}}
    return {"function_score": {"query": _weights({asked.tag: 1.0}), "min_score": stored}}


def weights_of(query: MovieQuery) -> dict[str, float]:
    """What a ratio of each asked tag is worth for the rank; a sum of lifts but for a constant."""
    lifts = query.lifts
    return {asked.tag: lifts.weight(asked.tag) if lifts else 1.0 for asked in query.tags}


def _ranked(clauses: Json, weights: Mapping[str, float], flat: bool) -> Json:
    if flat:
        return {"bool": {**clauses, "must": [_weights(weights)]}}
    factors = [
        {
            "field_value_factor": {
                "field": f"tags.{field_name(tag)}.ratio",
                "factor": weight,
                "missing": 0,
            }
        }
        for tag, weight in weights.items()
    ]
    return {
        "function_score": {
            "query": {"bool": clauses},
            "functions": factors,
            "score_mode": "sum",
            "boost_mode": "replace",
        }
    }


def _weights(weights: Mapping[str, float]) -> Json:
    """Scores a movie of a large vocabulary by the weighted sum of the tags' stored ratios."""
    vector = {field_name(tag): weight for tag, weight in weights.items()}
    return {"sparse_vector": {"field": "tag_vector", "query_vector": vector, "prune": False}}


def _floor(ratio: float) -> float:
    """What a sparse vector keeps of a ratio: 9 significant bits, the rest cut off (Lucene)."""
    bits: int = struct.unpack(">I", struct.pack(">f", ratio))[0]
    kept: float = struct.unpack(">f", struct.pack(">I", bits >> 15 << 15))[0]
    return kept


def _ceiling(ratio: float) -> float:
    """The least kept value that a ratio below ``ratio`` cannot have."""
    bits: int = struct.unpack(">I", struct.pack(">f", ratio))[0]
    if bits & 0x7FFF == 0:
        return ratio
    kept: float = struct.unpack(">f", struct.pack(">I", (bits >> 15) + 1 << 15))[0]
    return kept


def fits(query: MovieQuery, movie: MovieBody) -> bool:
    """Whether the exact ratios fit: a sparse vector's are cut off, so its answer holds a few more."""

    def ratio(tag: str) -> float:
        count = movie.tags.get(field_name(tag))
        return count.ratio if count else 0.0

    return all(ratio(asked.tag) >= asked.ratio for asked in query.tags) and not any(
        ratio(asked.tag) >= asked.ratio > 0 for asked in query.without
    )


def title_has(text: str) -> Json:
    """All words of the text stand in the title, or begin words of it."""
    found = [
        {"match_bool_prefix": {"title": {"query": word, "operator": "and"}}}
        for word in text[:MOST_TITLE].split()
    ]
    return {"bool": {"filter": found}} if found else {"match_none": {}}


def movie(text: str) -> Json:
    """Movies that may be meant by an id, an exact title or words of it, in this order."""
    ways: list[tuple[int, Json]] = [
        (100, {"term": {"movie_id": text}}),
        (10, {"term": {"title.sort": text}}),
        (1, title_has(text)),
    ]
    return {
        "query": {
            "bool": {
                "should": [
                    {"constant_score": {"filter": way, "boost": boost}} for boost, way in ways
                ]
            }
        },
        "sort": [{"_score": "desc"}, *BY_TITLE, {"updated_ms": "desc"}],
        "size": MOST_CANDIDATES,
        "_source": {"excludes": ["tag_vector"]},
    }


def scenes(query: SceneQuery) -> Json:
    """The search in `frames`: by movie, then video, then time."""
    filters: list[Json] = [{"term": {"tags": tag}} for tag in query.tags]
    if query.movie_id is not None:
        filters.append({"term": {"movie_id": query.movie_id}})
    order = ("title", "movie_id", "video_id", "time", "slot")
    return {
        "query": {"bool": {"filter": filters}},
        "sort": [{name: "asc"} for name in order],
        "size": query.limit,
        "track_total_hits": True,
    }


def letters(query: LetterQuery) -> Json:
    """The search in `dead_letters`."""
    wanted = {
        "letter_id": query.letter_id,
        "stage": query.stage,
        "error": query.error,
        "movie_id": query.movie_id,
        "topic": query.topic,
        "state": query.state,
    }
    filters: list[Json] = [{"term": {name: text}} for name, text in wanted.items() if text]
    times = {"gte": query.since_ms, "lt": query.until_ms}
    if bounds := {name: at for name, at in times.items() if at is not None}:
        filters.append({"range": {"at_ms": bounds}})
    return {
        "query": {"bool": {"filter": filters, "must_not": {"term": {"state": "purged"}}}},
        "from": query.skip,
        "sort": [{"at_ms": "desc"}, {"letter_id": "asc"}],
        "size": query.limit,
        "track_total_hits": True,
    }


def rows(size: int) -> Json:
    """A page of all of `movie_tags`: by movie, then rank."""
    order = ("title", "movie_id", "tagger", "rank")
    return {"query": {"match_all": {}}, "sort": [{name: "asc"} for name in order], "size": size}
