"""What the stages are to do: the records of movietag.requests, movietag.videos and movietag.frames."""

from __future__ import annotations

from typing import ClassVar

from movietag.records.bounds import (
    Generation,
    Kind,
    Milliseconds,
    MovieIdField,
    Name,
    Number,
    RequestIdField,
    Seconds,
    TaggerIdField,
    VideoIdField,
)
from movietag.records.parts import Context, Sampling, Title, Video, VideoFailure
from movietag.records.wire import Message


class TitleRequest(Message, frozen=True, tag_field="kind", tag="title"):
    """A checked title with its movie id."""

    VERSION: ClassVar[int] = 3  # since 0.1: `imdb` and `tmdb` of the title; 3: `cancel`, `asked_ms`

    request_id: RequestIdField
    title: Title
    asked_ms: Milliseconds = 0  # when the title was sent, according to the broker; 0: unknown


class VideoFailed(Message, frozen=True, tag_field="kind", tag="video-failed"):
    """A video of a plan failed for good: the plan must replace it or do without."""

    VERSION: ClassVar[int] = 2  # since 0.1: `revision`

    movie_id: MovieIdField
    generation: Generation
    failure: VideoFailure
    revision: Number | None = None  # that requested the video; None: reported by an earlier version


class VideoAgain(Message, frozen=True, tag_field="kind", tag="video-again"):
    """The cause of a video's failure was fixed: the plan takes the video back if it is short."""

    movie_id: MovieIdField
    generation: Generation
    video_id: VideoIdField


class Recaption(Message, frozen=True, tag_field="kind", tag="recaption"):
    """The stored frames of a generation are to be captioned again, by another tagger."""

    movie_id: MovieIdField
    generation: Generation  # the current one; if another is current by now, nothing is done
    tagger: TaggerIdField
    model: Name = ""  # of the tagger, by its name; empty: the setting's
    found: tuple[Name, ...] = ()  # tags of the pass before, for the context of its frames


class Settled(Message, frozen=True, tag_field="kind", tag="settled"):
    """The result of a generation of which no work is in progress any more, from the count stage."""

    movie_id: MovieIdField
    generation: Generation
    images: Number  # shown; 0: it has failed to replace what is shown


Request = TitleRequest | VideoFailed | VideoAgain | Recaption | Settled


class VideoJob(Message, frozen=True):
    """One video to fetch, with all settings that decide its facts: the unit of retry."""

    VERSION: ClassVar[int] = 4  # since 0.1: `made_ms`; 3: fields of its sampling; 4: `bulk`

    movie_id: MovieIdField
    generation: Generation
    revision: Number
    video: Video
    sampling: Sampling
    tagger: TaggerIdField
    context: Context = Context()
    # One of WORKS, or of a newer version's.
    # "resend": no download; send the frames of generation `frames` from the frame store.
    # "drop": delete the video's frames below generation `frames` from the frame store.
    work: Kind = "fetch"
    frames: Generation = 0
    model: Name = ""
    made_ms: Milliseconds = 0  # when its generation was planned, as in the plan
    bulk: bool = False  # its title came with a list: all others go before it


class FrameInfo(Message, frozen=True):
    """The identity of a frame; ``time`` is in seconds of the video's own clock."""

    movie_id: MovieIdField
    generation: Generation
    video_id: VideoIdField
    slot: Number
    time: Seconds
    tagger: TaggerIdField
    context: Context = Context()
    model: Name = ""  # by its name; empty: the setting's
