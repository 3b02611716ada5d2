"""Searches for movies and frames, and in which order the movies come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from movietag.search.indices import Cursor
from movietag.search.lift import Lifts
from movietag.search.queries import BY_TITLE
from movietag.search.query import EVERYTHING, Node
from movietag.search.query.elastic import phrase_clause, sparse
from movietag.search.query.meaning import asked_about, wanted_leaves, wanted_tags
from movietag.search.query.nodes import Text
from movietag.vocabulary import field_name

Json = dict[str, Any]
By = Literal["ratio", "lift", "recency", "text", "meaning", "title"]
TITLE_BOOST = 3.0  # words in the title, against words in a caption


@dataclass(frozen=True, slots=True)
class MovieSearch:
    """Movies that fit, best first.

    By ratio or lift: the sum over the tags asked for (by title where none is); by text: how well
    captions and title fit its `text:`; by meaning: how well captions fit its `about:`; by recency: the
    movies added last; by title. None: by meaning with an `about:`, else by ratio.
    """

    where: Node = EVERYTHING
    by: By | None = None
    limit: int = 20
    lifts: Lifts | None = None  # found movies carry theirs; needed to rank by lift
    place: Cursor | None = None  # of a page, for an answer in pages


@dataclass(frozen=True, slots=True)
class RankedMovies:
    """What a rank by text or meaning rests on: the best movies by their captions, with scores."""

    captions: Mapping[str, float] = field(default_factory=dict)


def asked_texts(where: Node) -> tuple[Text, ...]:
    """The words that a pushed query asks for: by them its movies are ranked by text."""
    return tuple(leaf for leaf in wanted_leaves(where) if isinstance(leaf, Text))


def chosen(by: By | None, where: Node) -> By:
    """The order of a pushed query's movies, where none is asked for."""
    return by or ("meaning" if asked_about(where) else "ratio")


def ranked(
    search: MovieSearch, where: Node, clause: Json, flat: bool, scored: RankedMovies
) -> Json:
    """The search in `movies`: what must hold (``clause``, of the pushed ``where``), and the order."""
    score = _score(search, where, flat, scored)
    first: list[Json] = [{"_score": "desc"}] if score else []
    if search.by == "recency":
        first = [{"added_ms": "desc"}]
    query = (
        {"bool": {"filter": [clause], "should": score}} if score else {"bool": {"filter": [clause]}}
    )
    return {
        "query": query,
        "sort": [*first, *BY_TITLE],
        "size": search.limit,
        "track_total_hits": True,
    }


def _score(search: MovieSearch, where: Node, flat: bool, scored: RankedMovies) -> list[Json]:
    """What is summed up to a movie's score; nothing where there is no score."""
    if search.by in {"text", "meaning"}:
        asked = asked_texts(where) if search.by == "text" else ()
        titles = [phrase_clause("title", text) for text in asked]
        return [
            *({"constant_score": {"filter": one, "boost": TITLE_BOOST}} for one in titles),
            *(
                {"constant_score": {"filter": {"term": {"movie_id": one}}, "boost": score}}
                for one, score in scored.captions.items()
            ),
        ]
    if search.by not in {"ratio", "lift"}:
        return []
    weights = _weights(wanted_tags(where), search.lifts if search.by == "lift" else None)
    if flat or not weights:
        return [sparse(weights)] if weights else []
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
    return [
        {"function_score": {"functions": factors, "score_mode": "sum", "boost_mode": "replace"}}
    ]


def _weights(tags: tuple[str, ...], lifts: Lifts | None) -> dict[str, float]:
    """What a ratio of each asked tag is worth for the rank; a sum of lifts but for a constant."""
    return {tag: lifts.weight(tag) if lifts else 1.0 for tag in tags}
