"""Events for other programs, made of documents that Elasticsearch has taken. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from movietag.records import TYPES, Document, MovieEvent, MovieId, MovieNews

MOST_TAGS: Final = 20
MOST_REASON: Final = 2_000  # characters


class _Shown(msgspec.Struct):
    """What an event has of the body of a `movies` document."""

    title: str
    year: int | None
    status: Literal["complete", "failed"]
    reason: str
    generation: int
    images: int
    tag_names: tuple[str, ...]
    tagger: str
    vocabulary: str
    updated_ms: int
    attempt_reason: str = ""


def event_of(document: Document, mark: str, at_ms: int) -> MovieEvent | None:
    """The event of a `movies` document or its deletion; None if there is nothing to announce.

    Args:
        document: that Elasticsearch has taken.
        mark: of the library.
        at_ms: the broker's time of the document, milliseconds since 1970.

    Raises:
        msgspec.ValidationError: it announces something, and is not of a movie that has ended.
    """
    kind = TYPES.get(document.change)
    if kind is None:  # nothing, or a newer version's word
        return None
    movie_id = MovieId(document.doc_id.partition("~")[0])  # then the tagger
    newest = document.version >> 32 & 0xFFFF  # movietag.rules.publishing.version
    if document.deleted:
        news = _forgotten(movie_id, newest, document.version, at_ms)
    else:
        news = _shown(movie_id, document)
    return MovieEvent(
        specversion="1.0",
        id=f"{movie_id}/{newest}/{document.version}",
        source=f"urn:movietag:{mark}",
        type=kind,
        subject=movie_id,
        time=_timestamp(news.updated_ms),
        datacontenttype="application/json",
        data=news,
    )


def _shown(movie_id: MovieId, document: Document) -> MovieNews:
    body = msgspec.json.decode(document.body, type=_Shown)
    return MovieNews(
        movie_id=movie_id,
        title=body.title,
        year=body.year,
        status=body.status,
        reason=(body.attempt_reason or body.reason)[:MOST_REASON],
        generation=body.generation,
        version=document.version,
        images=body.images,
        tags=body.tag_names[:MOST_TAGS],
        tagger=body.tagger,
        vocabulary=body.vocabulary,
        updated_ms=body.updated_ms,
    )


def _forgotten(movie_id: MovieId, generation: int, version: int, at_ms: int) -> MovieNews:
    return MovieNews(
        movie_id=movie_id,
        title=None,
        year=None,
        status="forgotten",
        reason="",
        generation=generation,
        version=version,
        images=0,
        tags=(),
        tagger="",
        vocabulary="",
        updated_ms=at_ms,
    )


def _timestamp(milliseconds: int) -> str:
    """RFC 3339, in UTC."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
