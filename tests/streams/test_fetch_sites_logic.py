"""What the fetch stage does when a site, not a video, is at fault: it pauses, and marks nothing failed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from support.fetch_bench import Fetching, job
from support.stage_bench import settled
from support.stage_fakes import SiteStreaks

from movietag.crawl.breaker import Pauses
from movietag.crawl.errors import BrokenSiteError, SiteError, ThrottledError
from movietag.errors import MachineError, PermanentError
from movietag.records import MovieId
from movietag.streams.failures.tries import MOST, MOST_OF

OTHER = MovieId("alien-1979-00000000")
NO_FORMAT = BrokenSiteError("no-format", "No format. If this persists, update yt-dlp: run this")
REFUSED = SiteError("data-refused", "HTTP Error 403")
FULL = MachineError("disk-full", "The disk is full. Free space.")


def several() -> list[Any]:
    """Four videos of two movies."""
    return [
        job("a", 0),
        job("b", 1),
        job("c", 2, movie=OTHER),
        job("d", 3, movie=OTHER),
    ]


def failures(effects: list[str]) -> list[str]:
    return [effect for effect in effects if " <- failed " in effect]


async def fetching(bench: Fetching, *jobs: Any) -> asyncio.Task[list[str]]:
    """Start, and wait until the site is paused."""
    work = asyncio.create_task(bench.fetch(*jobs))
    for _ in range(2000):
        await asyncio.sleep(0)
        if bench.limiter.paused():
            return work
    raise AssertionError("it was never paused")


@pytest.mark.parametrize("error", [NO_FORMAT, REFUSED, SiteError("network", "no route")])
async def test_videos_of_several_movies_that_fail_alike_are_not_marked_failed(
    error: SiteError,
) -> None:
    bench = Fetching(*[error] * 40, 2)  # far beyond all tries; then the site works again
    effects = await bench.fetch(*several())
    assert not failures(effects)
    assert len([one for one in effects if "<- manifest" in one]) == 4
    assert bench.clock >= 60
    assert not bench.limiter.paused()


async def test_the_pause_says_how_to_update() -> None:
    bench = Fetching(NO_FORMAT)
    work = await fetching(bench, *several())
    (paused,) = bench.limiter.paused()
    assert paused.site == "youtube.com"
    assert "No format." in str(paused)
    assert "update yt-dlp: " in str(paused)
    assert "none of its videos is marked failed" in str(paused)
    work.cancel()


async def test_403_on_data_of_several_movies_advises_an_update_too() -> None:
    bench = Fetching(REFUSED)
    work = await fetching(bench, *several())
    assert "update yt-dlp: " in str(bench.limiter.paused()[0])
    work.cancel()


async def test_one_probe_at_a_time_while_it_is_tried_again() -> None:
    bench = Fetching(NO_FORMAT)
    work = await fetching(bench, *several())
    asked = bench.asked
    for _ in range(10):
        bench.clock += 3600
        await settled()
    assert bench.asked - asked <= 20
    assert not failures(bench.effects)
    work.cancel()


async def test_what_needs_no_site_goes_on_meanwhile() -> None:
    bench = Fetching(NO_FORMAT)
    bench.limiter.pause("youtube.com", Pauses(1e9, 1e9), "It fails.")
    work = asyncio.create_task(bench.fetch(job("a"), job("e", 4, work="resend")))
    await settled()
    assert failures(bench.effects) == ["requests <- failed e: no-frame-store"]
    work.cancel()


async def test_a_restart_knows_what_the_worker_before_saw() -> None:
    streaks = SiteStreaks()
    before = Fetching(NO_FORMAT, streaks=streaks)
    work = await fetching(before, *several())
    work.cancel()
    after = Fetching(NO_FORMAT, streaks=streaks)
    after.counts.counts["movietag.videos/0/0"] = MOST - 1  # the next one would be the last
    work = await fetching(after, job("a"))
    assert after.asked == 1
    assert not failures(after.effects)
    work.cancel()


async def test_a_video_is_not_given_up_by_a_worker_that_sees_one_movie_only() -> None:
    streaks = SiteStreaks()
    work = await fetching(Fetching(NO_FORMAT, streaks=streaks), *several())
    work.cancel()
    other = Fetching(*[NO_FORMAT] * (MOST + 4), 2, streaks=streaks)
    assert not failures(await other.fetch(job("x")))


async def test_a_video_that_alone_fails_while_others_come_is_at_fault_itself() -> None:
    bench = Fetching(2)
    bench.of_video["a"] = NO_FORMAT
    effects = await bench.fetch(*several())
    assert failures(effects) == ["requests <- failed a: no-format"]
    assert "Other videos of youtube.com can be had." in bench.requests.records[0].failure.reason
    assert "update" not in bench.requests.records[0].failure.reason


async def test_a_single_movie_is_tried_for_half_an_hour() -> None:
    bench = Fetching(NO_FORMAT)
    effects = await bench.fetch(job("a"))
    assert failures(effects) == ["requests <- failed a: no-format"]
    assert bench.asked == MOST + 1  # the first failure does not count yet
    assert sum(bench.pauses) >= 30 * 60


@pytest.mark.parametrize("error", [NO_FORMAT, REFUSED])
async def test_a_single_movie_waits_where_a_video_that_came_before_fails_too(
    error: SiteError,
) -> None:
    bench = Fetching(2, *[error] * 60, 2)
    await bench.fetch(job("good"))
    effects = await bench.fetch(job("a"), job("b", 1))
    assert not failures(effects)
    assert bench.tried_good[:1] == ["good"]


async def test_videos_at_fault_that_are_all_that_is_left_do_not_pause_their_site() -> None:
    bench = Fetching(2)
    await bench.fetch(job("good"))
    bench.of_video = dict.fromkeys("abcd", NO_FORMAT)
    effects = await bench.fetch(*several())
    assert sorted(failures(effects)) == [f"requests <- failed {name}: no-format" for name in "abcd"]
    assert set(bench.tried_good) == {"good"}
    assert not bench.limiter.paused()


async def test_a_good_video_that_is_gone_proves_nothing() -> None:
    bench = Fetching(2)
    await bench.fetch(job("good"))
    bench.of_video = {**dict.fromkeys("abcd", NO_FORMAT), "good": PermanentError("gone", "gone")}
    work = await fetching(bench, *several())
    assert not failures(bench.effects)
    assert bench.tried_good == ["good"]
    work.cancel()


async def test_a_probe_that_cannot_be_had_itself_keeps_the_site_on_probation() -> None:
    bench = Fetching(*[NO_FORMAT] * 4, PermanentError("private", "Private."), 2)
    effects = await bench.fetch(*several())
    assert len(failures(effects)) == 1
    assert len([one for one in effects if "<- manifest" in one]) == 3


async def test_a_full_disk_waits_and_fails_no_movie() -> None:
    bench = Fetching(*[FULL] * (MOST * 3), 2)
    effects = await bench.fetch(job("a"))
    assert not failures(effects)
    assert effects[-2:] == ["captions <- manifest a", "acked 0"]
    assert not bench.counts.counts  # none of it counts


async def test_a_full_disk_is_told() -> None:
    bench = Fetching(FULL)
    work = await fetching(bench, job("a"))
    assert "The disk is full. Free space." in str(bench.limiter.paused()[0])
    assert bench.persist.waiting_for == ["The disk is full. Free space."]
    work.cancel()


async def test_one_throttled_video_is_given_up_but_several_wait() -> None:
    throttled = ThrottledError("throttled", "429")
    alone = Fetching(throttled)
    assert failures(await alone.fetch(job("a"))) == ["requests <- failed a: throttled"]
    assert alone.asked == MOST_OF["throttled"]
    many = Fetching(*[throttled] * 40, 2)
    assert not failures(await many.fetch(*several()))
    assert not many.tried_good


async def test_a_site_that_works_is_noted_once_and_kafka_may_refuse_the_note() -> None:
    bench = Fetching()
    bench.streaks.errors += [KafkaConnectionError()]
    await bench.fetch(job("a"))
    assert not bench.streaks.streaks
    await bench.fetch(job("b", 1))
    noted = bench.streaks.streaks["youtube.com"]
    assert noted.good is not None
    await bench.fetch(job("c", 2))
    assert bench.streaks.streaks["youtube.com"] == noted


async def test_a_fault_of_this_machine_that_concerns_one_video_pauses_no_other() -> None:
    bench = Fetching(2)
    bench.of_video["a"] = MachineError("network-restricted", "This network filters the site.")
    work = asyncio.create_task(bench.fetch(*several()))
    while len([one for one in bench.effects if "<- manifest" in one]) < 3:
        await asyncio.sleep(0)
    assert not bench.limiter.paused()
    assert not failures(bench.effects)
    assert bench.pauses[-1] >= 60
    work.cancel()
