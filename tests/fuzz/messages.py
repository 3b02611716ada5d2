"""Messages of every topic between the stages, each with one thing wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from support.records import SAMPLING

from fuzz.inputs import Headers, Input
from fuzz.mutations import mutate
from fuzz.pictures import jpeg
from movietag import topics
from movietag.documents import FRAMES, FrameBody, index_name
from movietag.records import (
    Caption,
    Document,
    Failure,
    FrameInfo,
    Letter,
    LetterId,
    Manifest,
    MovieId,
    Plan,
    Record,
    RequestId,
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
    encode,
)
from movietag.vocabulary import load

TAGGER = TaggerId("fuzz@1")
VIDEO = VideoId("file:0123456789abcdef")
NOTHING_FREE: frozenset[str] = frozenset()


class Messages:
    """Makes them; ``run`` keeps their movies apart from those of other runs."""

    def __init__(self, rng: random.Random, run: str, root: Path) -> None:
        self._rng = rng
        self._run = run
        self._missing = str(root / "missing.mp4")
        self._index = index_name(FRAMES, load("mpst").vocabulary_id)
        self._picture = jpeg(rng)
        self._number = 0

    def requests(self, count: int) -> list[Input]:
        return [
            self._plain("requests", topics.REQUESTS.name, self._request()) for _ in range(count)
        ]

    def videos(self, count: int) -> list[Input]:
        return [self._plain("videos", topics.VIDEOS.name, self._job()) for _ in range(count)]

    def captions(self, count: int) -> list[Input]:
        return [
            self._plain(f"captions: {name}", topics.CAPTIONS.name, fact)
            for name in ("plan", "manifest", "caption", "failure")
            for fact in (self._fact(name) for _ in range(count))
        ]

    def documents(self, count: int) -> list[Input]:
        free = frozenset({"body"})
        return [
            self._plain("documents", topics.DOCUMENTS.name, self._document(), free)
            for _ in range(count)
        ]

    def frames(self, count: int) -> list[Input]:
        return [
            self._with_field("frames", topics.FRAMES.name, "frame", self._frame())
            for _ in range(count)
        ]

    def letters(self, count: int) -> list[Input]:
        return [
            self._with_field("dead-letters", topics.DEAD_LETTERS.name, "letter", self._letter())
            for _ in range(count)
        ]

    def headers(self, count: int) -> list[Input]:
        """Headers that are missing, empty, given twice or huge."""
        return [
            self._with_header(topics.FRAMES.name, "frame", self._frame())
            if number % 2
            else self._with_header(topics.DEAD_LETTERS.name, "letter", self._letter())
            for number in range(count)
        ]

    def valid(self, number: int) -> tuple[str, bytes]:
        """A valid record without headers, and its topic."""
        makers: tuple[tuple[str, Callable[[], Record]], ...] = (
            (topics.REQUESTS.name, self._request),
            (topics.VIDEOS.name, self._job),
            (topics.DOCUMENTS.name, self._document),
            *(
                (topics.CAPTIONS.name, partial(self._fact, name))
                for name in ("plan", "manifest", "caption", "failure")
            ),
        )
        topic, make = makers[number % len(makers)]
        return topic, encode(make())

    def _plain(
        self, group: str, topic: str, record: Record, free: frozenset[str] = NOTHING_FREE
    ) -> Input:
        mutant = mutate(encode(record), self._rng, self._number, free)
        headers: Headers = self._rng.choice(
            ((), (("letter", b"rubbish"),), (("letter", None),), (("x", b"1"), ("x", b"2")))
        )
        key = self._rng.choice((None, b"", b"\xff\x00", b"k" * 2_000, self._movie.encode()))
        if key is None and topic == topics.DOCUMENTS.name:
            key = b""  # a compacted topic takes none without a key
        # A good request names a file that is not there: a letter comes of it.
        refused = mutant.refused or (None if topic == topics.REQUESTS.name else mutant.refused)
        return Input(group, topic, mutant.data, key, headers, refused, note=mutant.note)

    def _with_field(self, group: str, topic: str, name: str, record: Record) -> Input:
        mutant = mutate(encode(record), self._rng, self._number, NOTHING_FREE)
        headers = ((name, mutant.data),)
        return Input(
            group, topic, self._picture, self._any_key(), headers, mutant.refused, note=mutant.note
        )

    def _with_header(self, topic: str, name: str, record: Record) -> Input:
        good = encode(record)
        way = self._rng.randrange(6)
        value: bytes | None = self._picture
        refused: bool | None = True
        headers: Headers
        note = ""
        if way == 0:
            headers, note = (), "no header"
        elif way == 1:
            headers, note = ((name, None),), "null header"
        elif way == 2:
            headers, note, refused = ((name, good), (name, b"{}")), "two headers", None
        elif way == 3:
            headers, note = ((name.upper(), good),), "other name"
        elif way == 4:
            headers, note, value, refused = ((name, good),), "null value", None, None
        else:
            headers, note = ((name, b"{" + b"x" * 900_000),), "huge header"
        return Input("headers", topic, value, self._any_key(), headers, refused, note=note)

    def _any_key(self) -> bytes | None:
        return self._rng.choice((None, b"", b"\xff", b"k" * 100_000))

    @property
    def _movie(self) -> MovieId:
        return MovieId(f"fz-{self._run}-{self._number}")

    def _next(self) -> MovieId:
        self._number += 1
        return self._movie

    def _request(self) -> Record:
        movie = self._next()
        request = RequestId(f"movietag.titles/0/{10**9 + self._number}")
        match self._rng.randrange(5):
            case 0:
                return VideoFailed(movie, 1, VideoFailure(VIDEO, "gone", "It is gone."))
            case 1:
                return VideoAgain(movie, 1, VIDEO)
        sources = Sources(files=(self._missing,))
        return TitleRequest(request, Title("Fuzz", movie, 1999, sources, refresh=True))

    def _job(self) -> Record:
        video = Video(VIDEO, "file", self._missing, "missing", 5.0, "c", 1.0, ("because",))
        return VideoJob(self._next(), 1, 0, video, SAMPLING, TAGGER)

    def _frame(self) -> Record:
        return FrameInfo(self._next(), 1, VIDEO, 3, 2.5, TAGGER)

    def _fact(self, name: str) -> Record:
        movie = self._next()
        video = Video(VIDEO, "file", self._missing, "missing", 5.0)
        match name:
            case "plan":
                return Plan(
                    movie, "Fuzz", 1999, 1, 0, "0.a", RequestId(f"movietag.titles/0/{self._number}"),
                    TAGGER, SAMPLING, 1, 1_000, (video,), (VIDEO,), (video,),
                    (VideoFailure(VideoId("x:1"), "gone", "It is gone."),), Sources(urls=("http://a.b/c",)), "why",
                )  # fmt: skip
            case "manifest":
                slots = (SlotTime(0, 0.5), SlotTime(2, 1.5))
                return Manifest(movie, 1, VIDEO, 3.0, slots, (SlotDropped(1, "dark"),))
            case "caption":
                return Caption(movie, 1, VIDEO, 0, 0.5, TAGGER, "a murder", "Describe.", 1.5)
        letter = LetterId("movietag.frames/0/0/caption")
        return SlotFailure(movie, 1, VIDEO, 0, TAGGER, "bad-image", "No JPEG.", letter)

    def _document(self) -> Record:
        movie = self._next()
        body = FrameBody(
            movie, "Fuzz", 1999, TAGGER, VIDEO, "v", 0, 0.5, "a murder", ("murder",), "l", 5
        )
        raw = msgspec.Raw(msgspec.json.encode(body))
        return Document(self._index, f"{movie}~{TAGGER}~{VIDEO}~000", 1 << 32, raw)

    def _letter(self) -> Record:
        movie = self._next()
        return Letter(
            LetterId(f"forged/{self._run}/{self._number}/fetch"), "fetch", "movietag.videos", 0, 5, "gone", "It is gone.",
            (Failure(1_000, "gone", "It is gone."),), b"key", (("x", b"1"),), movie,
        )  # fmt: skip
