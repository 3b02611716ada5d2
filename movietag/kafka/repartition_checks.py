"""What must be so before partitions are added: a number that is possible, no stage that runs, nothing left to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from aiokafka.admin import AIOKafkaAdminClient

from movietag import topics
from movietag.errors import UsageError
from movietag.kafka.clients import admin, kafka_errors
from movietag.kafka.incarnations import UnderWay, read_topic_rows
from movietag.kafka.lag import ever_written, has_members
from movietag.kafka.table_check import CHANGELOG, ledgers_in
from movietag.kafka.topic_ids import known_topics
from movietag.kafka.unread import group_lags
from movietag.settings import Settings
from movietag.stages import TABLE

OF_COUNT = f"-facts{CHANGELOG}"


async def check_possible(settings: Settings, partitions: int) -> UnderWay | None:
    """Refuse a number that is impossible, or while a stage has something left to do.

    Returns:
        The same addition of partitions that was interrupted, if any; then nothing else is checked.

    Raises:
        UsageError: it is not possible; the text says why.
        TransientError: Kafka is unreachable.
    """
    with kafka_errors(settings):
        async with admin(settings) as client:
            names = await client.list_topics()
            _refuse_no_topics(names)
            _, under_way = await read_topic_rows(settings)
            if under_way and under_way.partitions != partitions:
                raise UsageError(
                    f"Partitions are being raised to {under_way.partitions}: finish that first."
                )
            if not under_way:
                ledgers = ledgers_in(names)
                present = await partition_counts(client, [*topics.BY_NAME, *ledgers])
                _check_number(present, partitions)
                await _refuse_unread(settings, ledgers, present[topics.CAPTIONS.name])
    return under_way


async def _refuse_unread(settings: Settings, ledgers: Collection[str], partitions: int) -> None:
    """Refuse what is left to do: it would lie in another partition than what follows from it."""
    lags = await group_lags(settings)
    consumed = {topics.stage_group(one.name): one.committed for one in TABLE if one.name != "count"}
    counts = [name.removesuffix(OF_COUNT) for name in ledgers if name.endswith(OF_COUNT)]
    left = {}
    for group, read in (consumed | dict.fromkeys(counts, (topics.CAPTIONS,))).items():
        lag = lags.get(group)
        if lag is None:  # it has committed nothing yet
            lag = sum([await ever_written(settings, one.name, partitions) for one in read])
        if lag:
            left[group] = lag
    if left:
        what = ", ".join(f"{group} {lag:,}" for group, lag in sorted(left.items()))
        raise UsageError(
            f"Messages are left to be done: {what}. Hold new titles back, let the stages run until `movietag status`"
            " shows no lag, stop them, and repeat the command. Nothing was changed."
        )


def _refuse_no_topics(names: Collection[str]) -> None:
    """Refuse where the stages have not made all topics yet."""
    if missing := topics.BY_NAME.keys() - set(names):
        raise UsageError(
            f"Topic {min(missing)} does not exist yet: set MOVIETAG_KAFKA_PARTITIONS, and start the stages."
        )


def _check_number(present: Mapping[str, int], partitions: int) -> None:
    """Refuse a number that is not a larger multiple of what all topics have."""
    if topics.CAPTIONS.name not in present:
        raise UsageError(
            "There are no topics yet: set MOVIETAG_KAFKA_PARTITIONS, and start the stages."
        )
    number = present[topics.CAPTIONS.name]
    if other := {name: count for name, count in present.items() if count != number}:
        name, count = min(other.items())
        raise UsageError(
            f"Topic {name} has {count} partitions, {topics.CAPTIONS.name} has {number}; they must be the same:"
            " movietag topics check"
        )
    if partitions <= number or partitions % number:
        raise UsageError(
            f"The topics have {number} partitions; give a multiple, e.g. {2 * number}. Partitions are never"
            " taken away."
        )


async def refuse_members(client: AIOKafkaAdminClient) -> None:
    """Refuse while a consumer group of ours has members.

    Raises:
        UsageError: one has; the text names it.
        KafkaError, OSError: Kafka is unreachable.
    """
    for group, *_ in await client.list_consumer_groups():
        if group.startswith(topics.OUR_GROUPS) and await has_members(client, group):
            raise UsageError(
                f"A stage runs: the consumer group {group} has members. Stop all stages, wait 10 s for those that"
                " were killed, and repeat the command."
            )


async def partition_counts(client: AIOKafkaAdminClient, names: Collection[str]) -> dict[str, int]:
    """How many partitions each topic of these names has that exists; raises KafkaError, OSError."""
    known = await known_topics(client._client, names)
    return {name: one.partitions for name, one in known.items()}
