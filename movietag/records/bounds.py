"""The bounds of records' fields, checked whenever a record is decoded or encoded.

A topic may hold anything. A number that Elasticsearch, msgpack or a document's version cannot express, or an id
that cannot be part of a document's id, is refused on reading, with a dead letter. Accepted, it would fail
later as an internal error of some stage, or mix two movies. Values from sites and models are checked where
they arrive (``movietag.crawl.ranking``, ``movietag.captioning.triton.answers``).
"""

from __future__ import annotations

from typing import Annotated, Final, NewType

from msgspec import Meta

MOST_GENERATION = 65_535  # 16 bits of a document's version
MOST_SECONDS = 1e9
MOST_CAPTION = 100_000  # characters; a document with it stays below 1 MiB however it is escaped

# No separator of ledger pages (|), documents (~) or offsets (/), no blank, no control character.
MOVIE_ID = Meta(min_length=1, max_length=200, pattern=r"^[^|/~\x00-\x20\x7f]+\Z")
VIDEO_ID = Meta(min_length=1, max_length=200, pattern=r"^[^|~\x00-\x20\x7f]+\Z")
TAGGER_ID = Meta(min_length=1, max_length=200, pattern=r"^[^|~\x00-\x20\x7f]+\Z")
OFFSET_ID = Meta(min_length=1, max_length=400, pattern=r"^[\x21-\x7e]+\Z")

Kind = Annotated[str, Meta(min_length=1, max_length=200)]
Name = Annotated[str, Meta(max_length=400)]
Text = Annotated[str, Meta(max_length=20_000)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Url = Annotated[str, Meta(min_length=1, max_length=20_000)]
CaptionText = Annotated[str, Meta(max_length=MOST_CAPTION)]

Generation = Annotated[int, Meta(ge=0, le=MOST_GENERATION)]
Number = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Offset = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Year = Annotated[int, Meta(ge=0, le=9_999)]
ImdbIdField = Annotated[str, Meta(pattern=r"^tt[0-9]{7,10}\Z")]
TmdbIdField = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Milliseconds = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]  # the end of the year 9999
Seconds = Annotated[float, Meta(ge=0, le=MOST_SECONDS)]
AnySeconds = Annotated[float, Meta(ge=-1e9, le=1e9)]
Score = Annotated[float, Meta(ge=-1e9, le=1e9)]

# The bounds of Sampling are those of the settings.
Slots = Annotated[int, Meta(ge=1, le=5_000)]
Side = Annotated[int, Meta(ge=32, le=4_096)]
Quality = Annotated[int, Meta(ge=1, le=100)]
Share = Annotated[float, Meta(ge=0, le=1)]
Rate = Annotated[float, Meta(ge=0, le=600)]
Bits = Annotated[int, Meta(ge=-1, le=64)]

MovieId = NewType("MovieId", str)
VideoId = NewType("VideoId", str)
TaggerId = NewType("TaggerId", str)
RequestId = NewType("RequestId", str)  # "topic/partition/offset" of the title
LetterId = NewType("LetterId", str)  # "topic/partition/offset/stage" of the first failure

# In a job that deletes stored frames: all videos of the movie.
EVERY_VIDEO: Final = VideoId("none")

# The ids as types of fields, with their bounds.
MovieIdField = Annotated[MovieId, MOVIE_ID]
VideoIdField = Annotated[VideoId, VIDEO_ID]
TaggerIdField = Annotated[TaggerId, TAGGER_ID]
RequestIdField = Annotated[RequestId, OFFSET_ID]
LetterIdField = Annotated[LetterId, OFFSET_ID]
