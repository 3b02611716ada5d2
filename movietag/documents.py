"""The bodies of the documents in Elasticsearch, which users search and the page displays.

Only ``movietag.rules.tally`` creates them (``movietag.streams.index`` those of letters); the index schema is
generated from the same fields (``movietag.search.index.schema``). Times are milliseconds since 1970 unless named
otherwise; a frame's ``time`` is in seconds of its video.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from movietag.index_names import INDEX_PREFIX, alias_of
from movietag.records import Failure
from movietag.vocabulary import Vocabulary

Json = dict[str, Any]
"""A JSON object as Elasticsearch and Kibana exchange it."""

Status = Literal["running", "complete", "failed"]
Attempt = Literal["running", "failed"]
LetterState = Literal["failed", "replayed", "purged"]

MOVIES = alias_of("movies")
MOVIE_TAGS = alias_of("movie_tags")
FRAMES = alias_of("frames")
DEAD_LETTERS = alias_of("dead_letters")

FRAME_ORDER = ("title", "movie_id", "tagger", "video_id", "slot")
"""The order of scenes: fields of `frames`."""

VECTORS = "vectors"  # of `frames`: not in its body, see movietag.search.index.vectors

MOST_FIELD_TAGS = 300  # above it: no fields per tag (an index has at most 1,000 fields)


class Body(msgspec.Struct, frozen=True):
    """Base of every document body; all fields are always written."""


class TagCount(Body, frozen=True):
    """The number of a movie's images with a tag; ratio = count / images."""

    count: int
    ratio: float


class DroppedSlots(Body, frozen=True):
    """How many slots have no frame for one reason (docs/crawling.md lists the reasons)."""

    reason: str
    count: int


class MarkedCaptions(Body, frozen=True):
    """How many captions have one quality mark (docs/models.md#answers lists the marks)."""

    quality: str
    count: int


class VideoState(Body, frozen=True):
    """One video of a movie's plan, and its progress."""

    video_id: str
    url: str
    title: str
    source: str
    score: float
    reasons: tuple[str, ...]
    status: Literal["waiting", "fetched", "failed"]
    reason: str  # why it failed, else empty
    slots: int  # frames promised by its manifest
    dropped: int  # slots without a frame, by its manifest
    captioned: int
    failed: int  # frames that could not be captioned
    dropped_by: tuple[DroppedSlots, ...] = ()  # by falling count
    seconds: float = 0.0  # length of what there is of it, once it is fetched
    claimed: float = 0.0  # length that it should have, if the file is cut off; else 0


class MovieBody(Body, frozen=True):
    """``movies``: one per movie and tagger; ``images`` is the number of counted slots.

    Everything is of the newest generation that is finished and has images (while there is none, of the newest).
    """

    movie_id: str
    title: str
    year: int | None
    status: Status
    reason: str
    generation: int
    revision: int
    tagger: str
    vocabulary: str
    images: int
    promised: int
    failed_images: int
    tag_names: tuple[str, ...]  # tags with count > 0, by falling count
    tags: dict[str, TagCount]  # by field name of the tag
    videos: tuple[VideoState, ...]
    added_ms: int
    updated_ms: int
    # A try newer than this result: a refresh, a search for missing videos, another tagger.
    attempt: Attempt | None = None
    attempt_reason: str = ""  # why it failed, else empty
    slots: int = 0  # of the videos that were fetched, with a frame or without
    dropped: int = 0  # those without one
    dropped_by: tuple[DroppedSlots, ...] = ()
    short: bool = False  # more slots were lost than the setting `most_lost` allows
    not_whole: tuple[MarkedCaptions, ...] = ()  # by falling count, without whole and unmarked ones
    title_forms: tuple[str, ...] = ()  # what `title:` is compared with: movietag.rules.spelling
    title_key: str = ""  # by which titles are sorted: movietag.rules.spelling; empty: by the title
    sampling: str = ""  # how its plan takes frames, in words: movietag.rules.sampled
    # ratios in vocabulary order, or by field name for a large vocabulary; absent without tags
    tag_vector: tuple[float, ...] | dict[str, float] | msgspec.UnsetType = msgspec.UNSET


