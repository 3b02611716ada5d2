"""Asks the fetch workers of other installations, by the topic of lookups, and answers them."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from aiokafka import AIOKafkaConsumer

from movietag import topics
from movietag.errors import MachineError, PermanentError, TransientError
from movietag.fleet.lookups import (
    Answer,
    Installation,
    Lookup,
    installations,
    lookup_value,
    read_lookup,
)
from movietag.kafka.clients import admin, make_consumer
from movietag.kafka.members import ConsumerGroup, describe_groups
from movietag.kafka.whole import partitions_of
from movietag.kafka.workers import WorkerName, worker_name
from movietag.settings import Settings
from movietag.streams.runtime.topics import Sender

ANSWER_SECONDS: Final = 10.0
AGAIN_SECONDS: Final = 5.0  # until Kafka is tried again

Answering = Callable[[Lookup], Awaitable[Answer]]
Members = Callable[[], Awaitable[ConsumerGroup]]

log = logging.getLogger("movietag")


class UnansweredError(TransientError):
    """A worker that was asked has not answered; it may be of an earlier version."""

    kind = "no-answer"


@dataclass
class _Open:
    """A lookup that waits for answers of ``asked``; it is over with the first one that is ``good``, or with the last."""

    asked: dict[Installation, str]
    good: Callable[[Answer], bool]
    answers: dict[Installation, Answer] = field(default_factory=dict)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, answer: Answer) -> None:
        name = worker_name(answer.client_id)
        if name is None or name.installation not in self.asked:
            return
        self.answers.setdefault(name.installation, answer)
        if self.good(answer) or self.answers.keys() == self.asked.keys():
            self.over.set()


class OtherWorkers:
    """The fetch workers of other installations.

    Args:
        me: this worker; workers of its installation have the same files, and are not asked.
        topic: of lookups.
        members: describes the group of the fetch stage.
        answering: answers a lookup of others; None: this worker answers none.
        seconds: for which an answer is awaited.
    """

    def __init__(
        self,
        me: WorkerName,
        topic: Sender,
        members: Members,
        answering: Answering | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._me = me
        self._topic = topic
        self._members = members
        self._answering = answering
        self._seconds = seconds
        self._open: dict[str, _Open] = {}
        self._listening = asyncio.Event()

    async def members(self) -> ConsumerGroup:
        """The group of the fetch stage.

        Raises:
            MachineError: it cannot be described, or its partitions are being shared out.
        """
        try:
            async with asyncio.timeout(self._seconds):
                group = await self._members()
        except (TransientError, TimeoutError) as error:
            raise _not_now(str(error) or "Kafka does not answer.") from error
        if group.members and not group.settled:
            raise _not_now("The partitions of the fetch stage are being shared out.")
        return group

    async def ask(
        self, lookup: Callable[[str], Lookup], good: Callable[[Answer], bool]
    ) -> list[Answer]:
        """Ask one worker of each other installation.

        Args:
            lookup: makes it, with its id.
            good: an answer that is enough: no other one is waited for.

        Returns:
            The answers; the last one is good, or none is. None where nobody else is at work.

        Raises:
            UnansweredError: neither a good answer came nor all of them.
            MachineError: nobody can be asked now.
            KafkaError, ProducerSendError: the lookup was not taken.
        """
        asked = installations(await self.members(), self._me)
        if not asked:
            return []
        try:
            async with asyncio.timeout(self._seconds):
                await self._listening.wait()
        except TimeoutError:
            raise _not_now("Kafka does not answer.") from None
        number = secrets.token_hex(8)
        waiting = self._open[number] = _Open(asked, good)
        try:
            await self._send(lookup(number))
            async with asyncio.timeout(self._seconds):
                await waiting.over.wait()
        except TimeoutError:
            silent = sorted(asked[at] for at in asked.keys() - waiting.answers.keys())
            raise UnansweredError(
                f"The fetch worker on {', '.join(silent)} did not answer."
            ) from None
        finally:
            del self._open[number]
        return sorted(waiting.answers.values(), key=good)

    async def take(self, value: bytes | None) -> None:
        """Take a message of the topic: an answer to this worker, or a lookup that it answers."""
        try:
            message = read_lookup(value)
        except PermanentError:
            return  # of a newer version, or nobody's
        if isinstance(message, Answer):
            if found := self._open.get(message.id):
                found.take(message)
        elif self._answering and message.id not in self._open:
            with suppress(
                TimeoutError
            ):  # e.g. of a network's folder: nobody waits for the answer any more
                async with asyncio.timeout(self._seconds):
                    await self._send(await self._answering(message))

    async def _send(self, message: Lookup | Answer) -> None:
        sent = await self._topic.send(key=message.id.encode(), value=lookup_value(message))
        await sent

    async def serve(self, settings: Settings) -> None:
        """Listen to the topic, from its end; never returns."""
        while True:
            try:
                async with make_consumer(settings) as consumer:
                    await self._listen(consumer, settings.kafka_partitions)
            except Exception as error:  # noqa: BLE001  # whatever it is, the stage works without
                log.debug("lookups are read again: %r", error)
            self._listening.clear()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self, consumer: AIOKafkaConsumer, count: int) -> None:
        every = partitions_of(topics.LOOKUPS, count)
        consumer.assign(every)
        for at, end in (await consumer.end_offsets(every)).items():
            consumer.seek(at, end)
        self._listening.set()
        async for record in consumer:
            await self.take(record.value)


def _not_now(reason: str) -> MachineError:
    return MachineError("no-answer", f"The other workers cannot be asked now. {reason}")


async def fetch_members(settings: Settings) -> ConsumerGroup:
    """The group of the fetch stage; raises TransientError while Kafka is unreachable."""
    name = topics.stage_group("fetch")
    async with admin(settings) as client:
        return (await describe_groups(client, [name]))[name]
