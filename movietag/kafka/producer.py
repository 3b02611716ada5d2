"""A producer that can be stopped while the broker is down."""

from __future__ import annotations

import asyncio
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError

STOP_SECONDS: Final = 5.0  # for what is on its way; whoever sends awaits it before


class StoppableProducer(AIOKafkaProducer):  # type: ignore[misc]  # aiokafka has no types
    """A producer whose ``stop`` has a bound.

    aiokafka's waits until all that was sent has been taken. An idempotent producer never gives a message up, so a broker
    that goes away while one is on its way holds up whoever stops, for as long as it stays away.
    """

    _closed: bool  # aiokafka's

    async def stop(self) -> None:
        """Stop; what the broker has not taken within ``STOP_SECONDS`` fails with a KafkaTimeoutError."""
        if self._closed:
            return
        self._closed = True
        if self._sender is not None and self._sender.sender_task is not None:
            taken = asyncio.create_task(self._message_accumulator.close())
            first = asyncio.FIRST_COMPLETED  # a sender that has ended sends nothing more
            await asyncio.wait(
                (taken, self._sender.sender_task), timeout=STOP_SECONDS, return_when=first
            )
            await self._sender.close()  # before anything fails: it would put it back into its queue
            if not taken.done():
                said = f"The producer was stopped, and the broker did not take it within {STOP_SECONDS:g} s."
                self._message_accumulator.fail_all(KafkaTimeoutError(said))
            await taken
        await self.client.close()
