"""Deletes consumed records: topics marked ``until_consumed`` never expire by time."""

from __future__ import annotations

import asyncio
import logging

from aiokafka.admin import RecordsToDelete

from movietag import topics
from movietag.errors import TransientError
from movietag.kafka.clients import admin
from movietag.settings import Settings

EVERY_SECONDS = 30.0

log = logging.getLogger("movietag")


async def delete_consumed(group: str, settings: Settings) -> None:
    """Periodically delete records below the group's committed offsets; never returns.

    A failure is of no consequence: the records are deleted the next time.
    """
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            async with admin(settings) as client:
                offsets = await client.list_consumer_group_offsets(group)
                consumed = {
                    partition: RecordsToDelete(before_offset=position.offset)
                    for partition, position in offsets.items()
                    if position.offset > 0
                    and (spec := topics.BY_NAME.get(partition.topic))
                    and spec.until_consumed
                }
                if consumed:
                    await client.delete_records(consumed)
        except TransientError as error:
            log.debug("consumed records are deleted later: %r", error)
