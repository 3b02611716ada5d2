"""The only wire formats and their codecs: what passes between the stages.

Every record is a frozen struct, written as JSON (``movietag.records.wire``). ``Plan``, ``Manifest``, ``Caption`` and
``SlotFailure`` are the *facts* about a movie: they travel on one topic, told apart by ``kind``.
A frame is the exception: its value is the JPEG itself, its ``FrameInfo`` travels as a header.

Versions side by side: a field may be added where it has a default, and a kind of fact or request may be added.
Older readers keep the one and pass over the other. A field of a ``Message`` that changes, also within a record
in it, raises its ``VERSION``, and a message of it is recorded in tests/wire/.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, NewType, get_args

import msgspec

from movietag.errors import PermanentError
from movietag.records.bounds import (
    MOST_GENERATION,
    MOVIE_ID,
    PLACE_ID,
    TAGGER_ID,
    VIDEO_ID,
    AnySeconds,
    Bits,
    CaptionText,
    Generation,
    Kind,
    Milliseconds,
    Name,
    Number,
    Offset,
    Quality,
    Score,
    Seconds,
    Side,
    Slots,
    Text,
    Url,
    Year,
)
from movietag.records.wire import UNKNOWN, Message, Record, decode, encode, read

__all__ = ["Message", "Record", "decode", "encode"]

MovieId = NewType("MovieId", str)
VideoId = NewType("VideoId", str)
TaggerId = NewType("TaggerId", str)
RequestId = NewType("RequestId", str)  # "topic/partition/offset" of the title
LetterId = NewType("LetterId", str)  # "topic/partition/offset/stage" of the first failure

# In a job that drops kept frames: all videos of the movie, whatever they were.
EVERY_VIDEO: Final = VideoId("none")

# As fields: with their bounds.
_MovieId = Annotated[MovieId, MOVIE_ID]
_VideoId = Annotated[VideoId, VIDEO_ID]
_TaggerId = Annotated[TaggerId, TAGGER_ID]
_RequestId = Annotated[RequestId, PLACE_ID]
_LetterId = Annotated[LetterId, PLACE_ID]


MODES: Final = frozenset({"keyframes", "exact"})
WORKS: Final = frozenset({"fetch", "resend", "drop"})


class Sources(Record, frozen=True):
    """Where a title's videos come from when they are not searched for."""

    urls: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    images: tuple[str, ...] = ()  # folders of pictures

    def __bool__(self) -> bool:
        return bool(self.urls or self.files or self.images)


class Context(Record, frozen=True):
    """What the plan knows of a frame: for prompts that ask by it."""

    title: Text = ""
    year: Year | None = None
    genres: tuple[Name, ...] = ()
    video: Text = ""  # the title of its video
    found: tuple[
        Name, ...
    ] = ()  # tags that an earlier pass found in the movie, the most frequent first


class Title(Record, frozen=True):
    """What a user asked for, checked and named."""

    title: Text
    movie_id: _MovieId
    year: Year | None = None
    sources: Sources = Sources()
    refresh: bool = False
    forget: bool = False
    genres: tuple[Name, ...] = ()


class Video(Record, frozen=True):
    """One video that may show the movie, with why it was chosen."""

    video_id: _VideoId
    source: Kind  # "search", "url", "file" or "images"
    url: Url  # http(s) URL, or an absolute path for "file" and "images"
    title: Text = ""
    seconds: Seconds | None = None
    channel: Text = ""
    score: Score = 0.0
    reasons: tuple[str, ...] = ()


class VideoFailure(Record, frozen=True):
    """Why a video of a plan could not be had; ``kind`` is a short stable word."""

    video_id: _VideoId
    kind: Kind
    reason: Text


class Sampling(Record, frozen=True):
    """Every setting that decides which frames of a video are taken, and what they look like."""

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


class Failure(Record, frozen=True):
    """One failed attempt: when (milliseconds since 1970), and why."""

    at_ms: Milliseconds
    error: Kind
    reason: Text


# -- movietag.requests -------------------------------------------------------------------------


class TitleRequest(Message, frozen=True, tag_field="kind", tag="title"):
    """A checked, named title."""

    request_id: _RequestId
    title: Title


class VideoFailed(Message, frozen=True, tag_field="kind", tag="video-failed"):
    """A video of a plan failed for good: the plan must replace it or do without."""

    VERSION: ClassVar[int] = 2  # since 0.1: `revision`

    movie_id: _MovieId
    generation: Generation
    failure: VideoFailure
    revision: Number | None = None  # that asked for the video; None: as a former version reports it


class VideoAgain(Message, frozen=True, tag_field="kind", tag="video-again"):
    """Someone has mended why a video failed: the plan takes it back if it is short."""

    movie_id: _MovieId
    generation: Generation
    video_id: _VideoId


