"""Searches for movies, and the order of their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from movietag.documents import Json
from movietag.errors import UsageError
from movietag.search.cursors import Cursor, SearchId
from movietag.search.lift import PRIOR, Lifts
from movietag.search.paging import PageRequest
from movietag.search.queries import BY_TITLE
from movietag.search.query import EVERYTHING, Node
from movietag.search.query.elastic import sparse_clause
from movietag.search.query.normal_form import NormalQuery
from movietag.search.query.titles import title_phrase_clause
from movietag.vocabulary import field_name

By = Literal["ratio", "lift", "recency", "text", "meaning", "title"]
MOST_WEIGHT = 1 / PRIOR  # of a tag that occurs nowhere
TITLE_BOOST = 3.0  # words in the title, against words in a caption


@dataclass(frozen=True, slots=True)
class MovieSearch:
    """A search for movies, best first.

    ``by`` selects the order. By ratio or lift: the sum over the query's tags (by title if it has none); by text:
    how well captions and title match its `text:`; by meaning: how well captions match its `about:`; by recency:
    last added first; by title. None: by meaning with an `about:`, else by ratio. ``query`` is ``where`` in negation
    normal form.
    """

    where: Node = EVERYTHING
    by: By | None = None
    limit: int = 20
    lifts: Lifts | None = None  # added to the movies; required to rank by lift
    cursor: Cursor | None = None  # where the page begins or ends; None: the first page
    snapshot: str = ""  # of `movies`, to search; empty: the index as it is now
    query: NormalQuery = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Push negations down, once for all who read the query."""
        object.__setattr__(self, "query", NormalQuery.of(self.where))


@dataclass(frozen=True, slots=True)
class RankedMovies:
    """The best movies by their captions, with scores: the basis of a ranking by text or meaning."""

    captions: Mapping[str, float] = field(default_factory=dict)


def order_of(by: By | None, query: NormalQuery) -> By:
    """The order of the movies: ``by``, or the query's default.

    Raises:
        UsageError: see ``NormalQuery.about``.
    """
    return by or ("meaning" if query.about else "ratio")


def search_query(search: MovieSearch, clause: Json, flat: bool, scored: RankedMovies) -> Json:
    """The query in `movies`: the filter (``clause``, of the search's query), and what is scored."""
    score = _score(search, flat, scored)
    return {"bool": {"filter": [clause], **({"should": score} if score else {})}}


def page_request(search: MovieSearch, by: By) -> PageRequest:
    """The page of the search, in this order.

    Raises:
        UsageError, CursorExpiredError: see ``Cursor.check``.
    """
    scored = by in {"text", "meaning"} or (by in {"ratio", "lift"} and search.query.tags)
    first: list[Json] = [{"_score": "desc"}] if scored else []
    if by == "recency":
        first = [{"added_ms": "desc"}]
    order = [*first, *BY_TITLE]
    search_id = SearchId.of("movies", search.where, by, order)
    if search.cursor:
        search.cursor.check(search_id)
    weights = tuple(_weights(search).values()) if by == "lift" else ()
    return PageRequest(search_id, order, search.limit, search.cursor, search.snapshot, weights)


def _score(search: MovieSearch, flat: bool, scored: RankedMovies) -> list[Json]:
    """The clauses whose sum is a movie's score; empty if the order needs none."""
    if search.by in {"text", "meaning"}:
        texts = search.query.texts if search.by == "text" else ()
        titles = [title_phrase_clause(text) for text in texts]
        return [
            *({"constant_score": {"filter": one, "boost": TITLE_BOOST}} for one in titles),
            *(
                {"constant_score": {"filter": {"term": {"movie_id": one}}, "boost": score}}
                for one, score in scored.captions.items()
            ),
        ]
    if search.by not in {"ratio", "lift"}:
        return []
    weights = _weights(search)
    if flat or not weights:
        return [sparse_clause(weights)] if weights else []
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


def _weights(search: MovieSearch) -> dict[str, float]:
    """The weight of each queried tag's ratio; by lift, the sum ranks like the sum of lifts.

    All pages have the weights of the first one, so a movie keeps its place while the means change.

    Raises:
        UsageError: the cursor's weights are not those of a ranking by lift.
    """
    tags = search.query.tags
    if search.by != "lift" or search.lifts is None:
        return dict.fromkeys(tags, 1.0)
    if search.cursor is None:
        return {tag: search.lifts.weight(tag) for tag in tags}
    weights = search.cursor.weights
    if len(weights) != len(tags) or not all(0 < one <= MOST_WEIGHT for one in weights):
        raise UsageError("This is not a valid page token: repeat the search without it.")
    return dict(zip(tags, weights, strict=True))
