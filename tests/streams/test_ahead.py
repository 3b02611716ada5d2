"""Titles of lists wait while many videos do; what needs no site waits less, and all others never."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

import pytest
from support.stage_bench import settled

from movietag.kafka.workers import WorkerReport
from movietag.settings import Settings
from movietag.streams.ahead import Ahead, allowed


@pytest.mark.parametrize(
    ("waiting", "share", "titles"),
    [
        (0, 1.0, 20),
        (60, 1.0, 8),
        (60, 0.25, 2),
        (99, 0.125, 1),  # no worker is left without
        (100, 1.0, 0),
        (5000, 1.0, 0),
    ],
)
def test_so_many_titles_are_planned_as_there_is_room_for_their_videos(
    waiting: int, share: float, titles: int
) -> None:
    assert allowed(waiting, limit=100, videos=5, share=share) == titles


async def passed(ahead: Ahead, titles: int, *, site: bool) -> int:
    tasks = [asyncio.create_task(ahead.room(site=site)) for _ in range(titles)]
    await settled()
    through = sum(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return through


async def test_titles_pass_as_videos_are_fetched_and_none_before_kafka_was_asked() -> None:
    ahead = Ahead(Settings(plan_ahead=10, videos=5), share=lambda: 1.0)
    assert await passed(ahead, 9, site=True) == 0
    ahead.see(0)
    assert await passed(ahead, 9, site=True) == 2
    assert await passed(ahead, 9, site=True) == 0  # their videos are on their way
    ahead.see(10)
    assert await passed(ahead, 9, site=True) == 0
    ahead.see(9)
    assert await passed(ahead, 9, site=True) == 1


async def test_local_files_of_a_list_are_planned_while_a_site_keeps_its_videos_waiting() -> None:
    ahead = Ahead(Settings(plan_ahead=100, videos=5), share=lambda: 1.0)
    ahead.see(100)
    assert await passed(ahead, 9, site=True) == 0
    assert await passed(ahead, 9, site=False) == 9


async def test_kafka_is_asked_only_while_titles_wait() -> None:
    asked = 0

    class Asking(Ahead):
        async def _waiting(self, client: object) -> int:
            nonlocal asked
            asked += 1
            return 0

    ahead = Asking(Settings(plan_ahead=10, videos=5), share=lambda: 1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("movietag.streams.ahead.admin", lambda settings: nullcontext())
        patch.setattr("movietag.streams.ahead.EVERY_SECONDS", 0.0)
        watching = asyncio.create_task(ahead.watch())
        await settled()
        assert asked == 0
        await ahead.room(site=True)
        await settled()
        once = asked
        assert once > 0
        await settled()
        assert asked == once  # nobody waits
        assert set(ahead._allowed.values()) == {0}  # the next title waits for an answer of then
        watching.cancel()


async def test_what_is_fetched_behind_a_video_that_waits_does_not_wait() -> None:
    """One video that is tried again after half an hour must not keep a list from being planned."""
    reports = [
        WorkerReport("fetch", "movietag-fetch", "a", ready=True, behind=70),
        WorkerReport("fetch", "movietag-fetch", "b", ready=True, behind=20),
        WorkerReport("caption", "movietag-caption", "c", ready=True, behind=500),
    ]
    looks = 0

    async def at_work(settings: Settings) -> list[WorkerReport]:
        nonlocal looks
        looks += 1
        return reports

    ahead = Ahead(Settings(), share=lambda: 1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("movietag.streams.ahead.workers_at_work", at_work)
        assert await ahead._done_behind() == 90
        assert await ahead._done_behind() == 90
    assert looks == 1  # not every second
