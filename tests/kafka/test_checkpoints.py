"""What a group commits when Kafka does not know any more where it was. Pure."""

from __future__ import annotations

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from movietag.kafka.checkpoints import Checkpoint, _row, checkpoint_key, forgotten
from movietag.topics import VIDEOS

PLACE = TopicPartition(VIDEOS.name, 3)
IDS = {VIDEOS.name: "b"}


def committed(offset: int) -> dict[TopicPartition, OffsetAndMetadata]:
    return {PLACE: OffsetAndMetadata(offset, "b")}


@pytest.mark.parametrize(
    ("known", "obeys", "goes_on"),
    [
        ({}, False, True),  # expired, or the group was deleted
        ({}, True, True),
        (committed(-1), True, True),
        (committed(0), False, True),  # set back to the beginning
        (committed(0), True, False),  # as somebody wants it
        (committed(7), False, False),
        (committed(9), False, False),  # ahead of its checkpoint, which is written later
    ],
)
def test_a_group_goes_on_at_its_checkpoint_where_kafka_has_none_or_less(
    known: dict[TopicPartition, OffsetAndMetadata], obeys: bool, goes_on: bool
) -> None:
    found = forgotten({PLACE: Checkpoint(7, "b")}, known, {PLACE: 20}, IDS, obeys=obeys)
    assert found == (committed(7) if goes_on else {})


@pytest.mark.parametrize(
    ("checkpoint", "end"),
    [
        (Checkpoint(7, "a"), 20),  # of the topic that was deleted
        (Checkpoint(7, "b"), 5),  # which this one has not reached
        (Checkpoint(7, ""), 20),
    ],
)
def test_a_checkpoint_of_another_topic_is_worth_nothing(checkpoint: Checkpoint, end: int) -> None:
    assert forgotten({PLACE: checkpoint}, {}, {PLACE: end}, IDS, obeys=False) == {}


def test_a_checkpoint_of_a_topic_that_is_gone_is_worth_nothing() -> None:
    assert forgotten({PLACE: Checkpoint(7, "b")}, {}, {}, {}, obeys=False) == {}


def test_rows_of_other_groups_and_rubbish_are_left_out() -> None:
    group, row = "movietag-fetch", Checkpoint(7, "b")
    assert _row(group, checkpoint_key(group, PLACE), row.value) == (PLACE, row)
    for key, value in [
        (checkpoint_key("movietag-fetch-2", PLACE), row.value),
        (b"movietag-fetch/movietag.videos/x", row.value),
        (b"movietag-fetch", row.value),
        (b"\xff", row.value),
        (None, row.value),
        (checkpoint_key(group, PLACE), None),
        (checkpoint_key(group, PLACE), b'{"offset":-1}'),
        (checkpoint_key(group, PLACE), b"rubbish"),
    ]:
        assert _row(group, key, value) is None
