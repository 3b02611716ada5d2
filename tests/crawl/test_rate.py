from __future__ import annotations

import asyncio
import logging
from itertools import pairwise

import pytest

from movietag.crawl.breaker import THROTTLED
from movietag.crawl.rate import SiteLimiter, site_of
from movietag.crawl.turns import Turns
from movietag.records import Video, VideoId

FIRST_PAUSE, LONGEST_PAUSE = THROTTLED.first, THROTTLED.longest


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limiter(interval: float, clock: Clock) -> SiteLimiter:
    return SiteLimiter(interval, clock=clock, sleep=clock.sleep)


async def starts(limit: SiteLimiter, clock: Clock, site: str, count: int) -> list[float]:
    times = []
    for _ in range(count):
        await limit.turn(site)
        times.append(clock.now)
    return times


@pytest.mark.parametrize("share", [1.0, 0.25])
async def test_starts_of_one_site_are_apart(clock: Clock, share: float) -> None:
    limit = limiter(10, clock)
    limit.share = share
    times = await starts(limit, clock, "youtube.com", 6)
    assert times[0] == 1000
    gaps = [after - before for before, after in pairwise(times)]
    assert all(10 / share - 0.001 <= gap <= 15 / share + 0.001 for gap in gaps)
    assert len(set(gaps)) > 1  # by chance


async def test_sites_do_not_wait_for_each_other(clock: Clock) -> None:
    limit = limiter(10, clock)
    await limit.turn("youtube.com")
    await limit.turn("vimeo.com")
    await limit.turn(None)
    await limit.turn(None)
    assert clock.now == 1000


async def test_many_waiting_at_once_still_go_one_by_one(clock: Clock) -> None:
    limit = limiter(10, clock)
    times: list[float] = []

    async def one() -> None:
        await limit.turn("youtube.com")
        times.append(clock.now)

    await asyncio.gather(*(one() for _ in range(5)))
    assert all(after - before >= 10 for before, after in pairwise(times))


async def test_no_interval_never_waits(clock: Clock) -> None:
    assert await starts(limiter(0, clock), clock, "youtube.com", 20) == [1000.0] * 20


async def test_a_share_set_meanwhile_counts_for_those_who_wait(clock: Clock) -> None:
    limit = limiter(10, clock)
    limit.share = 0.01
    await limit.turn("youtube.com")
    waiting = asyncio.create_task(limit.turn("youtube.com"))
    await asyncio.sleep(0)
    limit.share = 1.0
    await waiting
    assert clock.now <= 1000 + 15 + 1


@pytest.mark.parametrize("share", [0, -1, 1.1])
def test_a_share_is_a_share(clock: Clock, share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        limiter(1, clock).share = share


async def test_a_throttled_site_rests_longer_each_time(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    limit = limiter(0, clock)
    pauses = []
    for _ in range(4):
        with caplog.at_level(logging.WARNING):
            pauses.append(limit.throttled("youtube.com", "429"))
        await limit.turn("youtube.com")
    assert FIRST_PAUSE <= pauses[0] <= 1.1 * FIRST_PAUSE
    assert 2 * FIRST_PAUSE <= pauses[1] <= 2.2 * FIRST_PAUSE
    assert pauses[2:] == pytest.approx([LONGEST_PAUSE, LONGEST_PAUSE])
    assert clock.now == pytest.approx(1000 + sum(pauses))
    assert "youtube.com throttles us" in caplog.text
    await limit.turn("vimeo.com")
    limit.succeeded("youtube.com")
    assert limit.throttled("youtube.com", "429") <= 1.1 * FIRST_PAUSE


async def test_failures_during_a_pause_do_not_lengthen_it(clock: Clock) -> None:
    limit = limiter(0, clock)
    first = limit.throttled("youtube.com", "429")
    clock.now += 60
    assert limit.throttled("youtube.com", "429") == pytest.approx(first - 60)
    (paused,) = limit.paused()
    assert paused.site == "youtube.com"
    assert paused.left == pytest.approx(first - 60)
    await limit.turn("youtube.com")
    assert [one.left for one in limit.paused()] == [0.0]  # it is tried again
    limit.succeeded("youtube.com")
    assert not limit.paused()


@pytest.mark.parametrize(
    ("source", "url", "site"),
    [
        ("search", "https://www.youtube.com/watch?v=a", "youtube.com"),
        ("url", "https://m.youtube.com/watch?v=a", "youtube.com"),
        ("url", "https://youtu.be/a", "youtube.com"),
        ("url", "http://127.0.0.1:8080/a.mp4", "127.0.0.1:8080"),
        ("file", "/data/a.mp4", None),
        ("images", "/data/shoes", None),
    ],
)
def test_sites(source: str, url: str, site: str | None) -> None:
    assert site_of(Video(VideoId("x:1"), source, url)) == site


async def test_who_waits_for_a_turn_has_no_place(clock: Clock) -> None:
    limit, places = limiter(10, clock), Turns(1)
    limit.throttled("youtube.com", "429")
    waiting = asyncio.create_task(hold(limit, "youtube.com", places))
    await asyncio.sleep(0)
    for site in ("vimeo.com", None, None):
        async with asyncio.timeout(1), limit.place(site, places):
            assert not waiting.done()
    await waiting
    assert clock.now >= 1000 + FIRST_PAUSE


async def test_a_pause_that_comes_while_waiting_for_a_place_is_kept(clock: Clock) -> None:
    limit, places = limiter(0, clock), Turns(1)
    await places.acquire()
    waiting = asyncio.create_task(hold(limit, "youtube.com", places))
    await asyncio.sleep(0)
    limit.throttled("youtube.com", "429")
    places.release()
    await waiting
    assert clock.now >= 1000 + FIRST_PAUSE
    assert places.free == 1


async def hold(limit: SiteLimiter, site: str, places: asyncio.Semaphore) -> None:
    async with limit.place(site, places):
        pass


async def test_what_is_held_waits_without_a_place_and_goes_on_when_it_is_not(clock: Clock) -> None:
    held: set[str | None] = {"youtube.com"}
    limit = SiteLimiter(0, clock=clock, sleep=clock.sleep, held=held.__contains__)
    places, begun = Turns(1), []

    async def fetch(site: str | None) -> None:
        async with limit.place(site, places):
            begun.append(site)

    waiting = asyncio.create_task(fetch("youtube.com"))
    await fetch("vimeo.com")
    await fetch(None)
    held.add(None)
    local = asyncio.create_task(fetch(None))
    for _ in range(5):
        await asyncio.sleep(0)
    assert (begun, places.free) == (["vimeo.com", None], 1)
    held.clear()
    await asyncio.gather(waiting, local)
    assert sorted(begun, key=str) == [None, None, "vimeo.com", "youtube.com"]
