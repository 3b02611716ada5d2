"""A message of each record with all fields filled: none has its default."""

from __future__ import annotations

import msgspec

from movietag.documents import (
    DroppedSlots,
    FrameBody,
    LetterBody,
    MarkedCaptions,
    MovieBody,
    MovieTagBody,
    TagCount,
    VideoState,
)
from movietag.fleet.fetch_pauses import FetchPause
from movietag.frames.kept import Kept
from movietag.records import (
    Answered,
    Caption,
    Context,
    Document,
    Failure,
    FrameInfo,
    Letter,
    LetterId,
    Manifest,
    Message,
    MovieEvent,
    MovieId,
    MovieNews,
    Plan,
    Recaption,
    RequestId,
    Sampling,
    Settled,
    Shortened,
    SlotDropped,
    SlotFailure,
    SlotTime,
    Sources,
    TaggerId,
    Title,
    TitleRequest,
    Video,
    VideoAgain,
    VideoFailed,
    VideoFailure,
    VideoId,
    VideoJob,
)
from movietag.recount.current import CurrentVocabulary

MOVIE, VIDEO = MovieId("heat-1995-0a1b2c3d"), VideoId("youtube:dQw4w9WgXcQ")
OTHER = VideoId("youtube:AAAAAAAAAAA")
TAGGER = TaggerId("llava@123456789abc")
REQUEST = RequestId("movietag.titles/3/17")
LETTER = LetterId("movietag.frames/1/2/caption")
SOURCES = Sources(("https://youtu.be/a",), ("/films/a.mp4",), ("/films/a",))
TITLE = Title(
    "Heat",
    MOVIE,
    1995,
    SOURCES,
    True,
    True,
    ("crime", "drama"),
    imdb="tt0113277",
    tmdb=949,
    cancel=True,
)
FOUND = Video(
    VIDEO,
    "search",
    "https://youtu.be/a",
    "Heat · Bande-annonce é",
    151.5,
    "Clips",
    3.25,
    ("title", "year"),
)
NEXT = Video(OTHER, "search", "https://youtu.be/b", "Heat", 60.0, "Others", 1.0, ("title",))
SAMPLING = Sampling(
    10, 2.0, 4.0, "exact", 640, 360, 85, True, True, 6, 6.0, 500, 0.05, 0.1, True, True, 0.5
)
CONTEXT = Context("Heat", 1995, ("crime",), "Heat · Bande-annonce é", ("violence",))
WHY = VideoFailure(OTHER, "gone", "It is gone.")
AT = Failure(1_700_000_000_000, "bad-image", "No JPEG.")
SLOTS = (SlotTime(0, 0.5), SlotTime(2, 1.25))
JOB = VideoJob(
    MOVIE, 2, 1, FOUND, SAMPLING, TAGGER, CONTEXT, "resend", 1, "llava", 1_700_000_000_000, True
)
MANIFEST = Manifest(MOVIE, 2, VIDEO, 151.5, SLOTS, (SlotDropped(1, "dark"),), 303.0)

