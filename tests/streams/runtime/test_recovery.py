"""After a rebalance the streams are resumed, however late Kafka answers."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from faust.tables.recovery import RebalanceAgain, ServiceStopped

from movietag.settings import Settings
from movietag.streams.runtime.app import make_stage_app
from movietag.streams.runtime.recovery import StageRecovery, StageTables


async def never() -> None:
    await asyncio.Event().wait()


async def given_up() -> None:
    raise asyncio.CancelledError


def recovery() -> StageRecovery:
    tables = make_stage_app("recovery", Settings(), 1).tables
    assert isinstance(tables, StageTables)
    assert isinstance(tables.recovery, StageRecovery)
    return tables.recovery


@pytest.mark.parametrize("step", [never, given_up], ids=["late", "given up"])
async def test_a_step_that_does_not_end_is_no_stop(step: object) -> None:
    one = recovery()
    with pytest.raises(RebalanceAgain):
        await one._wait(step(), timeout=0.01)  # type: ignore[operator]
    assert one.signal_recovery_start.is_set()


async def test_a_stage_that_stops_stops() -> None:
    one = recovery()
    one._stopped.set()
    with pytest.raises(ServiceStopped):
        await one._wait(never(), timeout=10)
    assert not one.signal_recovery_start.is_set()


async def test_a_task_that_is_cancelled_ends() -> None:
    one = recovery()
    waiting = asyncio.create_task(one._wait(never()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_streams_are_resumed_once_kafka_answers() -> None:
    one, tries, done = recovery(), [never, given_up, asyncio.Event().set], asyncio.Event()
    one.recovery_delay = 0.0

    async def resume(generation_id: int = 0) -> None:
        step = tries.pop(0)
        if tries:
            await one._wait(step(), timeout=0.01)
        else:
            done.set()

    one._resume_streams = resume  # type: ignore[method-assign]
    loop = asyncio.ensure_future(one._execute_task(type(one)._restart_recovery(one)))
    one.signal_recovery_start.set()
    async with asyncio.timeout(60):
        await done.wait()
    assert not loop.done()
    loop.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loop
