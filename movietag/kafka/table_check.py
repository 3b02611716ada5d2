"""Topics as they are, compared with the table: what an operator, or an earlier version, has made otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from movietag import topics
from movietag.errors import TransientError
from movietag.kafka.clients import admin, create_topics
from movietag.kafka.topic_ids import known_topics
from movietag.settings import Settings

OF_TOPIC: Final = (
    1  # the source of a configuration that was set for this topic (Kafka's ConfigSource)
)
LOOKS, LOOK_SECONDS = 10, 0.3  # after a change
CHANGELOG: Final = "-changelog"  # ends the names of ledgers
# What makes only the start of a stage faster: a ledger of an earlier version need not have it.
READ_FASTER: Final = ("segment.bytes", "min.cleanable.dirty.ratio", "delete.retention.ms")


class Difference(msgspec.Struct, frozen=True):
    """Something of a topic that is not as it must be; ``remedy`` is empty if `movietag topics apply` repairs it."""

    topic: str
    what: str
    found: str
    wanted: str
    means: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.topic}: {self.what} is {self.found}, not {self.wanted}: {self.means} {self.remedy}".strip()


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic that exists: how many partitions it has, its configuration, and what of that was set for it."""

    partitions: int
    config: Mapping[str, str]
    own: Mapping[str, str]


MEANS: Final = {
    "cleanup.policy": "messages are deleted that are needed later, or are kept that are replaced.",
    "retention.ms": "messages are deleted before their work is done.",
    "retention.bytes": "messages are deleted before their work is done.",
    "max.message.bytes": "large messages are refused and become dead letters.",
    "message.timestamp.type": "a clock that is wrong stops a stage.",
}


def compared(
    wanted: Mapping[str, Mapping[str, str]], found: Mapping[str, TopicState], partitions: int
) -> list[Difference]:
    """What differs.

    Args:
        wanted: the configuration of each topic, by its name.
        found: the topics that exist.
        partitions: how many each must have.
    """
    differences = []
    for name, config in wanted.items():
        state = found.get(name)
        if state is None:
            differences.append(
                Difference(name, "the topic", "missing", "there", "its stages wait for it.")
            )
            continue
        if state.partitions != partitions:
            differences.append(_other_partitions(name, state.partitions, partitions))
        differences += [
            Difference(
                name, key, state.config[key], value, MEANS.get(key, "it is not as it was made.")
            )
            for key, value in config.items()
            if key in state.config and not suffices(key, state.config[key], value)
        ]
    return differences


def suffices(key: str, found: str, wanted: str) -> bool:
    """Whether a value of a configuration does what the wanted one does: more is enough where more is better."""
    if key == "cleanup.policy":
        return set(found.split(",")) == set(wanted.split(","))
    if key in ("retention.ms", "retention.bytes", "max.message.bytes"):
        return found == "-1" or (wanted != "-1" and int(found) >= int(wanted))
    return found == wanted or key in READ_FASTER


def _other_partitions(name: str, found: int, wanted: int) -> Difference:
    return Difference(
        name,
        "its number of partitions",
        str(found),
        str(wanted),
        "messages of one movie would lie in two partitions.",
        f"If all topics have {found}, set MOVIETAG_KAFKA_PARTITIONS={found}. Where `movietag topics repartition` was"
        " interrupted, repeat it. Else delete this topic while the stages are stopped (what is in it is lost) and"
        " start them: it is made again.",
    )


async def check_topics(settings: Settings) -> list[Difference]:
    """How our topics, and the ledgers that exist, differ from the table.

    Raises:
        TransientError: Kafka is unreachable, or does not describe a topic.
    """
    async with admin(settings) as client:
        wanted = await _wanted(client)
        return compared(wanted, await _states(client, wanted), settings.kafka_partitions)


async def apply_table(settings: Settings) -> list[Difference]:
    """Make missing topics, and configure the others as the table says; returns what still differs.

    What else was set for a topic stays. Partitions are not changed.

    Raises:
        TransientError: Kafka is unreachable, or refuses a configuration.
        UsageError: the captions topic has another number of partitions than the settings.
    """
    await create_topics(settings)
    async with admin(settings) as client:
        wanted = await _wanted(client)
        states = await _states(client, wanted)
        different = {one.topic for one in compared(wanted, states, settings.kafka_partitions)}
        resources = [
            ConfigResource(
                ConfigResourceType.TOPIC,
                name,
                {**states[name].own, **_changes(states[name], config)},
            )
            for name, config in wanted.items()
            if name in different and name in states
        ]
        for response in await client.alter_configs(resources) if resources else ():
            for code, message, _, name in response.resources:
                if code:
                    raise TransientError(
                        f"Kafka refuses the configuration of topic {name}: {message or for_code(code)}."
                    )
    for _ in range(LOOKS):  # a broker shows a change a moment after it has taken it
        left = await check_topics(settings)
        if not left:
            break
        await asyncio.sleep(LOOK_SECONDS)
    return left


def _changes(state: TopicState, config: Mapping[str, str]) -> dict[str, str]:
    return {
        key: value
        for key, value in config.items()
        if key not in state.config or not suffices(key, state.config[key], value)
    }


def ledgers_in(names: Iterable[str]) -> list[str]:
    """The changelogs of our ledgers among the names of topics."""
    ours = (name for name in names if name.startswith(topics.OUR_GROUPS))
    return sorted(name for name in ours if name.endswith(CHANGELOG))


async def _wanted(client: AIOKafkaAdminClient) -> dict[str, Mapping[str, str]]:
    names = await client.list_topics()
    wanted: dict[str, Mapping[str, str]] = {spec.name: spec.config() for spec in topics.ALL}
    wanted |= dict.fromkeys(ledgers_in(names), topics.LEDGER)
    return wanted


async def _states(
    client: AIOKafkaAdminClient, wanted: Mapping[str, object]
) -> dict[str, TopicState]:
    known = await known_topics(client._client, wanted.keys())
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in known]
    described = await client.describe_configs(asked) if asked else []
    states = {}
    for response in described:
        for code, message, _, name, entries in response.resources:
            if code:
                raise TransientError(
                    f"Kafka does not describe topic {name}: {message or for_code(code)}."
                )
            states[name] = _state(known[name].partitions, entries)
    return states


def _state(partitions: int, entries: list[tuple[Any, ...]]) -> TopicState:
    config = {key: str(value or "") for key, value, *_ in entries}
    own = {key: str(value or "") for key, value, _, source, *_ in entries if source == OF_TOPIC}
    return TopicState(partitions, config, own)
