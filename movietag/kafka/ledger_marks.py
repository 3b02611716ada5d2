"""Marks in a ledger's changelog: that a partition has all rows that were ever written to its ledger.

A changelog may be deleted and made again, or lose rows to a retention time that somebody has set, while a stage runs.
What is written to it afterwards looks like a ledger, and is not the whole one. So each partition has a row that says
in which topic, and from which offset on, it is whole. A topic of before there were marks is whole if it is the first
of its name and begins at offset 0: compaction does not move that.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from movietag.errors import PermanentError
from movietag.kafka.incarnations import Incarnation
from movietag.kafka.topic_ids import NO_ID
from movietag.records import decode

WHOLE: Final = b"|whole"  # the key: a row of no movie


class WholeMark(msgspec.Struct, frozen=True):
    """The value: the id of the topic, and its first offset. Without an id it is of a partition that is new and empty."""

    topic_id: Annotated[str, Meta(max_length=64)] = NO_ID
    first: Annotated[int, Meta(ge=0)] = 0

    @property
    def value(self) -> bytes:
        """It in its topic."""
        return msgspec.json.encode(self)


def read_mark(value: bytes | None) -> WholeMark | None:
    """A mark; None for what is none."""
    try:
        return decode(WholeMark, value)
    except PermanentError:
        return None


def is_whole(mark: WholeMark | None, topic: Incarnation, first: int) -> bool:
    """Whether a partition has all rows of its ledger.

    Args:
        mark: its last one. One of another topic was copied with the rows: somebody has restored the topic.
        topic: as it is now.
        first: its first offset now.
    """
    if mark is None:
        return topic.number == 0 and first == 0
    return mark.topic_id != topic.topic_id or first <= mark.first
