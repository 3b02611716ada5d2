"""All wire formats and their codecs: what the stages exchange.

Every record is a frozen struct, encoded as JSON (``movietag.records.wire``). ``Plan``, ``Manifest``, ``Caption`` and
``SlotFailure`` are the *facts* about a movie: they share one topic, distinguished by ``kind``.
A frame is the exception: its value is the JPEG itself, with its ``FrameInfo`` as a header.

Compatibility: a field may be added if it has a default, and a kind of fact or request may be added. Older readers
preserve an unknown field and pass over an unknown kind. A change of a ``Message``'s fields, also within a record
in it, raises its ``VERSION``, and tests/wire/ gets a message of it.
"""

from __future__ import annotations

from movietag.records.bounds import EVERY_VIDEO, LetterId, MovieId, RequestId, TaggerId, VideoId
from movietag.records.documents import Document, Letter, Shortened
from movietag.records.events import TYPES, Change, MovieEvent, MovieNews
from movietag.records.facts import Caption, Fact, Manifest, Plan, SlotDropped, SlotFailure, SlotTime
from movietag.records.kinds import decode_fact, decode_request, unknown_kind
from movietag.records.ledger import Answered, Beside, KnownFact, LedgerFact, Placed, Unknown
from movietag.records.parts import (
    ENDS_IN_HALF,
    MODES,
    WORKS,
    CaptionQuality,
    Context,
    Failure,
    Sampling,
    SourceKind,
    Sources,
    Title,
    Video,
    VideoFailure,
)
from movietag.records.requests import (
    FrameInfo,
    Recaption,
    Request,
    Settled,
    TitleRequest,
    VideoAgain,
    VideoFailed,
    VideoJob,
)
from movietag.records.wire import Message, Record, decode, encode

__all__ = [
    "ENDS_IN_HALF",
    "EVERY_VIDEO",
    "MODES",
    "TYPES",
    "WORKS",
    "Answered",
    "Beside",
    "Caption",
    "CaptionQuality",
    "Change",
    "Context",
    "Document",
    "Fact",
    "Failure",
    "FrameInfo",
    "KnownFact",
    "LedgerFact",
    "Letter",
    "LetterId",
    "Manifest",
    "Message",
    "MovieEvent",
    "MovieId",
    "MovieNews",
    "Placed",
    "Plan",
    "Recaption",
    "Record",
    "Request",
    "RequestId",
    "Sampling",
    "Settled",
    "Shortened",
    "SlotDropped",
    "SlotFailure",
    "SlotTime",
    "SourceKind",
    "Sources",
    "TaggerId",
    "Title",
    "TitleRequest",
    "Unknown",
    "Video",
    "VideoAgain",
    "VideoFailed",
    "VideoFailure",
    "VideoId",
    "VideoJob",
    "decode",
    "decode_fact",
    "decode_request",
    "encode",
    "unknown_kind",
]