class Recaption(Message, frozen=True, tag_field="kind", tag="recaption"):
    """The kept frames of a generation are to be captioned again, by another tagger."""

    movie_id: _MovieId
    generation: Generation  # that stands; when another does by now, nothing is done
    tagger: _TaggerId
    model: Name = ""  # of the tagger, by its name; empty: the setting's
    found: tuple[Name, ...] = ()  # tags of the pass before, for the context of its frames


class Settled(Message, frozen=True, tag_field="kind", tag="settled"):
    """What the count stage found in a generation of which nothing is under way any more."""

    movie_id: _MovieId
    generation: Generation
    images: Number  # that are shown; 0: it has failed to take the place of what is shown


Request = TitleRequest | VideoFailed | VideoAgain | Recaption | Settled

# -- movietag.videos, movietag.frames ----------------------------------------------------------


class VideoJob(Message, frozen=True):
    """One video to fetch, with all settings that decide its facts: the unit of retry."""

    VERSION: ClassVar[int] = 2  # since 0.1: `made_ms`

    movie_id: _MovieId
    generation: Generation
    revision: Number
    video: Video
    sampling: Sampling
    tagger: _TaggerId
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

    movie_id: _MovieId
    generation: Generation
    video_id: _VideoId
    slot: Number
    time: Seconds
    tagger: _TaggerId
    context: Context = Context()
    model: Name = ""  # by its name; empty: the setting's


# -- movietag.captions: the facts --------------------------------------------------------------


class Plan(Message, frozen=True, tag_field="kind", tag="plan"):
    """A revision of the plan of one generation of a movie.

    ``rank`` orders two different plans of one revision (two workers may both have made it, one of
    them paused): the least stands, for everyone who sees both.
    """

    VERSION: ClassVar[int] = 2  # since 0.1: `kept`, `asked`

    movie_id: _MovieId
    title: Text
    year: Year | None
    generation: Generation
    revision: Number
    rank: Name
    cause: _RequestId
    tagger: _TaggerId
    sampling: Sampling
    wanted: Number
    made_ms: Milliseconds  # the broker's time of the request, milliseconds since 1970
    videos: tuple[Video, ...] = ()  # chosen so far, failed ones too
    adds: tuple[_VideoId, ...] = ()  # those that this revision adds
    candidates: tuple[Video, ...] = ()  # next ones, best first
    failed: tuple[VideoFailure, ...] = ()
    sources: Sources = Sources()
    reason: Text = ""  # why this revision has nothing to fetch, when a search gave nothing
    forgotten: bool = False  # nothing stands for this movie, all its documents are deleted
    genres: tuple[Name, ...] = ()
    frames: Generation = 0  # the generation whose kept frames are captioned; 0: its own
    # The videos whose frames are of that generation; None: all.
    kept: tuple[_VideoId, ...] | None = None
    model: Name = ""  # that captions, by its name; empty: the setting's
    found: tuple[Name, ...] = ()  # tags of the pass before, for the context of its frames
    asked: Offset | None = None  # where its request lay when it failed first, if it was replayed

    @property
    def frames_of(self) -> int:
        """The generation that has fetched the frames."""
        return self.frames or self.generation


class SlotTime(Record, frozen=True):
    """A slot of a video that has a frame, taken at ``time`` seconds."""

    slot: Number
    time: Seconds


class SlotDropped(Record, frozen=True):
    """A slot without a frame: ``dark``, ``flat``, ``duplicate``, ``undecodable`` or ``missing``."""

    slot: Number
    reason: Text


