"""Watches for indices that were deleted: they are created again, empty, and somebody has to know.

What the index stage has consumed is not read again, so an index that is created after that lacks it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from movietag import topics
from movietag.documents import BODIES, DEAD_LETTERS
from movietag.errors import MovietagError
from movietag.kafka.clients import admin
from movietag.kafka.epochs import count_of
from movietag.kafka.lag import ever_written
from movietag.search.index.losses import DELETED, FILLING, UNBACKED
from movietag.search.index.others import ALIASES
from movietag.settings import Settings
from movietag.topics import stage_group

EVERY_SECONDS: Final = 15.0

log = logging.getLogger("movietag")


async def written_before(settings: Settings, vocabulary_id: str) -> tuple[str, ...]:
    """The aliases whose documents the index stage has consumed: an index of theirs that is created now lacks these.

    Raises:
        TransientError: Kafka is unreachable.
    """
    async with admin(settings) as client:
        groups = [group for group, *_ in await client.list_consumer_groups()]
        counts = [group for group in groups if (count_of(group) or ("",))[0] == vocabulary_id]
        consumed = {
            (group, at.topic)
            for group in (*counts, stage_group("index"))
            for at, committed in (await client.list_consumer_group_offsets(group)).items()
            if committed.offset > 0
        }
    read = {topic for group, topic in consumed if group == stage_group("index")}
    counted = any((group, topics.CAPTIONS.name) in consumed for group in counts)
    letters = (DEAD_LETTERS,) if topics.DEAD_LETTERS.name in read else ()
    return (*ALIASES, *letters) if counted and topics.DOCUMENTS.name in read else letters


async def knows_nothing(settings: Settings) -> bool:
    """Whether this Kafka has never had a fact or a document.

    Raises:
        TransientError: Kafka is unreachable.
    """
    for topic in (topics.CAPTIONS, topics.DOCUMENTS):
        if await ever_written(settings, topic.name, settings.kafka_partitions):
            return False
    return True


class LossWatch:
    """Looks for indices that lack documents.

    Args:
        losses: the state of each index that exists (``movietag.search.index.losses.index_losses``).
        make: creates the missing ones.
    """

    def __init__(
        self,
        losses: Callable[[], Awaitable[Mapping[str, str]]],
        make: Callable[[], Awaitable[None]],
    ) -> None:
        self._losses = losses
        self._make = make
        self._lacking: dict[str, str] = {}

    def reasons(self) -> list[str]:
        """A line for each index that lacks documents."""
        return [_said(name, state) for name, state in sorted(self._lacking.items())]

    async def watch(self) -> None:
        """Look every few seconds; never returns."""
        while True:
            try:
                await self.look()
            except MovietagError as error:  # whoever writes waits, and says so
                log.debug("the indices are looked at again: %s", error)
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Look once; an index that newly lacks documents is logged as an error.

        Raises:
            TransientError, UsageError: as ``index_losses`` and ``make``.
        """
        losses = await self._losses()
        if len(losses) < len(BODIES):
            await self._make()
            losses = await self._losses()
        before = self._lacking
        self._lacking = {name: state for name, state in losses.items() if state}
        for name, state in self._lacking.items():
            if state in {DELETED, UNBACKED} and before.get(name) != state:
                log.error("index: it waits for %s", _said(name, state))
        for name in before.keys() - self._lacking.keys():
            log.info("index: %s is filled again", name)


def _said(name: str, state: str) -> str:
    if state == FILLING:
        return f"`movietag recount`, which fills index {name} again: documents are missing until it is done."
    if state == UNBACKED:
        return (
            f"Kafka's data: index {name} holds documents of which this Kafka knows nothing. Its data was lost, or is"
            " another installation's. Restore it; or `movietag recount` leaves only what is added from now on. Until"
            " then what is added for these movies may not be shown: their old documents have higher versions."
        )
    return (
        f"`movietag recount`: index {name} was deleted and created again, empty. Searches miss all documents"
        " from before."
    )
