"""The table of topics (``movietag.topics``) as channels of a Faust app: raw bytes in and out.

Records are decoded in the agents, not by Faust: a message that cannot be decoded would otherwise be
acknowledged and lost.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import faust

from movietag.topics import BY_NAME, TopicSpec

Event: TypeAlias = faust.EventT[Any]
Stream: TypeAlias = faust.StreamT[Any]


def headers(event: Event) -> dict[str, bytes]:
    """The headers of a message; a null value, which Kafka allows, is empty."""
    return {name: bytes(value or b"") for name, value in dict(event.headers or {}).items()}


def milliseconds(event: Event) -> int:
    """The broker's time of a message, milliseconds since 1970."""
    return round(event.message.timestamp * 1000)


def position_of(event: Event) -> str:
    """The place of an event: ``topic/partition/offset``."""
    message = event.message
    return f"{message.topic}/{message.partition}/{message.offset}"


def short_name(topic: str) -> str:
    """The name of a topic or agent in metrics: ``frames`` of ``movietag.frames``."""
    return topic.removeprefix("movietag.")


def agent_of(stream: Stream) -> str:
    """The name of an agent in metrics: that of the topic it consumes."""
    consumed: Any = stream.channel
    return short_name(consumed.get_topic_name())


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