class Manifest(Message, frozen=True, tag_field="kind", tag="manifest"):
    """The commit record of a video: sent when all its frames are with the broker."""

    movie_id: _MovieId
    generation: Generation
    video_id: _VideoId
    seconds: Seconds
    slots: tuple[SlotTime, ...]
    dropped: tuple[SlotDropped, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if len({slot.slot for slot in self.slots}) < len(self.slots):
            raise ValueError("a slot stands twice")  # it would be counted twice


class Caption(Message, frozen=True, tag_field="kind", tag="caption"):
    """What the tagger said about a slot."""

    movie_id: _MovieId
    generation: Generation
    video_id: _VideoId
    slot: Number
    time: Seconds
    tagger: _TaggerId
    caption: CaptionText
    prompt: Text
    model_ms: AnySeconds
    # Of a tagger that scores tags: those that count, each with its confidence. Else the caption counts.
    confidence: dict[str, Score] | None = None


class SlotFailure(Message, frozen=True, tag_field="kind", tag="failure"):
    """A slot that could not be captioned; its frame lies in the dead letters."""

    movie_id: _MovieId
    generation: Generation
    video_id: _VideoId
    slot: Number
    tagger: _TaggerId
    error: Kind
    reason: Text
    letter_id: _LetterId


Fact = Plan | Manifest | Caption | SlotFailure

# -- the ledgers of plan and count -------------------------------------------------------------


class Answered(Message, frozen=True, tag_field="kind", tag="answered"):
    """Requests that were answered, and of which no plan was made.

    Without it such a request would be answered anew when it is delivered again, by what came after it.
    """

    VERSION: ClassVar[int] = 2  # since 0.1: `added`, `forgot`

    movie_id: _MovieId
    generation: Generation  # the newest when the last of them was answered; 0: there was none
    requests: tuple[_RequestId, ...]
    refused: Failure | None = None  # why the last of them became a dead letter
    # Where the last of them lay that asked for the movie, and the last that asked to forget it.
    added: Offset | None = None
    forgot: Offset | None = None


class Unknown(Record, frozen=True, tag_field="kind", tag=UNKNOWN):
    """A fact or request of a kind that a newer version of movietag has added.

    It counts for nothing, and is written as it came (``more`` is all of it): a newer version reads it again.

    Attributes:
        what: the kind.
        generation: as it says; the last there can be where it says none, so that it is kept with any other.
    """

    movie_id: _MovieId
    what: Kind
    generation: Generation


class _Said(msgspec.Struct, frozen=True):
    """What a message of an unknown kind has to say of itself."""

    kind: Kind
    movie_id: _MovieId
    generation: Any = None


KnownFact = Fact | Answered | Settled
LedgerFact = KnownFact | Unknown


class Beside(Record, frozen=True):
    """What a ledger holds beside a fact. Nothing yet; a newer version's fields are kept, as in any record."""


class Placed(msgspec.Struct, frozen=True, array_like=True):
    """A fact with its place in its partition, and the broker's time (milliseconds since 1970).

    The partition is that of the captions topic in the count's ledger, of the requests topic in the plan's.
    It is written as an array, whose unknown items would be lost: a new field goes into ``Beside``.
    """

    offset: int
    at_ms: int
    fact: LedgerFact
    beside: Beside = Beside()


# -- movietag.documents, movietag.dead-letters -------------------------------------------------


class Document(Message, frozen=True):
    """A document of Elasticsearch, or its deletion (the body ``null``).

    The key on the topic is ``index/doc_id``; ``version`` is external and monotone.
    """

    index: Name
    doc_id: Name
    version: Offset
    body: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def deleted(self) -> bool:
        """Whether this is a deletion."""
        return bytes(self.body) == b"null"

    @property
    def key(self) -> bytes:
        """The key on the topic."""
        return f"{self.index}/{self.doc_id}".encode()


class Letter(Message, frozen=True):
    """The header of a dead letter; its value is the original bytes, untouched.

    ``topic``, ``partition`` and ``offset`` are those of the last failure, ``letter_id`` has those of the first.
    """

    letter_id: _LetterId
    stage: Name
    topic: Name
    partition: Number
    offset: Offset
    error: Kind
    reason: Text
    history: tuple[Failure, ...] = ()  # every attempt, the last one included
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()  # of the original message
    movie_id: MovieId | None = None  # as the key says, which may be anything


def decode_request(value: bytes | None) -> Request | Unknown:
    """Read a request, by its ``kind``; raises as ``decode``."""
    found: Request | Unknown = _read_kind(Request, value, "request")
    return found


def decode_fact(value: bytes | None) -> Fact | Unknown:
    """Read a fact, by its ``kind``; raises as ``decode``."""
    found: Fact | Unknown = _read_kind(Fact, value, "fact")
    return found


def _read_kind(kinds: Any, value: bytes | None, name: str) -> Any:
    try:
        return read(kinds, value, name)
    except PermanentError:
        newer = _newer(kinds, value)
        if newer is None:
            raise
        return newer


def _newer(kinds: Any, value: bytes | None) -> Unknown | None:
    """A message of a kind that is none of these; None where it is something else that does not fit."""
    try:
        tree = msgspec.json.decode(value or b"")
        return unknown_kind(kinds, tree)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def unknown_kind(kinds: Any, tree: Any) -> Unknown | None:
    """As ``_newer``, of a tree; raises msgspec.MsgspecError when it is none because of its values."""
    known = [kind.__struct_config__.tag for kind in get_args(kinds)]  # it may be anything
    if not isinstance(tree, dict) or tree.get("kind") in known:
        return None
    said = msgspec.convert(tree, _Said)
    generation = said.generation
    numbered = isinstance(generation, int) and 0 <= generation <= MOST_GENERATION
    return Unknown(
        movie_id=said.movie_id,
        what=said.kind,
        generation=generation if numbered else MOST_GENERATION,
        more=msgspec.json.encode(tree).decode(),
    )
