"""Topics as the broker knows them: their ids (KIP-516) and partitions, by a metadata request of version 12.

A topic that was deleted and made again has the same name and the same offsets, but another id. aiokafka 0.14 speaks
version 5, which has no ids.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from io import BytesIO
from typing import Any, ClassVar

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import NodeNotReadyError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.metadata import MetadataRequest_v5
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

NO_ID = ""  # of a broker before Kafka 3.0
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class KnownTopic:
    """A topic that exists: its id (32 hexadecimal digits, or ``NO_ID``) and how many partitions it has."""

    topic_id: str
    partitions: int


class _Uuid(AbstractType[bytes]):  # type: ignore[misc]  # aiokafka has no types
    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(_ID_BYTES)


_NAME = CompactString("utf-8")
_NUMBERS = CompactArray(Int32)


class _Response(Response):  # type: ignore[misc]  # aiokafka has no types
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", _NAME),
                ("port", Int32),
                ("rack", _NAME),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", _NAME),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", _NAME),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", _NUMBERS),
                        ("isr", _NUMBERS),
                        ("offline", _NUMBERS),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _Struct(RequestStruct):  # type: ignore[misc]  # aiokafka has no types
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Response
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("topic_id", _Uuid), ("name", _NAME), ("tags", TaggedFields)),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class TopicsRequest(Request[MetadataRequest_v5 | _Struct]):  # type: ignore[misc]  # aiokafka has no types
    """Queries topics by name; makes none. A broker before Kafka 3.0 answers without ids."""

    API_KEY: ClassVar[int] = _Struct.API_KEY

    def __init__(self, names: Collection[str]) -> None:
        self._names = sorted(names)

    def build(self, request_struct_class: Any) -> Any:
        """The request on the wire."""
        if request_struct_class is MetadataRequest_v5:
            return MetadataRequest_v5(self._names, False)
        return _Struct([(bytes(_ID_BYTES), name, {}) for name in self._names], False, False, {})


async def known_topics(client: AIOKafkaClient, names: Collection[str]) -> dict[str, KnownTopic]:
    """Those of the named topics that exist, as a broker knows them now.

    Raises:
        KafkaError, OSError: Kafka is unreachable.
    """
    node = client.get_random_node()
    if node is None:
        raise NodeNotReadyError("No broker is known.")
    response = await client.send(node, TopicsRequest(names))
    return {
        topic["topic"]: KnownTopic(_text(topic.get("topic_id")), len(topic["partitions"]))
        for topic in response.to_object()["topics"]
        if not topic["error_code"]
    }


def _text(topic_id: bytes | None) -> str:
    return uuid.UUID(bytes=topic_id).hex if topic_id else NO_ID
