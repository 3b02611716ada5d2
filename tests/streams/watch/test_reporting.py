"""What a worker reports to the others, and when."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec

from movietag.kafka.workers import EVERY_SECONDS, WorkerName, WorkerReport
from movietag.streams.watch.reporting import CHANGE_SECONDS, LOOK_SECONDS, WorkerReporter

NAME = WorkerName("0.3.0", "alpha", 41, "a" * 8, "0001")
AWAY = "It waits: Triton."


class Reporter:
    """A reporter whose health and clock a test sets; what it sends is in ``sent``."""

    def __init__(self) -> None:
        self.now, self.reasons = 1_700_000_000.0, ["It prepares itself."]
        self.sent: list[WorkerReport] = []
        self.away = False
        health: Any = SimpleNamespace(reasons=lambda: self.reasons, waits=lambda: ["a site"])
        self.reporter = WorkerReporter(
            "plan", "movietag-plan", NAME, health, {"model": "llava"}, lambda: self.now
        )

    async def send(self, key: bytes, value: bytes) -> None:
        if self.away:
            raise OSError
        assert key == f"movietag-plan/{NAME.client_id}".encode()
        self.sent.append(msgspec.json.decode(value, type=WorkerReport))

    async def after(self, seconds: float, *reasons: str) -> list[WorkerReport]:
        """What it sends when so many seconds have passed and these are the reasons."""
        self.now += seconds
        self.reasons, before = list(reasons), len(self.sent)
        await self.reporter.look(self.send)
        return self.sent[before:]


async def test_what_is_done_behind_a_message_in_work_is_told_when_it_is_another_number() -> None:
    one = Reporter()
    (ready,) = await one.after(0)
    behind = [0]
    one.reporter.behind = lambda: behind[0]
    for number, told in ((9, []), (10, [10]), (19, []), (0, [0])):
        behind[0] = number
        assert [report.behind for report in await one.after(LOOK_SECONDS)] == told
    assert ready.behind == 0


async def test_it_reports_a_change_at_once_and_else_now_and_then() -> None:
    one = Reporter()
    (start,) = await one.after(0, "It prepares itself.")
    assert (start.ready, start.reasons, start.waits) == (
        *(False, ("It prepares itself.",)),
        ("a site",),
    )
    (ready,) = await one.after(LOOK_SECONDS)
    assert (ready.ready, ready.reasons, ready.last) == (True, (), ())
    assert await one.after(LOOK_SECONDS) == []
    (waits,) = await one.after(LOOK_SECONDS, AWAY)
    assert (waits.ready, waits.reasons) == (False, (AWAY,))
    assert await one.after(LOOK_SECONDS, AWAY, "another") == []
    (again,) = await one.after(CHANGE_SECONDS, AWAY, "another since 5 s")
    assert again.reasons == (AWAY, "another since 5 s")
    assert await one.after(CHANGE_SECONDS, AWAY, "another since 10 s") == []
    (again,) = await one.after(EVERY_SECONDS, AWAY, "another")
    until = int(one.now * 1000)
    (ready,) = await one.after(LOOK_SECONDS)
    assert (ready.ready, ready.last, ready.last_ms) == (True, (AWAY, "another"), until)


async def test_what_kafka_did_not_take_is_reported_again() -> None:
    one = Reporter()
    one.away = True
    assert await one.after(0) == []
    one.away = False
    (ready,) = await one.after(LOOK_SECONDS)
    assert ready.ready
