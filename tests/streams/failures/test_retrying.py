import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError
from faust.exceptions import ProducerSendError

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
