"""Made-up movies for benchmarks: all facts of a complete movie, the same in every run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache

from movietag.records import (
    Caption,
    Fact,
    Manifest,
    MovieId,
    Placed,
    Plan,
    RequestId,
    Sampling,
    SlotTime,
    TaggerId,
    Video,
    VideoId,
)
from movietag.vocabulary import load

TAGGER = TaggerId("llava@0123456789ab")
PROMPT = "USER: <image>\nWhat tag data does this scene of a movie contain?\nASSISTANT:"
SAMPLING = Sampling(10, 2, 4, "keyframes", 640, 360, 85, True, True, 6)
SINCE = 1_790_000_000_000  # milliseconds since 1970
SYLLABLES = ["ka", "ro", "mi", "ten", "sha", "lu", "vor", "ni", "pel", "da", "gri", "so"]


def movie_id(number: int) -> MovieId:
    """The id of a movie, as long as a real one."""
    return MovieId(f"the-made-up-movie-{number}-1999-{number:08x}")


def facts_of(number: int, videos: int, slots: int, words: int) -> Iterator[Placed]:
    """Plan, captions and manifests of a movie, with ``words`` in a caption beside its tags."""
    draw = random.Random(number)
    movie, names = movie_id(number), [VideoId(f"youtube:{number:07x}_{at}") for at in range(videos)]
    facts: list[Fact] = [_plan(number, names)]
    for name in names:
        for slot in range(slots):
            text = _text(draw, words)
            facts.append(Caption(movie, 1, name, slot, slot * 7.5, TAGGER, text, PROMPT, 41.7))
        times = tuple(SlotTime(slot, slot * 7.5) for slot in range(slots))
        facts.append(Manifest(movie, 1, name, slots * 7.5, times))
    for at, fact in enumerate(facts):
        yield Placed(number * 60 + at, SINCE + number * 100 + at, fact)


def _plan(number: int, names: list[VideoId]) -> Plan:
    videos = tuple(
        Video(
            name,
            "search",
            f"https://www.youtube.com/watch?v={name[8:]}",
            title=f"The Made-Up Movie {number} (1999) Official Trailer",
            seconds=142.0,
            channel="Trailers",
            score=0.93,
            reasons=("title matches", "year matches"),
        )
        for name in names
    )
    return Plan(
        movie_id=movie_id(number),
        title=f"The Made-Up Movie {number}",
        year=1999,
        generation=1,
        revision=0,
        rank=f"{number:020d}.0123456789ab",
        cause=RequestId(f"movietag.titles/0/{number}"),
        tagger=TAGGER,
        sampling=SAMPLING,
        wanted=len(names),
        made_ms=SINCE,
        videos=videos,
        adds=tuple(names),
    )


def _text(draw: random.Random, words: int) -> str:
    tags = ", ".join(f"'{tag}'" for tag in draw.sample(_tags(), draw.randint(1, 4)))
    said = " ".join("".join(draw.choices(SYLLABLES, k=2)) for _ in range(words))
    return f"A scene from a movie containing tag data {tags} {said}".rstrip()


@lru_cache
def _tags() -> tuple[str, ...]:
    return load("mpst").tags
