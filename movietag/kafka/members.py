"""The members of consumer groups, and which partitions they have."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import for_code
from aiokafka.protocol.admin import DescribeGroupsRequest

STABLE = "Stable"


@dataclass(frozen=True)
class GroupMember:
    """A member of a consumer group: its client id, the address it comes from, and its partitions."""

    client_id: str
    address: str
    partitions: frozenset[TopicPartition]


@dataclass(frozen=True)
class ConsumerGroup:
    """A consumer group as the broker describes it.

    Attributes:
        name: its id.
        state: Kafka's word for it, e.g. ``Stable``, ``Empty`` or ``PreparingRebalance``; or why it is not described.
        members: those that have joined.
    """

    name: str
    state: str
    members: tuple[GroupMember, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether its partitions are shared out."""
        return self.state == STABLE


async def describe_group(client: AIOKafkaClient, coordinator: int, group: str) -> ConsumerGroup:
    """A consumer group and its members.

    Args:
        client: of a consumer or an admin.
        coordinator: the node that coordinates the group.
        group: its name.

    Raises:
        KafkaError, OSError: Kafka is unreachable, or does not describe the group.
    """
    response = await client.send(coordinator, DescribeGroupsRequest([group]))
    (described,) = response.to_object()["groups"]
    if described["error_code"]:
        raise for_code(described["error_code"])(f"Group {group} is not described.")
    return _group(described)


async def describe_groups(
    client: AIOKafkaAdminClient, names: Sequence[str]
) -> dict[str, ConsumerGroup]:
    """Consumer groups by name; one that may not be described has the reason as its state.

    Raises:
        KafkaError, OSError: Kafka is unreachable.
    """
    # One at a time: aiokafka 0.14 cannot read an answer of several groups.
    answers = await asyncio.gather(*(client.describe_consumer_groups([name]) for name in names))
    described = [one for (answer,) in answers for one in answer.to_object()["groups"]]
    return {one["group"]: _group(one) for one in described}


def _group(described: Mapping[str, Any]) -> ConsumerGroup:
    if described["error_code"]:
        return ConsumerGroup(described["group"], for_code(described["error_code"]).__name__)
    members = tuple(
        GroupMember(
            member["client_id"],
            member["client_host"].removeprefix("/"),
            _partitions(member["member_assignment"]),
        )
        for member in described["members"]
    )
    return ConsumerGroup(described["group"], described["state"], members)


def _partitions(assignment: bytes) -> frozenset[TopicPartition]:
    if not assignment:
        return frozenset()
    share = ConsumerProtocolMemberAssignment.decode(assignment)
    return frozenset(
        TopicPartition(topic, partition)
        for topic, partitions in share.assignment
        for partition in partitions
    )
