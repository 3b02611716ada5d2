"""The results of searches: frozen structs, encoded unchanged as ``--json``."""

from __future__ import annotations

import msgspec

from movietag.documents import (
    Attempt,
    DroppedSlots,
    LetterBody,
    MarkedCaptions,
    Status,
    TagCount,
    VideoState,
)


class Evidence(msgspec.Struct, frozen=True):
    """The frame that matched `about:`, and its ranks in both lists.

    ``meaning`` and ``words`` are ranks from 1, null if the frame is not among the best; ``similarity`` is the
    cosine of its caption and the query. For a movie, ranks count movies.

    """

    caption: str
    video_id: str
    slot: int
    time: float
    meaning: int | None
    words: int | None
    similarity: float | None

    @property
    def places(self) -> str:
        """Its ranks, for display: `meaning #3 (0.52), words #1`."""
        meaning = f"meaning #{self.meaning} ({self.similarity:.2f})" if self.meaning else ""
        words = f"words #{self.words}" if self.words else ""
        return ", ".join(filter(None, (meaning, words)))


class NearMovie(msgspec.Struct, frozen=True):
    """A movie whose title is near to one that is not found."""

    movie_id: str
    title: str
    year: int | None


class OtherReading(msgspec.Struct, frozen=True):
    """Another query that plain words may mean, and what it looks for."""

    query: str
    meaning: str


class QueryReading(msgspec.Struct, frozen=True):
    """How plain words were read: as ``query``, which looks for ``meaning``.

    ``others`` are other ways to read them, ``near`` tags that are spelled nearly like one of the words, or, where
    nothing matches, near to all of them in meaning.
    """

    query: str
    meaning: str
    others: tuple[OtherReading, ...]
    near: tuple[str, ...] = ()


class Reason(msgspec.Struct, frozen=True):
    """A condition that decides whether a movie matches; for a tag, with the movie's ratio and lift.

    ``near``: no title fits the condition, so near ones do. ``unknown``: no image of the movie is counted, so it is
    not known whether it holds.
    """

    condition: str
    tag: str | None = None
    ratio: float | None = None
    lift: float | None = None
    about: Evidence | msgspec.UnsetType = msgspec.UNSET
    near: bool | msgspec.UnsetType = msgspec.UNSET
    unknown: bool | msgspec.UnsetType = msgspec.UNSET


class Movie(msgspec.Struct, frozen=True):
    """A movie; ``tags`` are those that occur, by falling ratio; ``lifts`` are theirs, if requested.

    ``why`` has the conditions of the search that it matches, ``thumbnails`` the server's paths of small pictures,
    if frames are stored. ``attempt`` is a try newer than the result shown (a refresh, a search for missing videos,
    another tagger), ``attempt_reason`` why it failed. ``slots`` are those of the videos that were fetched, of which
    ``dropped`` have no frame; ``short``: more than the setting ``most_lost`` allows. ``not_whole`` counts the
    captions that are marked as anything but whole. ``sampling`` says how its plan takes frames; empty: counted by an
    earlier version.

    """

    movie_id: str
    title: str
    year: int | None
    status: Status
    reason: str
    images: int
    promised: int
    failed_images: int
    tags: dict[str, TagCount]
    tagger: str
    vocabulary: str
    generation: int
    videos: tuple[VideoState, ...]
    added_ms: int
    updated_ms: int
    attempt: Attempt | None = None
    attempt_reason: str = ""
    lifts: dict[str, float] | msgspec.UnsetType = msgspec.UNSET
    why: tuple[Reason, ...] | msgspec.UnsetType = msgspec.UNSET
    thumbnails: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    slots: int = 0
    dropped: int = 0
    dropped_by: tuple[DroppedSlots, ...] = ()
    short: bool = False
    not_whole: tuple[MarkedCaptions, ...] = ()
    sampling: str = ""

    @property
    def sources(self) -> frozenset[str]:
        """The sources of its videos."""
        return frozenset(video.source for video in self.videos)

    @property
    def closest(self) -> Evidence | None:
        """The frame that matched `about:`, if any."""
        why = () if isinstance(self.why, msgspec.UnsetType) else self.why
        evidences = (one.about for one in why)
        return next((one for one in evidences if not isinstance(one, msgspec.UnsetType)), None)

    def ratio(self, tag: str) -> float:
        """The ratio of a tag, 0 if it does not occur."""
        return self.tags[tag].ratio if tag in self.tags else 0.0


