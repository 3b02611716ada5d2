"""Where the messages of a key lie after partitions were added, and by which offsets they are known."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from movietag.kafka.incarnations import (
    MOST,
    STEP,
    Incarnation,
    TopicIds,
    placed_offset,
    with_ids,
)
from movietag.kafka.widening import Widening, former_partitions, key_partition

EIGHT = Widening("a", tuple(range(10, 18)), 32)
THIRTY = Widening("a", tuple(range(40, 72)), 64)


@given(st.binary(min_size=1, max_size=40), st.integers(1, 200))
def test_keys_have_the_partition_that_producers_choose(key: bytes, count: int) -> None:
    numbers = list(range(count))
    assert key_partition(key, count) == DefaultPartitioner()(key, numbers, numbers)


@given(st.binary(min_size=1, max_size=40))
def test_what_a_key_had_is_read_in_the_order_in_which_it_was_written(key: bytes) -> None:
    now = key_partition(key, 64)
    order = [*former_partitions(now, [EIGHT, THIRTY]), now]
    had = list(dict.fromkeys(key_partition(key, count) for count in (8, 32, 64)))
    assert order == had
    known = Incarnation("a", 0, (EIGHT, THIRTY))
    first, second = key_partition(key, 8), key_partition(key, 32)
    ends = EIGHT.end_of(first), THIRTY.end_of(second), 10**6
    written = [
        (first, ends[0] - 1),
        (second, max(ends[1] - 1, EIGHT.end_of(second))),
        (now, ends[2]),
    ]
    offsets = [placed_offset(known, *at) for at in written]
    assert offsets == sorted(offsets)
    assert [offset // STEP for offset in offsets] == [0, 1, 2]


def test_what_was_known_before_partitions_were_added_is_known_by_the_same_offset() -> None:
    before, after = Incarnation("a", 1), Incarnation("a", 1, (EIGHT,))
    assert placed_offset(before, 3, 12) == placed_offset(after, 3, 12) == STEP + 12
    assert placed_offset(after, 3, 13) == 2 * STEP + 13  # the next one there
    assert placed_offset(after, 11, 0) == 2 * STEP


def test_a_topic_that_is_made_again_after_that_counts_from_higher() -> None:
    rows = {"requests": TopicIds(("a",), (EIGHT,))}
    found, changed = with_ids(rows, {"requests": "a"})
    assert (found["requests"], changed) == (Incarnation("a", 0, (EIGHT,)), {})
    found, changed = with_ids(rows, {"requests": "b"})
    assert found["requests"] == Incarnation("b", 2, ())
    assert changed["requests"] == TopicIds(("a", "b"), (EIGHT,))


def test_rows_of_before_are_read() -> None:
    import msgspec

    assert msgspec.json.decode(b'{"ids":["a"]}', type=TopicIds) == TopicIds(("a",))


def test_offsets_fit_however_often_partitions_are_added() -> None:
    from movietag.errors import UsageError

    often = TopicIds(("a",), (EIGHT,) * (MOST + 1))
    with pytest.raises(UsageError, match="got more partitions, 16 times"):
        with_ids({"titles": often}, {"titles": "a"})
