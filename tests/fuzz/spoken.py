# ruff: noqa: RUF001  # odd letters are the point
"""Captions that a model may give, and the tags that the vocabulary's stated rule finds in each.

The rule: NFKC, case folded, whole words, without what nobody sees, the longest form first.
The truth is written down case by case, not computed by the matcher.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from support.records import SAMPLING

from fuzz.inputs import Input
from fuzz.pictures import jpeg
from movietag import topics
from movietag.records import (
    FrameInfo,
    Manifest,
    MovieId,
    Plan,
    Record,
    RequestId,
    SlotTime,
    TaggerId,
    Video,
    VideoId,
    encode,
)

TAGGER = TaggerId("fuzz@1")
VIDEO = VideoId("file:00000000000000aa")
SLOTS = 10

# What is said, and which tags count. {} is a running number, so that no two are the same.
CASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("a murder {}", ("murder",)),
    ("A MURDER, A MURDER {}", ("murder",)),
    ("ｍｕｒｄｅｒ {}", ("murder",)),  # full width
    ("𝐦𝐮𝐫𝐝𝐞𝐫 {}", ("murder",)),  # mathematical letters
    ("ⓜⓤⓡⓓⓔⓡ {}", ("murder",)),
    ("non ﬁction {}", ("non fiction",)),  # a ligature
    ("mur\u200dder {}", ("murder",)),  # nobody sees a joiner of no width
    ("mur\u200bder {}", ()),  # a blank of no width separates words
    ("mur\u00adder {}", ("murder",)),  # nor a soft hyphen
    ("murder\u0301 {}", ()),  # r and an accent are one letter, another one
    ("m\u0443rder {}", ()),  # a Cyrillic u
    ("murders {}", ()),
    ("xmurder {}", ()),
    ("murder_ {}", ("murder",)),
    ("\u202emurder\u202c {}", ("murder",)),  # marks of direction are no letters
    ("\u2067murder\u2069 {}", ("murder",)),
    ("murder\x00comedy {}", ("murder", "comedy")),  # nor are control characters
    ("murder\x1b[31mcomedy {}", ("murder",)),
    ("\x07\x08murder\x7f {}", ("murder",)),
    ("good\u3000versus\u00a0evil {}", ("good versus evil",)),
    ("good-versus-evil {}", ("good versus evil",)),
    ("good versus {} evil", ()),
    ("good\nversus\r\nevil {}", ("good versus evil",)),
    ("historical fiction {}", ("historical fiction",)),
    ("historical, {} fiction", ("historical",)),
    ("ſatire {}", ("satire",)),  # a long s
    ("ＳＣＩ－ＦＩ {}", ("sci-fi",)),
    ("\ufeffcomedy {}", ("comedy",)),
    ("🔪murder🔪 {}", ("murder",)),
    ("<script>alert('murder')</script> {}", ("murder",)),
    ('{{"tag": "murder"}} {}', ("murder",)),
    ("murder " * 10_000 + "{}", ("murder",)),
)
LONG = (100_008, 1_000_000, 1_048_576, 3_000_000)  # bytes; the model says so much by itself


@dataclass
class Movie:
    """A movie whose frames say something, and the counts that must stand."""

    movie_id: MovieId
    facts: list[Record]
    counts: Counter[str] = field(default_factory=Counter)
    images: int = 0


class Spoken:
    """Makes frames that the model answers with hostile captions, ten a movie."""

    def __init__(self, rng: random.Random, run: str) -> None:
        self._rng = rng
        self._run = run
        self.movies: dict[str, Movie] = {}

    def odd(self, count: int) -> list[Input]:
        """Frames whose captions hold tags, or almost, in odd Unicode, marks and control characters."""

        def say(number: int) -> tuple[str, tuple[str, ...], bool]:
            text, tags = CASES[self._rng.randrange(len(CASES))]
            return text.format(number), tags, False

        return self._frames("odd captions", count, say)

    def long(self, count: int) -> list[Input]:
        """Frames whose captions are far too long; each tenth one is not, so that a movie counts."""

        def say(number: int) -> tuple[str, tuple[str, ...], bool]:
            if number % SLOTS == SLOTS - 1:
                return f"a murder {number}", ("murder",), False
            return f"LONG:{self._rng.choice(LONG)}", (), True

        return self._frames("long captions", count, say)

    def _frames(
        self, group: str, count: int, say: Callable[[int], tuple[str, tuple[str, ...], bool]]
    ) -> list[Input]:
        """The frames; the facts that make them count are in ``movies``."""
        picture = jpeg(self._rng)
        found = []
        for number in range(count):
            name = f"say-{self._run}-{group[:3]}-{number // SLOTS}"
            movie = self.movies.get(name)
            if movie is None:
                slots = min(SLOTS, count - number)
                movie = self.movies[name] = Movie(MovieId(name), _facts(MovieId(name), slots))
            info = FrameInfo(MovieId(name), 1, VIDEO, number % SLOTS, 0.5, TAGGER)
            said, tags, refused = say(number)
            if not refused:
                movie.images += 1
                movie.counts.update(tags)
            value = picture + b"SAY:" + said.encode()
            headers = ((topics.FRAME_HEADER, encode(info)),)
            found.append(
                Input(
                    group, topics.FRAMES.name, value, name.encode(), headers, refused,
                    name, frozenset(tags), said[:40],
                )
            )  # fmt: skip
        return found


def _facts(movie: MovieId, slots: int) -> list[Record]:
    video = Video(VIDEO, "file", "/nowhere.mp4", "nowhere", 5.0)
    plan = Plan(
        movie, "Said", 1999, 1, 0, "0.a", RequestId("movietag.titles/0/1"), TAGGER,
        msgspec.structs.replace(SAMPLING, slots=SLOTS), 1, 1_000, (video,), (VIDEO,),
    )  # fmt: skip
    times = tuple(SlotTime(slot, slot + 0.5) for slot in range(slots))
    return [plan, Manifest(movie, 1, VIDEO, 10.0, times)]
