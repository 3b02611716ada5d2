"""Which partitions the members of a consumer group have between them."""

from __future__ import annotations

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import for_code
from aiokafka.protocol.admin import DescribeGroupsRequest

STABLE = "Stable"


async def assigned_partitions(
    client: AIOKafkaClient, coordinator: int, group: str
) -> set[TopicPartition] | None:
    """The partitions that are assigned to any member of a group; None while it shares them out.

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
    if described["state"] != STABLE:
        return None
    shares = [
        ConsumerProtocolMemberAssignment.decode(member["member_assignment"])
        for member in described["members"]
        if member["member_assignment"]
    ]
    return {
        TopicPartition(topic, partition)
        for share in shares
        for topic, partitions in share.assignment
        for partition in partitions
    }