class MovieTagBody(Body, frozen=True):
    """``movie_tags``: one per movie, tagger and tag, zeros too; ``rank`` counts from 1."""

    movie_id: str
    title: str
    year: int | None
    tagger: str
    tag: str
    count: int
    ratio: float
    images: int
    rank: int
    updated_ms: int
    confidence: float | None = None  # mean over the frames with the tag; null where captions count


class FrameBody(Body, frozen=True):
    """``frames``: one per counted slot; ``link`` opens the video at ``time``."""

    movie_id: str
    title: str
    year: int | None
    tagger: str
    video_id: str
    video_title: str
    slot: int
    time: float
    caption: str
    tags: tuple[str, ...]
    link: str
    updated_ms: int
    confidence: dict[str, float] | None = None  # by tag; null where captions count
    quality: str = ""  # mark of the caption; empty: unmarked
    stems: str = ""  # the caption as `text:` compares it: movietag.rules.stems; empty: as it is


class LetterBody(Body, frozen=True):
    """``dead_letters``: one per letter, with its history; the bytes stay in the topic.

    ``state`` is the last event: it failed, or was replayed and has not failed since, or was purged (then only its
    id and position are left). ``marked_ms`` is the time of the replay or purge.
    """

    letter_id: str
    stage: str
    topic: str
    partition: int
    offset: int
    error: str
    reason: str
    attempts: int
    history: tuple[Failure, ...]
    movie_id: str | None
    preview: str  # the first characters of the payload, printable ones only
    size: int
    letter_partition: int  # position of the letter in movietag.dead-letters
    letter_offset: int
    at_ms: int
    state: LetterState = "failed"
    marked_ms: int | None = None


BODIES: Mapping[str, type[Body]] = {
    MOVIES: MovieBody,
    MOVIE_TAGS: MovieTagBody,
    FRAMES: FrameBody,
    DEAD_LETTERS: LetterBody,
}


VERSIONS: Mapping[str, int] = {MOVIES: 4, MOVIE_TAGS: 3, FRAMES: 3, DEAD_LETTERS: 2}
"""The version of each index. Adding a field does not change it; any other change of a mapping increments it
(tests/search/index/test_mappings.py checks this): a new index is created, which `movietag recount` fills. So does
a change of ``movietag.rules.spelling`` (tests/rules/spelling): titles are stored as it spelled them."""

_OF_VOCABULARY: Final = re.compile(
    rf"{re.escape(INDEX_PREFIX)}[a-z_]+-(?P<vocabulary>.+?)(?:-v\d+)?"
)


def index_name(alias: str, vocabulary_id: str) -> str:
    """The name of an index, for ``Document.index``: e.g. `movies-mpst-1a2b3c4d-v4`, or `films.movies-…` under a prefix.

    Letters belong to no vocabulary: `dead_letters-v2`.
    """
    if alias not in BODIES:
        raise ValueError(f"{alias!r} is not one of {', '.join(BODIES)}.")
    of = alias if alias == DEAD_LETTERS else f"{alias}-{vocabulary_id}"
    return f"{of}-v{VERSIONS[alias]}"


def older_names(alias: str, vocabulary_id: str) -> list[str]:
    """The names of a vocabulary's index in earlier versions, newest first."""
    if alias == DEAD_LETTERS:
        return []  # they are immediately written again from their topic
    plain = f"{alias}-{vocabulary_id}"  # of 0.1
    return [*(f"{plain}-v{number}" for number in range(VERSIONS[alias] - 1, 2, -1)), plain]


def read_name(alias: str, vocabulary_id: str) -> str:
    """The alias to search a vocabulary's documents: of its index, or of the previous version while that is filled."""
    return index_name(alias, "") if alias == DEAD_LETTERS else f"{alias}.{vocabulary_id}"


def vocabulary_of(index: str) -> str:
    """The id of an index's vocabulary, whatever the index version."""
    match = _OF_VOCABULARY.fullmatch(index)
    return match["vocabulary"] if match else ""


def has_tag_fields(vocabulary: Vocabulary) -> bool:
    """Whether `movies` has fields and a dense vector for the tags, and `movie_tags` zero rows.

    For a larger vocabulary, `movie_tags` only has rows with a count above zero, and `tag_vector` is a sparse vector
    (field name of the tag -> ratio).
    """
    return len(vocabulary.tags) <= MOST_FIELD_TAGS
