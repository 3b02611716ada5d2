"""Writes checkpoints: what a stage has committed, every few seconds and when it stops; and goes on from them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import faust
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from movietag import topics
from movietag.kafka.checkpoints import (
    PARTITION,
    Checkpoint,
    checkpoint_key,
    restore_offsets,
)
from movietag.settings import Settings
from movietag.stages import entry
from movietag.streams.failures.retrying import PASSING
from movietag.streams.runtime.topics import INCARNATIONS, channel
from movietag.topics import BY_NAME

EVERY_SECONDS: Final = 5.0
LAST_SECONDS: Final = 1.0  # for the last ones, while others may wait for the partitions

log = logging.getLogger("movietag")


class Checkpoints:
    """The offsets that this process has committed and not written down yet.

    A checkpoint is never ahead of what is committed, so the most that a lost one costs is some work done again.
    """

    def __init__(self, app: faust.App) -> None:
        self._group = app.conf.id
        self._topic = channel(app, topics.OFFSETS)
        self._committed: dict[TopicPartition, OffsetAndMetadata] = {}
        self._written: dict[TopicPartition, OffsetAndMetadata] = {}

    def note(self, committed: Mapping[Any, OffsetAndMetadata]) -> None:
        """Remember offsets that were committed, with the ids of their topics; may be called by any thread."""
        for at, one in committed.items():
            if at.topic in BY_NAME and one.offset > 0:
                self._committed[TopicPartition(*at)] = one

    async def watch(self) -> None:
        """Write them every few seconds; never returns."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.write()

    async def write_last(self) -> None:
        """Write them before partitions are given back, if that is possible soon."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await self.write()

    async def write(self) -> None:
        """Write what is new; what fails is written later."""
        try:
            for at, one in self._committed.copy().items():
                if self._written.get(at) != one:
                    sent = await self._topic.send(
                        key=checkpoint_key(self._group, at),
                        value=Checkpoint(one.offset, str(one.metadata)).value,
                        partition=PARTITION.partition,
                    )
                    await sent
                    self._written[at] = one
        except PASSING as error:
            log.debug("checkpoints are written later: %r", error)


async def continue_from_checkpoints(name: str, settings: Settings, group: str) -> None:
    """Let a stage's group go on where it was, if Kafka does not know that any more, and log it.

    Raises:
        TransientError: Kafka is unreachable, or a member has joined just now.
    """
    ids = {topic: one.topic_id for topic, one in INCARNATIONS.items()}
    lost = await restore_offsets(settings, group, ids, obeys=entry(name).replayable)
    if lost:
        log.warning(
            "%s: Kafka had lost the offsets of group %s for %d partitions (expired, deleted or reset); it continues"
            " from its checkpoints in %s. What is settled is not done again.",
            name,
            group,
            len(lost),
            topics.OFFSETS.name,
        )