class LeftOut(msgspec.Struct, frozen=True):
    """Movies without images that a search leaves out: what they do not show is not known.

    ``query`` matches these ``movies``, too.
    """

    movies: int
    query: str


class Movies(msgspec.Struct, frozen=True):
    """The best movies of a search and the total number of matches; ``next`` and ``previous`` are tokens of pages.

    ``first``: the number of the first of them among all matches, from 1; left out if there are none.
    ``unreadable``: the number omitted, because another version of movietag wrote their documents.
    ``near``: the conditions on titles that no movie fits; the movies have titles that are near to them.
    ``left_out``: movies that no negative condition (`not horror`) matches, as no image of them is counted; of a
    first page.
    ``read``: how plain words were read, left out if the text was a query.
    """

    total: int
    movies: tuple[Movie, ...]
    next: str | msgspec.UnsetType = msgspec.UNSET
    unreadable: int | msgspec.UnsetType = msgspec.UNSET
    near: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    read: QueryReading | msgspec.UnsetType = msgspec.UNSET
    left_out: LeftOut | msgspec.UnsetType = msgspec.UNSET
    previous: str | msgspec.UnsetType = msgspec.UNSET
    first: int | msgspec.UnsetType = msgspec.UNSET


class Frame(msgspec.Struct, frozen=True):
    """A frame of a movie; ``time`` in seconds of its video, ``link`` opens the video there."""

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
    quality: str = ""


class Scene(msgspec.Struct, frozen=True):
    """A stretch of a video: a run of matching frames, from ``start`` to ``end`` (seconds).

    ``frames`` is the number of its matching frames, ``tags`` how many of them show each tag; ``caption`` and
    ``slot`` are the first one's, and ``link`` opens the video there. ``thumbnail`` is the server's path of a small
    picture, if frames are stored. ``about`` is its frame that matched `about:` best.

    """

    movie_id: str
    title: str
    year: int | None
    tagger: str
    video_id: str
    video_title: str
    start: float
    end: float
    timecode: str
    frames: int
    slot: int
    caption: str
    tags: dict[str, int]
    link: str
    thumbnail: str | msgspec.UnsetType = msgspec.UNSET
    about: Evidence | msgspec.UnsetType = msgspec.UNSET


class Scenes(msgspec.Struct, frozen=True):
    """The first scenes of a search and the total number of matching frames; pages as in ``Movies``.

    With `about:` the best come first, and only the best frames count. ``unreadable``: the number of frames
    omitted, because another version of movietag wrote their documents. ``near`` and ``read`` as in ``Movies``.
    """

    frames: int
    scenes: tuple[Scene, ...]
    next: str | msgspec.UnsetType = msgspec.UNSET
    unreadable: int | msgspec.UnsetType = msgspec.UNSET
    near: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    read: QueryReading | msgspec.UnsetType = msgspec.UNSET
    previous: str | msgspec.UnsetType = msgspec.UNSET
    first: int | msgspec.UnsetType = msgspec.UNSET


class Letters(msgspec.Struct, frozen=True):
    """The newest dead letters of a search and the total number of matches; ``unreadable`` as in ``Movies``."""

    total: int
    letters: tuple[LetterBody, ...]
    unreadable: int | msgspec.UnsetType = msgspec.UNSET


class TagRow(msgspec.Struct, frozen=True):
    """One movie and tag: a line of the exported table.

    ``not_whole``, ``status``, ``added_ms`` and ``promised`` are the movie's, as in ``Movie``; ``updated_ms`` is that of the
    counts.
    """

    movie_id: str
    title: str
    year: int | None
    images: int
    tag: str
    count: int
    ratio: float
    lift: float
    not_whole: tuple[MarkedCaptions, ...] = ()
    status: str = ""
    promised: int = 0
    added_ms: int | None = None
    updated_ms: int | None = None
