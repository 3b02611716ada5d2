"""The plan stage looks for movies again that are short of videos: bounded, once a day, and without an effect of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from msgspec import structs
from support.plan_bench import FOUND, Outside, Planning, request
from support.records import MOVIE, plan, title_request
from support.stage_fakes import Topic

from movietag.crawl.sources import Candidates
from movietag.records import MovieId, Placed, Plan, Settled
from movietag.rules.looking_again import DAY_MS
from movietag.rules.titles import parse_title
from movietag.streams.looking_again import BATCH, BATCH_SECONDS, LookingAgain

SHORT = Candidates(FOUND.videos[:1])  # one of the two videos that are wanted


class Movies:
    """So many movies, of which each has one video of two."""

    def __init__(self, count: int) -> None:
        self.ids = [MovieId(f"movie-{number}") for number in range(count)]

    async def movies(self) -> AsyncIterator[tuple[int, MovieId]]:
        for movie_id in (*self.ids, *self.ids):
            yield 0, movie_id

    def facts(self, movie_id: MovieId, partition: int) -> list[Placed]:
        ended: list[Any] = [structs.replace(plan("a"), movie_id=movie_id), Settled(movie_id, 1, 9)]
        return [Placed(at, at, fact) for at, fact in enumerate(ended)]


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000 * DAY_MS / 1000
        self.slept: list[float] = []
        self.passed = 0.0

    def __call__(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def looking(
    ledger: Any, days: int, clock: Clock, idle: Any = lambda: True
) -> tuple[LookingAgain, Topic]:
    titles = Topic("titles", lambda value: title_request(title=parse_title(value)), [])
    return LookingAgain(days, ledger, titles, idle, clock, clock.sleep, clock.monotonic), titles


async def test_each_movie_is_sent_once_a_day_and_few_in_a_minute() -> None:
    clock = Clock()
    again, titles = looking(Movies(2 * BATCH + 1), 1, clock)
    assert await again.look() == 2 * BATCH + 1
    assert clock.slept == [BATCH_SECONDS] * 2
    assert await again.look() == 0
    assert (
        len({one.title.movie_id for one in titles.records}) == len(titles.records) == 2 * BATCH + 1
    )


async def test_a_clock_that_jumps_makes_no_storm() -> None:
    clock = Clock()
    again, _ = looking(Movies(300), 10, clock)
    first = await again.look()
    assert 10 < first < 60
    for days in (500, -500, 20):  # the day of the same movies
        clock.seconds += days * 86_400
        assert await again.look() == 0
    clock.passed += 86_400
    assert await again.look() == first
    clock.seconds += 86_400
    assert 10 < await again.look() < 60  # others


async def test_nothing_is_sent_while_a_list_waits() -> None:
    clock, waits = Clock(), [True, True, False]
    again, titles = looking(Movies(1), 1, clock, lambda: not waits.pop(0))
    assert await again.look() == 1
    assert clock.slept == [BATCH_SECONDS] * 2
    assert len(titles.records) == 1


async def test_a_search_that_finds_nothing_further_makes_no_plan_and_another_one_adds_what_lacks() -> (
    None
):
    outside = Outside(SHORT, SHORT, SHORT, FOUND)
    bench = Planning(outside)
    await bench.plan(request(title_request(0), 0, at_ms=0))
    await bench.plan(request(Settled(MOVIE, 1, 9), 1, at_ms=1))

    class Ledger:
        async def movies(self) -> AsyncIterator[tuple[int, MovieId]]:
            yield 0, MOVIE

        facts = staticmethod(bench.ledger.facts)

    clock = Clock()
    again, titles = looking(Ledger(), 1, clock)
    assert await again.look() == 1
    title = titles.records[0].title
    plans: list[int] = []
    for offset in (2, 3, 4):
        at_ms = int(clock.seconds * 1000) + offset * DAY_MS
        await bench.plan(request(title_request(offset, title=title), offset, at_ms=at_ms))
        plans.append(sum(isinstance(one, Plan) for one in bench.captions.records))
    assert outside.searched == 4
    # The second search says why there is no further video, the third one nothing new.
    assert plans == [2, 2, 3]
    assert bench.captions.records[-1].adds == ("b",)


async def test_it_is_off_by_default() -> None:
    assert Planning().settings.look_again_days == 0
