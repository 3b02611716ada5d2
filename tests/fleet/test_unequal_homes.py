"""A fleet of two homes with unequal settings, on a real Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.commands import until
from support.stage_processes import running

from movietag.kafka.clients import create_topics
from movietag.kafka.fleet_reading import read_fleet, workers_at_work
from movietag.local.workers import workers_finding
from movietag.settings import Settings

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(400)]


async def test_a_second_home_with_other_settings_does_not_join_and_is_told_why(
    own_kafka: Settings, tmp_path: Path, port_bases: Iterator[int]
) -> None:
    await create_topics(own_kafka)
    elsewhere = {"home": tmp_path / "second", "kafka": own_kafka.kafka_address}
    elsewhere["port_base"] = next(port_bases)
    second = own_kafka.model_copy(update=elsewhere)

    async def reports(count: int) -> bool | None:
        return len(await workers_at_work(own_kafka)) >= count or None

    with running("plan", own_kafka) as first:
        await first.works()
        await until(lambda: reports(1), 60)
        with running("plan", second.model_copy(update={"model": "other"})) as stage:
            assert await stage.ended(120) == 2
            assert "This worker has MOVIETAG_MODEL='other', and the plan worker on" in stage.log
        with running("plan", second.model_copy(update={"kafka_partitions": 4})) as stage:
            assert await stage.ended(60) == 2
            assert "has 8 partitions, the settings say 4" in stage.log
        adopting = {"model": "other", "adopt": "settings", "slots": 40}
        with running("plan", second.model_copy(update=adopting)) as stage:
            await stage.works()  # told to: one of a fleet that is exchanged one by one
            await until(lambda: reports(2), 60)
            assert "This worker has MOVIETAG_MODEL='other'" in stage.log
            found = workers_finding(await read_fleet(own_kafka)).found
            assert "Plan workers differ in MOVIETAG_SLOTS" in found
