"""Streams of one stage do not wait for each other."""

from __future__ import annotations

import asyncio
from typing import Any

from support.stage_bench import Bench
from support.stage_fakes import Stream, event

from movietag import topics
from movietag.streams.runtime.consuming import Consuming, Handling, movie_of_key


async def test_a_title_of_a_list_that_waits_holds_up_nothing_else_of_its_movie() -> None:
    """It may wait for days; while it held up a request of its movie, that request in turn held it up for ever."""
    bench, room = Bench("plan"), asyncio.Event()
    consuming = Consuming(bench.settling, [], lambda agent: None, bench.failed.append)
    done: list[str] = []

    async def listed(_: Any) -> None:
        await room.wait()
        done.append("listed")

    async def other(one: Any) -> None:
        done.append(one.message.topic)

    def consumed(topic: str, handle: Any) -> asyncio.Task[None]:
        stream = Stream([event(topic, b"", key=b"heat-1995")], bench.effects)
        return asyncio.create_task(
            consuming.events(stream, Handling(handle, 9, one_at_a_time=movie_of_key))
        )

    waiting = consumed(topics.BULK_TITLES.name, listed)
    await asyncio.sleep(0)
    others = [consumed(topics.TITLES.name, other), consumed(topics.REQUESTS.name, other)]
    await asyncio.wait_for(asyncio.gather(*others), 30)
    assert done == [topics.TITLES.name, topics.REQUESTS.name]
    room.set()
    await waiting
    assert done[-1] == "listed"
    assert not bench.failed


async def test_of_one_stream_a_single_event_of_a_movie_is_in_work() -> None:
    bench, running, most = Bench("plan"), 0, 0
    consuming = Consuming(bench.settling, [], lambda agent: None, bench.failed.append)

    async def handle(_: Any) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    events = [event("movietag.titles", b"", offset=at, key=b"heat-1995") for at in range(5)]
    await consuming.events(
        Stream(events, bench.effects), Handling(handle, 9, one_at_a_time=movie_of_key)
    )
    assert most == 1
