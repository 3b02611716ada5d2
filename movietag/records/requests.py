"""What the stages are asked to do: the records of movietag.requests, movietag.videos and movietag.frames."""

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
    """A checked, named title."""

    request_id: RequestIdField
    title: Title


class VideoFailed(Message, frozen=True, tag_field="kind", tag="video-failed"):
    """A video of a plan failed for good: the plan must replace it or do without."""

    VERSION: ClassVar[int] = 2  # since 0.1: `revision`

    movie_id: MovieIdField
    generation: Generation
    failure: VideoFailure
    revision: Number | None = None  # that asked for the video; None: as a former version reports it


class VideoAgain(Message, frozen=True, tag_field="kind", tag="video-again"):
    """Someone has mended why a video failed: the plan takes it back if it is short."""

    movie_id: MovieIdField
    generation: Generation
    video_id: VideoIdField


class Recaption(Message, frozen=True, tag_field="kind", tag="recaption"):
    """The kept frames of a generation are to be captioned again, by another tagger."""

    movie_id: MovieIdField
    generation: Generation  # that stands; when another does by now, nothing is done
    tagger: TaggerIdField
    model: Name = ""  # of the tagger, by its name; empty: the setting's
    found: tuple[Name, ...] = ()  # tags of the pass before, for the context of its frames


class Settled(Message, frozen=True, tag_field="kind", tag="settled"):
    """What the count stage found in a generation of which nothing is under way any more."""

    movie_id: MovieIdField
    generation: Generation
    images: Number  # that are shown; 0: it has failed to take the place of what is shown


Request = TitleRequest | VideoFailed | VideoAgain | Recaption | Settled


class VideoJob(Message, frozen=True):
    """One video to fetch, with all settings that decide its facts: the unit of retry."""

    VERSION: ClassVar[int] = 2  # since 0.1: `made_ms`

    movie_id: MovieIdField
    generation: Generation
    revision: Number
    video: Video
    sampling: Sampling
    tagger: TaggerIdField
    context: Context = Context()
    # One of WORKS, or of a newer version's.
    # "resend": no download, but the frames of generation `frames` out of the frame store.
    # "drop": delete there what is kept of the video below generation `frames`.
    work: Kind = "fetch"
    frames: Generation = 0
    model: Name = ""
    made_ms: Milliseconds = 0  # when its generation was planned, as in the plan


class FrameInfo(Message, frozen=True):
    """What a frame is; ``time`` is in seconds of the video's own clock."""

    movie_id: MovieIdField
    generation: Generation
    video_id: VideoIdField
    slot: Number
    time: Seconds
    tagger: TaggerIdField
    context: Context = Context()
    model: Name = ""  # by its name; empty: the setting's
