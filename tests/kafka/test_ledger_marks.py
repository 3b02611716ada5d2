"""Whether a partition of a ledger has all its rows, by its mark, its topic and its first offset."""

from __future__ import annotations

import pytest

from movietag.kafka.incarnations import Incarnation
from movietag.kafka.ledger_marks import WholeMark, is_whole, read_mark

FIRST, AGAIN = Incarnation("a" * 32, 0), Incarnation("b" * 32, 1)


@pytest.mark.parametrize(
    ("mark", "topic", "first", "whole"),
    [
        (None, FIRST, 0, True),  # of before there were marks
        (
            None,
            FIRST,
            5,
            False,
        ),  # retention, or delete-records: compaction does not move the first offset
        (None, AGAIN, 0, False),
        (WholeMark("a" * 32), FIRST, 0, True),
        (WholeMark("a" * 32, 5), FIRST, 5, True),  # it was written anew then
        (WholeMark("a" * 32, 5), FIRST, 9, False),
        (WholeMark("a" * 32, 5), AGAIN, 0, True),  # copied with all rows: the topic was restored
        (WholeMark(), AGAIN, 0, True),  # a new ledger, or a partition that was added
    ],
)
def test_a_partition_is_whole(
    mark: WholeMark | None, topic: Incarnation, first: int, *, whole: bool
) -> None:
    assert is_whole(mark, topic, first) is whole


def test_a_mark_is_read() -> None:
    mark = WholeMark("c" * 32, 7)
    assert read_mark(mark.value) == mark
    assert read_mark(b"{") is None
    assert read_mark(None) is None
