"""A topic that is deleted under a running stage, and made again: nothing of the new one is passed over."""

from __future__ import annotations

import pytest
from support.commands import until
from support.stage_http import Asked
from support.stage_processes import running
from support.topic_reading import Log, send_titles

from movietag import topics
from movietag.kafka.clients import admin, create_topics
from movietag.records import decode_request
from movietag.settings import Settings

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(600)]


async def test_titles_of_a_topic_that_was_made_again_are_all_read(own_kafka: Settings) -> None:
    await create_topics(own_kafka)
    requests = Log(own_kafka, topics.REQUESTS.name)
    await requests.begin()

    async def requested(*names: str) -> bool | None:
        return (await requests.requested("again")) == set(names) or None

    with running("plan", own_kafka) as stage:
        asked = Asked(own_kafka, "plan")
        await send_titles(own_kafka, *(f"again {number}" for number in range(5)))
        await until(lambda: requested(*(f"again {number}" for number in range(5))), 120)
        await asked.until("state.ready and state.lag.get('titles') == 0")
        async with admin(own_kafka) as client:
            await client.delete_topics([topics.TITLES.name])
        gone = "'movietag.titles does not exist' in ''.join(state.reasons)"
        await asked.until(f"not state.ready and {gone}")
        await create_topics(own_kafka)
        await send_titles(
            own_kafka, "again new", "again newer"
        )  # at offsets 0 and 1, below the committed 5
        assert await stage.ended(120) == 1  # the supervisor starts it again
        assert "was deleted and made again" in stage.log
        stage.kill_and_start()
        new = (*(f"again {number}" for number in range(5)), "again new", "again newer")
        await until(lambda: requested(*new), 120)
        await asked.until("state.ready and state.lag.get('titles') == 0")
    ids = [decode_request(value).request_id async for _, value, _, _ in requests.read()]  # type: ignore[union-attr]
    assert len(ids) == len(set(ids)) == 7
