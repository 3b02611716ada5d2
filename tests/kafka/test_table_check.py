"""Topics that were made by somebody else are compared with the table, and set right."""

from __future__ import annotations

import pytest
from aiokafka.admin import NewTopic
from support.commands import run_movietag

from movietag import topics
from movietag.errors import UsageError
from movietag.kafka.clients import admin, create_topics
from movietag.kafka.table_check import TopicState, check_topics, compared, suffices
from movietag.local.findings import CheckResult
from movietag.local.topic_table import topics_finding
from movietag.settings import Settings

TITLES = topics.TITLES


def of(config: dict[str, str], partitions: int = 8) -> list[str]:
    state = TopicState(partitions, TITLES.config() | config, {})
    found = compared({TITLES.name: TITLES.config()}, {TITLES.name: state}, 8)
    return [f"{one.what} {one.found} {one.wanted}" for one in found]


def test_what_loses_or_refuses_messages_differs() -> None:
    assert of({}) == []
    assert of({"retention.ms": "604800000"}) == ["retention.ms 604800000 -1"]
    assert of({"cleanup.policy": "compact"}) == ["cleanup.policy compact delete"]
    assert of({"max.message.bytes": "1000"}) == ["max.message.bytes 1000 1048576"]
    assert of({"message.timestamp.type": "CreateTime"}) == [
        "message.timestamp.type CreateTime LogAppendTime"
    ]
    assert of({}, partitions=1) == ["its number of partitions 1 8"]
    assert of({"min.insync.replicas": "2"}) == []  # the operator's
    (missing,) = compared({TITLES.name: {}}, {}, 8)
    assert missing.found == "missing"


def test_more_is_enough_where_more_is_better() -> None:
    assert suffices("max.message.bytes", "2000", "1000")
    assert suffices("retention.ms", "-1", "1000")
    assert not suffices("retention.ms", "1000", "-1")
    assert suffices("cleanup.policy", "delete,compact", "compact,delete")
    assert suffices("delete.retention.ms", "86400000", "600000")  # a ledger of an earlier version


def test_the_doctor_names_what_differs_and_the_command() -> None:
    state = TopicState(8, TITLES.config() | {"retention.ms": "1"}, {})
    found = topics_finding(compared({TITLES.name: TITLES.config()}, {TITLES.name: state}, 8))
    assert found.verdict is CheckResult.MISSING
    assert "movietag.titles: retention.ms is 1, not -1" in found.found
    assert "movietag topics apply" in found.remedy
    assert topics_finding([]).verdict is CheckResult.OK


@pytest.mark.servers
@pytest.mark.slow
async def test_a_topic_of_somebody_else_is_found_and_set_right(own_kafka: Settings) -> None:
    theirs = {"retention.ms": "604800000", "cleanup.policy": "delete", "segment.ms": "123456789"}
    new = [
        NewTopic(topics.DOCUMENTS.name, 8, 1, topic_configs=theirs),
        NewTopic(topics.TRIES.name, 1, 1),
    ]
    async with admin(own_kafka) as client:
        await client.create_topics(new)
    with pytest.raises(UsageError, match=r"movietag\.tries has 1 partitions"):
        await create_topics(own_kafka)
    assert (
        run_movietag(own_kafka, "add", "Heat (1995)").returncode == 2
    )  # and does not wait for ever
    async with admin(own_kafka) as client:
        await client.delete_topics([topics.TRIES.name])
    found = run_movietag(own_kafka, "topics", "check")
    assert found.returncode == 1
    assert "movietag.documents: retention.ms is 604800000, not -1" in found.stdout
    assert "movietag.documents: cleanup.policy is delete, not compact" in found.stdout
    done = run_movietag(own_kafka, "topics", "apply")
    assert done.stdout.strip() == "All topics are as they must be.", done.stderr
    assert done.returncode == 0
    assert await check_topics(own_kafka) == []
    async with admin(own_kafka) as client:
        from movietag.kafka.table_check import _states

        states = await _states(client, {topics.DOCUMENTS.name: None})
    assert states[topics.DOCUMENTS.name].own["segment.ms"] == "123456789"  # not ours to change
