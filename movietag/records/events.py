"""What is announced to other programs: the records of movietag.events, CloudEvents 1.0 in structured mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta

from movietag.records.bounds import (
    Generation,
    Milliseconds,
    MovieIdField,
    Name,
    Number,
    Offset,
    Text,
    Year,
)
from movietag.records.wire import Message, Record

Change = Literal["complete", "changed", "failed", "forgotten"]
"""What has happened to a movie: see docs/kafka.md."""

EventType = Literal[
    "movietag.movie.complete",
    "movietag.movie.changed",
    "movietag.movie.failed",
    "movietag.movie.forgotten",
]

TYPES: Final[Mapping[str, EventType]] = {
    "complete": "movietag.movie.complete",
    "changed": "movietag.movie.changed",
    "failed": "movietag.movie.failed",
    "forgotten": "movietag.movie.forgotten",
}
"""By `Document.change`: a newer version may have other words."""


class MovieNews(Record, frozen=True, kw_only=True):
    """The data of an event: the movie as it is searched now.

    Attributes:
        status: of what is shown; `complete` in a failure, too, where a former result is still shown.
        reason: why the newest attempt failed; else empty.
        generation: of what is shown, from 1; it grows with each refresh.
        version: of two events of a movie, the higher one is newer, in whatever order they come.
        images: frames counted.
        tags: the tags found, by falling count, 20 at most.
        vocabulary: whose tags are counted; empty if the movie is forgotten.
        updated_ms: milliseconds since 1970.
    """

    movie_id: MovieIdField
    title: Text | None
    year: Year | None
    status: Literal["complete", "failed", "forgotten"]
    reason: Text
    generation: Generation
    version: Offset
    images: Number
    tags: tuple[Name, ...]
    tagger: Name
    vocabulary: Name
    updated_ms: Milliseconds


class MovieEvent(Message, frozen=True, kw_only=True):
    """An event of a movie; the key on the topic is the movie's id.

    Attributes:
        id: `movie/generation/version`: an event that comes twice has the same one.
        source: `urn:movietag:` and the mark of the library.
        subject: the movie's id.
        time: RFC 3339, in UTC.
    """

    specversion: Literal["1.0"]
    id: Annotated[str, Meta(min_length=1, max_length=400)]
    source: Annotated[str, Meta(min_length=1, max_length=400)]
    type: EventType
    subject: MovieIdField
    time: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z\Z")]
    datacontenttype: Literal["application/json"]
    data: MovieNews