MESSAGES: tuple[Message, ...] = (
    TitleRequest(REQUEST, TITLE, 1_700_000_000_000),
    VideoFailed(MOVIE, 2, WHY, 1),
    VideoAgain(MOVIE, 2, VIDEO),
    Recaption(MOVIE, 2, TAGGER, "llava", ("violence",)),
    Settled(MOVIE, 2, 41),
    JOB,
    FrameInfo(MOVIE, 2, VIDEO, 7, 12.5, TAGGER, CONTEXT, "llava"),
    Plan(
        movie_id=MOVIE,
        title="Heat",
        year=1995,
        generation=2,
        revision=1,
        rank="00000000000000000017.0123456789ab",
        cause=REQUEST,
        tagger=TAGGER,
        sampling=SAMPLING,
        wanted=2,
        made_ms=1_700_000_000_000,
        asked=16,
        withdrawn_ms=1_700_000_000_000,
        videos=(FOUND, NEXT),
        adds=(VIDEO,),
        candidates=(NEXT,),
        failed=(WHY,),
        sources=SOURCES,
        reason="The search found no further video.",
        forgotten=True,
        genres=("crime", "drama"),
        frames=1,
        kept=(VIDEO,),
        model="llava",
        found=("violence",),
    ),
    MANIFEST,
    Caption(MOVIE, 2, VIDEO, 7, 12.5, TAGGER, "A 'murder'.", "Say.", 81.5, {"murder": 0.75}, "cut"),
    SlotFailure(MOVIE, 2, VIDEO, 8, TAGGER, "bad-image", "No JPEG.", LETTER),
    Answered(MOVIE, 2, (REQUEST,), AT, 17, 18, 3, 1_700_000_000_000, 1_700_000_000_000),
    Document(
        "movies-mpst-0a1b2c3d", "heat~llava", 1 << 48, msgspec.Raw(b'{"title":"Heat"}'), "failed"
    ),
    MovieEvent(
        specversion="1.0",
        id=f"{MOVIE}/2/{(1 << 48) + (2 << 32) + 7}",
        source="urn:movietag:0a1b2c3d",
        type="movietag.movie.changed",
        subject=MOVIE,
        time="2026-11-30T12:00:00.250Z",
        datacontenttype="application/json",
        data=MovieNews(
            movie_id=MOVIE,
            title="Heat",
            year=1995,
            status="complete",
            reason="",
            generation=2,
            version=(1 << 48) + (2 << 32) + 7,
            images=50,
            tags=("murder", "violence"),
            tagger=TAGGER,
            vocabulary="mpst-0a1b2c3d",
            updated_ms=1_795_000_000_250,
        ),
    ),
    Letter(
        LETTER,
        "caption",
        "movietag.frames",
        1,
        2,
        "bad-image",
        "No JPEG.",
        (AT,),
        b"\xff\x00",
        (("frame", b"{}"),),
        MOVIE,
        Shortened(beginning=b"\xff\xd8", size=5_000_000, sha256="0a" * 32),
    ),
    FetchPause(1_700_000_000_000),
    CurrentVocabulary("mine-0a1b2c3d", "mine", '[tags]\n"horror" = []\n', "substring", ("mpst-1",)),
    Kept(JOB, MANIFEST, ("0123456789abcdef", "fedcba9876543210")),
)

BODIES = (
    MovieBody(
        MOVIE, "Heat", 1995, "complete", "why", 2, 1, TAGGER, "mpst-0a1b2c3d", 41, 42, 1,
        ("murder",), {"murder": TagCount(5, 0.125)},
        (VideoState(VIDEO, "https://youtu.be/a", "Heat", "search", 3.5, ("year",), "fetched", "", 42, 8, 41, 1, (DroppedSlots("dark", 8),), 151.5, 303.0),),
        1_700_000_000_000, 1_700_000_000_001, "failed", "gone", 50, 8, (DroppedSlots("dark", 8),), True, (MarkedCaptions("cut", 3),), ("heat",), "heat", "5 videos, 50 slots each (keyframes)", (0.125, 0.0),
    ),
    MovieTagBody(MOVIE, "Heat", 1995, TAGGER, "murder", 5, 0.125, 41, 1, 1_700_000_000_001, 0.75),
    FrameBody(
        MOVIE, "Heat", 1995, TAGGER, VIDEO, "Heat · Bande-annonce é", 7, 12.5, "A 'murder'.", ("murder",),
        "https://youtu.be/a?t=12s", 1_700_000_000_001, {"murder": 0.75}, "cut", "a murder",
    ),
    LetterBody(
        LETTER, "caption", "movietag.frames", 1, 2, "bad-image", "No JPEG.", 1, (AT,), MOVIE,
        "····", 4, 3, 9, 1_700_000_000_000, "replayed", 1_700_000_000_002,
    ),
)  # fmt: skip
