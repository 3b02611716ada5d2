"""A producer is stopped within a bound, whatever the broker does."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError

from movietag.kafka import producer
from movietag.kafka.producer import StoppableProducer


class Accumulator:
    """The messages on their way to a broker that is down: an idempotent producer never gives them up."""

    def __init__(self) -> None:
        self.failed: list[Exception] = []
        self._over = asyncio.Event()

    async def close(self) -> None:
        await self._over.wait()

    def fail_all(self, error: Exception) -> None:
        self.failed.append(error)
        self._over.set()


async def test_what_the_broker_does_not_take_fails_and_the_producer_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(producer, "STOP_SECONDS", 0.0)
    closed: list[str] = []

    async def close(name: str) -> None:
        closed.append(name)

    made: Any = object.__new__(StoppableProducer)
    made._closed = False
    made._message_accumulator = Accumulator()
    sending = asyncio.create_task(asyncio.Event().wait())
    made._sender = SimpleNamespace(sender_task=sending, close=lambda: close("sender"))
    made.client = SimpleNamespace(close=lambda: close("client"))
    await made.stop()
    assert closed == ["sender", "client"]
    (error,) = made._message_accumulator.failed
    assert isinstance(error, KafkaTimeoutError)
    sending.cancel()
