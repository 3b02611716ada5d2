"""The table of topics (``movietag.topics``) as channels of a Faust app: raw bytes in and out.

Records are decoded in the agents, not by Faust: a message that cannot be decoded would otherwise be
acknowledged and lost.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import faust

from movietag.kafka.incarnations import FIRST, Incarnation, placed_offset
from movietag.topics import BY_NAME, OURS, TopicSpec

INCARNATIONS: dict[str, Incarnation] = {}  # of this process, from its start to its end
Event: TypeAlias = faust.EventT[Any]
Stream: TypeAlias = faust.StreamT[Any]


class Source(Protocol):
    """The part of a Faust stream that agents use."""

    @property
    def channel(self) -> Any:
        """What it reads."""
        ...

    def noack(self) -> Any:
        """The stream without automatic acknowledgement."""
        ...

    def noack_take(self, max_: int, within: float) -> AsyncIterable[Sequence[Any]]:
        """Events in batches of up to ``max_``, each collected for at most ``within`` seconds."""
        ...

    async def ack(self, event: Any) -> bool:
        """Acknowledge an event."""
        ...


class Sender(Protocol):
    """A channel that messages are sent to.

    ``send`` returns when the producer has a message, and what it returns when the broker has it: both
    are awaited. It raises KafkaError or ProducerSendError, at once or then.
    """

    async def send(
        self,
        *,
        key: bytes,
        value: bytes,
        headers: Mapping[str, bytes] | None = None,
        partition: int | None = None,
    ) -> Awaitable[Any]:
        """Send a message, to a partition or to that of its key."""
        ...


def event_headers(event: Event) -> dict[str, bytes]:
    """The headers of a message; a null value, which Kafka allows, is empty."""
    return {name: bytes(value or b"") for name, value in dict(event.headers or {}).items()}


def milliseconds(event: Event) -> int:
    """The broker's time of a message, milliseconds since 1970."""
    return round(event.message.timestamp * 1000)


def offset_of(event: Event) -> int:
    """The offset by which an event is known for ever: higher than all before in a topic that was made again or widened."""
    return known_offset(event.message.topic, event.message.partition, event.message.offset)


def known_offset(topic: str, partition: int, offset: int) -> int:
    """The same, of any message of a topic."""
    return placed_offset(INCARNATIONS.get(topic, FIRST), partition, offset)


def position_of(event: Event) -> str:
    """The position of an event: ``topic/partition/offset``, with the offset by which it is known."""
    return f"{event.message.topic}/{event.message.partition}/{offset_of(event)}"


def short_name(topic: str) -> str:
    """The name of a topic or agent in metrics: ``frames`` of ``movietag.frames``."""
    return topic.removeprefix(OURS)


def agent_of(stream: Source) -> str:
    """The name of an agent in metrics: that of the topic it consumes."""
    name: str = stream.channel.get_topic_name()
    return short_name(name)


def channel(app: faust.App, spec: TopicSpec) -> faust.TopicT:
    """A topic of the table as a raw channel of an app."""
    assert spec.name in BY_NAME, f"{spec.name} is not in the table of topics"
    return app.topic(
        spec.name,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        internal=False,
    )
