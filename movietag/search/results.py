"""What searches return: frozen structs, the very form of ``--json``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from movietag.documents import (
    Attempt,
    LetterBody,
    MovieBody,
    MovieTagBody,
    Status,
    TagCount,
    VideoState,
)
from movietag.errors import MovietagError, UsageError
from movietag.rules.lookup import lookup
from movietag.search.lift import Lifts
from movietag.search.query.nodes import Node, Not, Tag, render
from movietag.vocabulary import field_name

Order = Literal["ratio", "lift"]
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
"""What begins a cell that a spreadsheet runs, the wide ones too: the exported table has a ' before it."""
_WITH_YEAR = re.compile(r"(?P<title>.+?)\s*\((?P<year>\d{4})\)")


class NothingFound(MovietagError):  # noqa: N818  # an answer, not a fault
    """What was asked for is not there; the text says what to try."""


class Evidence(msgspec.Struct, frozen=True):
    """The frame by which `about:` found a movie or scene, and its places in both rankings.

    ``meaning`` and ``words`` count from 1, and are null where it is not among the best; ``similarity`` is the
    cosine of its caption and what was asked. Of a movie, places are among the movies.
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
        """Its places, as people read them: `meaning #3 (0.52), words #1`."""
        meaning = f"meaning #{self.meaning} ({self.similarity:.2f})" if self.meaning else ""
        words = f"words #{self.words}" if self.words else ""
        return ", ".join(filter(None, (meaning, words)))


class Reason(msgspec.Struct, frozen=True):
    """A condition of a query that decides about a movie: of a tag, with its ratio and lift there."""

    condition: str
    tag: str | None = None
    ratio: float | None = None
    lift: float | None = None
    about: Evidence | msgspec.UnsetType = msgspec.UNSET


class Movie(msgspec.Struct, frozen=True):
    """A movie; ``tags`` are those that occur, by falling ratio; ``lifts`` theirs, where asked for.

    ``why`` holds the conditions of the search for which it was found, ``thumbnails`` the paths at which the
    server has small pictures of it, where frames are kept. ``attempt`` is a newer try than what is shown (a
    refresh, a search for missing videos, another tagger), ``attempt_reason`` why it has failed.
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

    @property
    def sources(self) -> frozenset[str]:
        """Where its videos come from."""
        return frozenset(video.source for video in self.videos)

    @property
    def closest(self) -> Evidence | None:
        """The frame by which `about:` found it, if it did."""
        why = () if isinstance(self.why, msgspec.UnsetType) else self.why
        found = (one.about for one in why)
        return next((one for one in found if not isinstance(one, msgspec.UnsetType)), None)

    def ratio(self, tag: str) -> float:
        """The ratio of a tag, 0 where it does not occur."""
        return self.tags[tag].ratio if tag in self.tags else 0.0


class Movies(msgspec.Struct, frozen=True):
    """The best movies of a search, and how many there are in all; ``next`` gets further ones.

    ``unreadable``: so many are left out, as another version of movietag has written their documents.
    """

    total: int
    movies: tuple[Movie, ...]
    next: str | msgspec.UnsetType = msgspec.UNSET
    unreadable: int | msgspec.UnsetType = msgspec.UNSET


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


