import asyncio

import pytest
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaConnectionError,
    MessageSizeTooLargeError,
)
from faust.exceptions import ProducerSendError

from movietag.crawl.errors import SiteError
from movietag.errors import PermanentError, TransientError
from movietag.streams.failures import retrying
from movietag.streams.failures.retrying import Persistence


async def test_what_time_heals_is_done_again_with_growing_pauses() -> None:
    pauses: list[float] = []
    errors = [TransientError("away"), KafkaConnectionError(), ProducerSendError("full")] * 4

    async def work() -> None:
        if errors:
            raise errors.pop()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    await Persistence("plan", sleep=sleep)(work)
    assert pauses == sorted(pauses)
    assert pauses[-1] == retrying.LONGEST_PAUSE


@pytest.mark.parametrize("inside", [True, False])
async def test_what_kafka_never_takes_is_permanent(inside: bool) -> None:
    async def work() -> None:
        if not inside:
            raise MessageSizeTooLargeError
        raise ProducerSendError("no") from MessageSizeTooLargeError()

    with pytest.raises(PermanentError) as error:
        await Persistence("fetch")(work)
    assert error.value.kind == "too-large"


async def test_other_errors_pass() -> None:
    async def work() -> None:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        await asyncio.wait_for(Persistence("count")(work), 1)


class Clocked:
    """Works that wait, with a clock that is moved."""

    def __init__(self) -> None:
        self.now = 100.0
        self.persist = Persistence("caption", sleep=self._sleep, clock=lambda: self.now)
        self.over = asyncio.Event()
        self.works: list[asyncio.Task[None]] = []

    async def _sleep(self, seconds: float) -> None:
        await self.over.wait()

    async def fails(self, error: Exception) -> None:
        async def work() -> None:
            if not self.over.is_set():
                raise error

        self.works.append(asyncio.create_task(self.persist(work)))
        await asyncio.sleep(0)


async def test_work_is_held_up_for_as_long_as_a_server_is_away_and_nothing_succeeds() -> None:
    one = Clocked()
    assert one.persist.held_up_s == 0
    await one.fails(TransientError("Triton is away."))
    one.now += 20
    assert one.persist.held_up_s == 20
    await one.persist(_nothing)  # another frame is captioned: it is not away
    assert one.persist.held_up_s == 0
    one.now += 5
    assert one.persist.held_up_s == 5
    one.over.set()
    await asyncio.gather(*one.works)
    assert one.persist.held_up_s == 0


async def test_a_site_that_is_throttled_holds_up_its_own_videos_alone() -> None:
    one = Clocked()
    await one.fails(SiteError("throttled", "429"))
    one.now += 3600
    assert one.persist.held_up_s == 0
    assert one.persist.waiting_for == ["429"]
    one.over.set()
    await asyncio.gather(*one.works)


async def _nothing() -> None:
    """Succeed."""


async def test_a_clock_that_is_wrong_is_one_line_that_says_so_and_nothing_else_can_be_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Kafka refuses each message for its time: else a stage would look ready while nothing goes out."""
    left = 5
    seen: list[list[str]] = []

    async def work() -> None:
        nonlocal left
        left -= 1
        if left:
            raise ProducerSendError("_on_published") from InvalidTimestampError()

    async def sleep(_: float) -> None:
        seen.append(persist.refused)

    persist = Persistence("plan", sleep=sleep)
    await persist(work)
    assert seen == [[retrying.CLOCK]] * 4
    assert persist.refused == []
    waits = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert waits == [f"plan waits: {retrying.CLOCK}"]
    assert "clock" in retrying.CLOCK


async def test_other_failures_leave_a_stage_ready() -> None:
    async def work() -> None:
        if not seen:
            raise KafkaConnectionError

    async def sleep(_: float) -> None:
        seen.append(persist.refused)

    seen: list[list[str]] = []
    persist = Persistence("plan", sleep=sleep)
    await persist(work)
    assert seen == [[]]
