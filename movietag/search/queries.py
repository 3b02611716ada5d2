"""Search bodies for Elasticsearch, as plain dicts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from movietag.documents import Json, LetterState
from movietag.rules.lookup import Lookup
from movietag.rules.spelling import near_title
from movietag.rules.spelling.forms import whole_form
from movietag.search.query.nodes import TitleWords
from movietag.search.query.titles import FORMS, title_clause, wanted_clause

MOST_CANDIDATES = 50  # candidates when a movie is looked up by title
MOST_NAMED = 5000  # movies per lookup of many titles
MOST_NEAR = 3  # near titles in an error
MOST_TITLE = 300  # characters of a title; each word is a clause, and clauses are limited
MOST_RANKED = 200  # captions that rank movies; each of their movies becomes a clause
BY_TITLE: list[Json] = [
    {"title_key": {"order": "asc", "unmapped_type": "keyword"}},  # an older index has none
    *({name: "asc"} for name in ("title.sort", "year", "movie_id", "tagger")),
]  # unique: a document per movie and tagger


@dataclass(frozen=True, slots=True)
class LetterQuery:
    """A query for dead letters that are not purged, newest first; an empty field does not filter.

    Of ``movie_ids`` any matches. ``text``: words that stand in the reason or at the beginning of the message.

    Times are milliseconds since 1970; ``skip`` and ``limit`` page through the first 10,000 letters.
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
    movie_ids: Sequence[str] = ()
    text: str = ""


def movie(sought: Lookup) -> Json:
    """Movies that match by id, by exact title, by its spelling or by words of it, in this order."""
    ways: list[tuple[int, Json]] = [(100, {"terms": {"movie_id": sought.movie_ids}})]
    for title in sought.titles:
        ways += [
            (10, {"term": {"title.sort": title}}),
            (5, {"term": {FORMS: whole_form(title)}}),
            (1, title_clause(TitleWords(title[:MOST_TITLE]))),
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
    }


def movies_named(sought: Sequence[Lookup]) -> Json:
    """Movies that match by id, exact title or its spelling, latest first."""
    by_id = {"terms": {"movie_id": [one for each in sought for one in each.movie_ids]}}
    by_title = {"terms": {"title.sort": [one for each in sought for one in each.titles]}}
    wholes = [whole_form(one) for each in sought for one in each.titles]
    by_spelling = {"terms": {FORMS: wholes}}
    return {
        "query": {"bool": {"should": [by_id, by_title, by_spelling]}},
        "sort": [{"updated_ms": "desc"}],
        "size": MOST_NAMED,
    }


def near_movies(title: str) -> Json:
    """Movies with a title near to this one."""
    clause = wanted_clause(near_title(title[:MOST_TITLE]))
    return {"query": clause, "sort": BY_TITLE, "size": MOST_NEAR, "collapse": {"field": "movie_id"}}


def movie_by_id(movie_id: str) -> Json:
    """The latest document of a movie."""
    return {
        "query": {"term": {"movie_id": movie_id}},
        "sort": [{"updated_ms": "desc"}],
        "size": 1,
    }


def movie_ids(where: Json, size: int) -> Json:
    """The search for the ids of the movies with a matching document.

    Sorted by id, the order in which the server stores them: halves the time for thousands of ids.
    """
    by_movie = {"terms": {"field": "movie_id", "size": size, "order": {"_key": "asc"}}}
    return {"query": where, "size": 0, "track_total_hits": False, "aggs": {"movies": by_movie}}


def best_frames(where: Json) -> Json:
    """The search in `frames` for the movies of the best-matching frames."""
    return {
        "query": where,
        "size": MOST_RANKED,
        "_source": False,
        "docvalue_fields": ["movie_id"],
        "track_total_hits": False,
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
    if query.movie_ids:
        filters.append({"terms": {"movie_id": list(query.movie_ids)}})
    if query.text:
        fields = ["reason", "preview"]
        words = {"query": query.text, "type": "cross_fields", "operator": "and", "fields": fields}
        filters.append({"multi_match": words})
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


def all_tag_rows(since_ms: int | None = None) -> Json:
    """The search for `movie_tags` by movie, then rank; without movies without images: their zeros are not known.

    ``since_ms``: only rows that were written since then.
    """
    order = ("title", "movie_id", "tagger", "rank")
    counted: Json = {"range": {"images": {"gte": 1}}}
    if since_ms is not None:
        counted = {"bool": {"filter": [counted, {"range": {"updated_ms": {"gte": since_ms}}}]}}
    return {"query": counted, "sort": [{name: "asc"} for name in order]}
