import asyncio
from collections.abc import Callable, Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from support.patience import within

from movietag.kafka.clients import admin
from movietag.kafka.topic_ids import KnownTopic, known_topics
from movietag.local.stack import Stack

NAME, MISSING = "ids-of-a-topic", "ids-of-none"


async def known(
    client: AIOKafkaAdminClient, when: Callable[[Mapping[str, KnownTopic]], bool]
) -> Mapping[str, KnownTopic]:
    """The two topics, once ``when``: a broker learns of a change a moment later."""
    async with within(60):
        while not when(found := await known_topics(client._client, {NAME, MISSING})):
            await asyncio.sleep(0.05)
    return found


async def test_a_topic_that_was_made_again_has_another_id(kafka: Stack) -> None:
    new = NewTopic(NAME, num_partitions=3, replication_factor=1)
    async with admin(kafka.settings) as client:
        await client.create_topics([new])
        first = await known(client, lambda found: NAME in found)
        assert first.keys() == {NAME}
        assert first[NAME].partitions == 3
        assert len(first[NAME].topic_id) == 32
        assert await known_topics(client._client, {NAME}) == first
        await client.delete_topics([NAME])
        await known(client, lambda found: not found)
        await client.create_topics([new])
        again = await known(client, lambda found: NAME in found)
        assert again[NAME].partitions == 3
        assert again[NAME].topic_id != first[NAME].topic_id
        await client.delete_topics([NAME])
