"""What holds fetching: pauses, hours, a day's budget; over several workers and restarts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from movietag.fleet.fetch_pauses import EVERYTHING, FetchPause
from movietag.settings import Settings
from movietag.streams.holds import Holds

SITE = "youtube.com"
AT = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)


class Kafka:
    """What workers share: pauses and notes."""

    def __init__(self) -> None:
        self.pauses: dict[str, FetchPause] = {}
        self.notes: dict[str, bytes] = {}
        self.now = AT

    async def read_pauses(self) -> Mapping[str, FetchPause]:
        return dict(self.pauses)

    async def every(self) -> Mapping[str, bytes]:
        return dict(self.notes)

    async def note(self, key: str, value: bytes) -> None:
        self.notes[key] = value

    def clock(self) -> float:
        return self.now.timestamp()

    async def worker(self, name: str = "one", **changed: Any) -> Holds:
        """A worker that has just started and looked."""
        chosen = Settings(fetch_zone="UTC", **changed)
        holds = Holds(chosen, name, self.read_pauses, self, self.clock)
        assert holds.held(SITE)  # before it knows better
        assert holds.held(None)
        await holds.look()
        return holds


async def fetch(holds: Holds, videos: int, size: int = 10) -> None:
    for _ in range(videos):
        holds.begun()
        await holds.spent(size)


async def test_a_pause_holds_one_site_or_everything_also_after_a_restart() -> None:
    kafka = Kafka()
    holds = await kafka.worker()
    assert not holds.held(SITE)
    assert holds.reasons() == []
    kafka.pauses[SITE] = FetchPause(int(AT.timestamp() * 1000))
    await holds.look()
    assert (holds.held(SITE), holds.held("vimeo.com"), holds.held(None)) == (True, False, False)
    assert holds.reasons() == [
        "Fetching from youtube.com is paused since 2026-03-28 12:00 UTC. It goes on with: movietag resume youtube.com"
    ]
    kafka.pauses[EVERYTHING] = FetchPause(0)
    restarted = await kafka.worker("two")
    assert (restarted.held("vimeo.com"), restarted.held(None)) == (True, True)
    kafka.pauses.clear()
    await restarted.look()
    assert not restarted.held(SITE)


async def test_outside_its_hours_no_site_is_asked_and_files_are_read() -> None:
    kafka = Kafka()
    holds = await kafka.worker(fetch_hours="22-06")
    assert (holds.held(SITE), holds.held(None)) == (True, False)
    assert "again at 2026-03-28 22:00 (UTC)" in holds.reasons()[0]
    kafka.now = AT.replace(hour=23)
    assert not holds.held(SITE)
    assert holds.reasons() == []


@pytest.mark.parametrize(
    ("budget", "word"),
    [({"fetch_videos_a_day": 3}, "videos"), ({"fetch_bytes_a_day": 30}, "bytes")],
)
async def test_a_days_budget_is_that_of_all_workers_and_of_those_before(
    budget: dict[str, int], word: str
) -> None:
    kafka = Kafka()
    one, two = await kafka.worker("one", **budget), await kafka.worker("two", **budget)
    await fetch(one, 1)
    await fetch(two, 1)
    await one.look()
    assert not one.held(SITE)
    await fetch(two, 1)
    assert not two.held(SITE)  # it has not looked, and the other's video is one more
    await two.look()
    assert (two.held(SITE), two.held(None)) == (True, False)
    assert word in two.reasons()[0]
    assert "2026-03-29 00:00" in two.reasons()[0]
    assert (await kafka.worker("restarted", **budget)).held(SITE)
    kafka.now = AT.replace(day=29)
    assert not two.held(SITE)
    assert not (await kafka.worker("next day", **budget)).held(SITE)


async def test_without_a_budget_nothing_is_noted() -> None:
    kafka = Kafka()
    await fetch(await kafka.worker(), 5)
    assert kafka.notes == {}
