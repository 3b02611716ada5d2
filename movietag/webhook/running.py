"""What `movietag webhook` runs: a consumer of movietag.events that commits what is delivered."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from movietag import topics
from movietag.errors import TransientError
from movietag.kafka.clients import create_topics, make_consumer
from movietag.settings import Settings
from movietag.webhook.delivering import Delivery

GROUP: Final = topics.stage_group("webhook")
AGAIN_SECONDS: Final = 5.0  # after a failure of Kafka
DAY_MS: Final = 86_400_000

log = logging.getLogger("movietag")


async def deliver_events(settings: Settings, delivery: Delivery) -> None:
    """Deliver events until cancelled; while Kafka is unreachable, wait for it.

    An offset is committed once its event is taken or given up, so what is cut short is delivered again. Several
    processes share the partitions.

    Raises:
        UsageError: the topics have another number of partitions than the settings.
    """
    while True:
        try:
            await create_topics(settings)
            await _consume(settings, delivery)
        except (TransientError, KafkaError, OSError) as error:
            log.warning("webhook: %s", error)
            await asyncio.sleep(AGAIN_SECONDS)


async def _consume(settings: Settings, delivery: Delivery) -> None:
    most = int(delivery.seconds * 1000) + DAY_MS  # a delivery may take as long: the group waits
    async with make_consumer(settings, group_id=GROUP, max_poll_interval_ms=most) as consumer:
        consumer.subscribe([topics.EVENTS.name])
        while True:
            record = await consumer.getone()
            await delivery.deliver(record.value, record.timestamp)
            at = TopicPartition(record.topic, record.partition)
            await consumer.commit({at: record.offset + 1})