class Scene(msgspec.Struct, frozen=True):
    """A stretch of a video: a run of frames that fit, from ``start`` to ``end``, in seconds.

    ``frames`` is how many of its frames fit, ``tags`` how many of these show each tag; ``caption`` and
    ``slot`` are the first one's, and ``link`` opens the video there. ``thumbnail`` is the path at which the
    server has a small picture of it, where frames are kept. ``about`` is the frame of it that `about:` found first.
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
    """The first scenes of a search, and how many frames fit in all; ``next`` gets further ones.

    With `about:` the best come first, and frames that are not among the best do not count. ``unreadable``: so
    many frames are left out, as another version of movietag has written their documents.
    """

    frames: int
    scenes: tuple[Scene, ...]
    next: str | msgspec.UnsetType = msgspec.UNSET
    unreadable: int | msgspec.UnsetType = msgspec.UNSET


class Letters(msgspec.Struct, frozen=True):
    """The newest dead letters of a search, and how many there are in all; ``unreadable`` as in ``Movies``."""

    total: int
    letters: tuple[LetterBody, ...]
    unreadable: int | msgspec.UnsetType = msgspec.UNSET


class TagRow(msgspec.Struct, frozen=True):
    """One movie and tag: a line of the exported table."""

    movie_id: str
    title: str
    year: int | None
    images: int
    tag: str
    count: int
    ratio: float
    lift: float


def movie_of(body: MovieBody) -> Movie:
    """The movie of a document."""
    tags = {tag: body.tags[field_name(tag)] for tag in body.tag_names}
    return Movie(
        movie_id=body.movie_id,
        title=body.title,
        year=body.year,
        status=body.status,
        reason=body.reason,
        images=body.images,
        promised=body.promised,
        failed_images=body.failed_images,
        tags=dict(sorted(tags.items(), key=lambda item: -item[1].ratio)),
        tagger=body.tagger,
        vocabulary=body.vocabulary,
        generation=body.generation,
        videos=body.videos,
        added_ms=body.added_ms,
        updated_ms=body.updated_ms,
        attempt=body.attempt,
        attempt_reason=body.attempt_reason,
    )


def lifted(movie: Movie, lifts: Lifts) -> Movie:
    """The movie with the lifts of its tags; without, while there is no complete movie to compare with."""
    if not lifts.movies:
        return movie
    found = lifts.rounded((tag, count.ratio) for tag, count in movie.tags.items())
    return msgspec.structs.replace(movie, lifts=found)


def reason_of(condition: Node, movie: Movie, lifts: Lifts | None) -> Reason:
    """A decisive condition, with what the movie has of its tag."""
    leaf = condition.part if isinstance(condition, Not) else condition
    if not isinstance(leaf, Tag):
        return Reason(render(condition))
    ratio = movie.ratio(leaf.tag)
    lift = round(lifts.lift(leaf.tag, ratio), 4) if lifts and lifts.movies else None
    return Reason(render(condition), leaf.tag, ratio, lift)


def ordered(movie: Movie, by: Order) -> dict[str, TagCount]:
    """The movie's tags with the highest ratio, or lift, first; by ratio where no lifts are known."""
    known = movie.lifts
    if by == "ratio" or isinstance(known, msgspec.UnsetType):
        return movie.tags
    return dict(sorted(movie.tags.items(), key=lambda item: -known[item[0]]))


def row_of(body: MovieTagBody, lifts: Lifts) -> TagRow:
    """The line of a document."""
    return TagRow(
        movie_id=body.movie_id,
        title=body.title,
        year=body.year,
        images=body.images,
        tag=body.tag,
        count=body.count,
        ratio=body.ratio,
        lift=lifts.lift(body.tag, body.ratio),
    )


def timecode(seconds: float) -> str:
    """A time as players show it, to a tenth: `0:12.5`, `1:02:03.0`."""
    minutes, tenths = divmod(round(seconds * 10), 600)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{clock}:{tenths // 10:02}.{tenths % 10}"


def named(title: str, year: int | None) -> str:
    """A title as people write it: `Heat (1995)`."""
    return f"{title} ({year})" if year else title


def split_year(text: str) -> tuple[str, int | None]:
    """A text without and with the year behind it: `Heat (1995)` gives `Heat`, 1995."""
    parts = _WITH_YEAR.fullmatch(text.strip())
    return (parts["title"], int(parts["year"])) if parts else (text.strip(), None)


def pick(text: str, candidates: Sequence[Movie]) -> Movie:
    """The one movie that a text means (see ``lookup``), or else words of its title.

    Of several documents of a movie (of several taggers) the latest is taken.

    Raises:
        NothingFound: no movie is meant.
        UsageError: several are; the text lists them with their ids. Or the text is JSON that does not fit.
    """
    sought = lookup(text)
    close = [movie for movie in candidates if sought.titles and sought.fits(movie)]
    meant = sought.exactly(candidates) or close
    if not meant:
        raise NothingFound(
            f"No movie {text.strip()[:100]!r}. `movietag search --title WORD` looks for words of"
            " titles, `movietag add` sends a new one."
        )
    if len({movie.movie_id for movie in meant}) > 1:
        names = dict.fromkeys(
            f"  {movie.movie_id}  {named(movie.title, movie.year)}" for movie in meant
        )
        raise UsageError(
            "\n".join([f"{text.strip()[:100]!r} may be one of these; give its id:", *names])
        )
    (one,) = latest(meant)
    return one


def latest(movies: Iterable[Movie]) -> tuple[Movie, ...]:
    """Of each movie the latest document, of whichever tagger."""
    newest: dict[str, Movie] = {}
    for movie in movies:
        known = newest.get(movie.movie_id)
        if known is None or known.updated_ms < movie.updated_ms:
            newest[movie.movie_id] = movie
    return tuple(newest.values())
