"""The facts about a movie: the records of movietag.captions, distinguished by ``kind``."""

from __future__ import annotations

from typing import ClassVar

from movietag.records.bounds import (
    AnySeconds,
    CaptionText,
    Generation,
    Kind,
    LetterIdField,
    Milliseconds,
    MovieIdField,
    Name,
    Number,
    Offset,
    RequestIdField,
    Score,
    Seconds,
    TaggerIdField,
    Text,
    VideoIdField,
    Year,
)
from movietag.records.parts import Sampling, Sources, Video, VideoFailure
from movietag.records.wire import Message, Record


class Plan(Message, frozen=True, tag_field="kind", tag="plan"):
    """A revision of the plan of one generation of a movie.

    ``rank`` orders two different plans of one revision (two workers may both have made one, one worker
    having been paused): the plan with the least rank applies, for every process that sees both.
    """

    VERSION: ClassVar[int] = (
        4  # since 0.1: `kept`, `asked`; 3: fields of its sampling; 4: `withdrawn_ms`
    )

    movie_id: MovieIdField
    title: Text
    year: Year | None
    generation: Generation
    revision: Number
    rank: Name
    cause: RequestIdField
    tagger: TaggerIdField
    sampling: Sampling
    wanted: Number
    made_ms: Milliseconds  # the broker's time of the request, milliseconds since 1970
    videos: tuple[Video, ...] = ()  # selected so far, including failed ones
    adds: tuple[VideoIdField, ...] = ()  # those that this revision adds
    candidates: tuple[Video, ...] = ()  # next ones, best first
    failed: tuple[VideoFailure, ...] = ()
    sources: Sources = Sources()
    reason: Text = ""  # why this revision has nothing to fetch, if a search gave no results
    forgotten: bool = False  # the movie is forgotten: all its documents are deleted
    genres: tuple[Name, ...] = ()
    frames: Generation = 0  # the generation whose stored frames are captioned; 0: this one
    # The videos whose frames are those of that generation; None: all.
    kept: tuple[VideoIdField, ...] | None = None
    model: Name = ""  # that captions, by its name; empty: the setting's
    found: tuple[Name, ...] = ()  # tags from the earlier pass, for the context of its frames
    asked: Offset | None = None  # offset of its request at its first failure, if it was replayed
    # Of one that forgets the movie: titles of lists that were sent before this are forgotten with it.
    withdrawn_ms: Milliseconds = 0

    @property
    def frames_of(self) -> int:
        """The generation that fetched the frames."""
        return self.frames or self.generation


class SlotTime(Record, frozen=True):
    """A slot of a video that has a frame, taken at ``time`` seconds."""

    slot: Number
    time: Seconds


class SlotDropped(Record, frozen=True):
    """A slot without a frame, and a word that says why: docs/crawling.md lists them."""

    slot: Number
    reason: Text


class Manifest(Message, frozen=True, tag_field="kind", tag="manifest"):
    """The commit record of a video: sent after the broker has acknowledged all its frames."""

    VERSION: ClassVar[int] = 2  # since 0.1: `claimed`

    movie_id: MovieIdField
    generation: Generation
    video_id: VideoIdField
    seconds: Seconds
    slots: tuple[SlotTime, ...]
    dropped: tuple[SlotDropped, ...] = ()
    claimed: Seconds = (
        0.0  # the length that a cut-off video should have; 0: nothing of it is missing
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if len({slot.slot for slot in self.slots}) < len(self.slots):
            raise ValueError("a slot occurs twice")  # it would be counted twice


class Caption(Message, frozen=True, tag_field="kind", tag="caption"):
    """What the tagger returned for a slot."""

    VERSION: ClassVar[int] = 2  # since 0.1: `quality`

    movie_id: MovieIdField
    generation: Generation
    video_id: VideoIdField
    slot: Number
    time: Seconds
    tagger: TaggerIdField
    caption: CaptionText
    prompt: Text
    model_ms: AnySeconds
    # Of a tagger that scores tags: the tags that count, with their confidences. Else the caption counts.
    confidence: dict[str, Score] | None = None
    quality: Name = ""  # a CaptionQuality; empty: unmarked, e.g. of a version before, or scored


class SlotFailure(Message, frozen=True, tag_field="kind", tag="failure"):
    """A slot that could not be captioned; its frame is in the dead letters."""

    movie_id: MovieIdField
    generation: Generation
    video_id: VideoIdField
    slot: Number
    tagger: TaggerIdField
    error: Kind
    reason: Text
    letter_id: LetterIdField


Fact = Plan | Manifest | Caption | SlotFailure
