"""Records that are part of other records: a title, a video, how frames are sampled."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from movietag.records.bounds import (
    Bits,
    ImdbIdField,
    Kind,
    Milliseconds,
    MovieIdField,
    Name,
    Quality,
    Rate,
    Score,
    Seconds,
    Share,
    Side,
    Slots,
    Text,
    TmdbIdField,
    Url,
    VideoIdField,
    Year,
)
from movietag.records.wire import Record

MODES: Final = frozenset({"keyframes", "exact", "scenes"})


WORKS: Final = frozenset({"fetch", "resend", "drop"})


class SourceKind(StrEnum):
    """Where a video comes from. On the wire it is text, so that a reader passes over a newer version's.

    ``movietag.crawl.source_table`` says of each how a title names it and how it is checked and fetched.
    """

    SEARCH = "search"
    URL = "url"
    FILE = "file"
    IMAGES = "images"


class CaptionQuality(StrEnum):
    """How an answer of a tagger went: ``movietag.captioning.quality`` says what each is.

    On the wire it is text, so that a reader passes over a newer version's.
    """

    WHOLE = "whole"
    CUT = "cut"
    EMPTY = "empty"
    REFUSED = "refused"
    LOOPING = "looping"
    ALL_TAGS = "all-tags"
    OTHER_LANGUAGE = "other-language"


ENDS_IN_HALF: Final = frozenset(
    {CaptionQuality.CUT, CaptionQuality.LOOPING, CaptionQuality.REFUSED}
)
"""The marks of answers that may have been cut: what comes last in them may be half a word, and does not count."""


class Sources(Record, frozen=True):
    """The videos that a title names instead of having them searched for."""

    urls: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    images: tuple[str, ...] = ()  # folders of pictures

    def __bool__(self) -> bool:
        return bool(self.urls or self.files or self.images)


class Context(Record, frozen=True):
    """What the plan knows of a frame, for prompts that use it."""

    title: Text = ""
    year: Year | None = None
    genres: tuple[Name, ...] = ()
    video: Text = ""  # the title of its video
    found: tuple[Name, ...] = ()  # tags of the movie from an earlier pass, the most frequent first


class Title(Record, frozen=True):
    """What a user requested, checked and with its movie id."""

    title: Text
    movie_id: MovieIdField
    year: Year | None = None
    sources: Sources = Sources()
    refresh: bool = False
    forget: bool = False
    genres: tuple[Name, ...] = ()
    imdb: ImdbIdField | None = None
    tmdb: TmdbIdField | None = None
    cancel: bool = False  # forget the movie, unless it has images


class Video(Record, frozen=True):
    """One video that may show the movie, with why it was selected."""

    video_id: VideoIdField
    source: Kind  # a SourceKind, or a newer version's
    url: Url  # http(s) URL; an absolute path where the video is on disk
    title: Text = ""
    seconds: Seconds | None = None
    channel: Text = ""
    score: Score = 0.0
    reasons: tuple[str, ...] = ()


class VideoFailure(Record, frozen=True):
    """Why a video of a plan failed; ``kind`` is a short stable word."""

    video_id: VideoIdField
    kind: Kind
    reason: Text


class Sampling(Record, frozen=True):
    """Every setting that decides which frames of a video are taken, and their form."""

    slots: Slots
    trim_start: Seconds
    trim_end: Seconds
    mode: Kind  # one of MODES, or of a newer version's
    width: Side
    height: Side
    jpeg_quality: Quality
    drop_dark: bool
    drop_flat: bool
    duplicate_bits: Bits
    # Since 0.2. Of a long video more slots than `slots`: so many a minute, at most `most_slots`; 0: none.
    slots_per_minute: Rate = 0.0
    most_slots: Slots = 1
    trim_start_share: Share = 0.0
    trim_end_share: Share = 0.0
    drop_cards: bool = False
    subfolders: bool = False  # of a folder of pictures
    most_lost: Share = 1.0  # of the slots, above which a video is too damaged, and a movie short

    @property
    def highest(self) -> int:
        """The largest number of slots that a video may have."""
        return max(self.slots, self.most_slots if self.slots_per_minute else 1)


class Failure(Record, frozen=True):
    """One failed attempt: when (milliseconds since 1970), and why."""

    at_ms: Milliseconds
    error: Kind
    reason: Text
