"""What is made of one answer of Kafka; damaged batches of a real one are in tests/integration."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from movietag.kafka.fetcher import BEYOND_TRIES, Fetcher, FetchResponse
from movietag.kafka.unreadable import UnreadableBatchError

PLACE = TopicPartition("movietag.documents", 4)
ANSWER = FetchResponse(error=0, size=100, throttled=False)


def batch(*values: bytes) -> bytes:
    """A batch of Kafka's, from offset 0 on."""
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 1 << 20)
    for offset, value in enumerate(values):
        builder.append(offset, 1000, b"key", value, [])
    return bytes(builder.build())


@pytest.fixture
def fetcher() -> Fetcher:
    made = Fetcher.__new__(Fetcher)
    made._records, made._silent, made._beyond = {}, {}, {}
    made._isolation_level = "read_uncommitted"
    return made


def looked(fetcher: Fetcher, end: int, *values: bytes) -> UnreadableBatchError | None:
    """Look at an answer with these values at the offsets 0, 1, … of a log that ends at ``end``."""
    state = SimpleNamespace(
        highwater=end, lso=end, position=0, has_valid_position=True, consumed_to=lambda _: None
    )
    records = PartitionRecords(
        PLACE, MemoryRecords(batch(*values)), [], 0, None, None, True, "read_uncommitted"
    )
    fetcher._records[PLACE] = FetchResult(
        PLACE, assignment=None, partition_records=records, backoff=0
    )
    return fetcher._check(state, PLACE, 0, ANSWER)


def given(fetcher: Fetcher) -> list[bytes | None]:
    """The values of what is handed out."""
    return [record.value for record in fetcher._records[PLACE]._partition_records]


def test_a_record_written_after_kafka_had_looked_for_the_end_is_asked_for_again(
    fetcher: Fetcher,
) -> None:
    assert looked(fetcher, 0, b"new") is None
    assert PLACE not in fetcher._records  # dropped: so it is fetched again
    assert looked(fetcher, 1, b"new") is None
    assert given(fetcher) == [b"new"]


def test_what_lies_before_it_is_handed_out(fetcher: Fetcher) -> None:
    assert looked(fetcher, 2, b"a", b"b", b"new") is None
    assert given(fetcher) == [b"a", b"b"]
    assert fetcher._records[PLACE]._partition_records.next_fetch_offset == 2


def test_a_record_that_stays_beyond_the_end_is_damaged(fetcher: Fetcher) -> None:
    found = [looked(fetcher, 0, b"damaged") for _ in range(BEYOND_TRIES)]
    assert found[:-1] == [None] * (BEYOND_TRIES - 1)
    assert "claims offset 0 of 0" in str(found[-1])


def test_answers_that_were_well_between_count_anew(fetcher: Fetcher) -> None:
    for _ in range(2 * BEYOND_TRIES):
        assert looked(fetcher, 0, b"new") is None
        assert looked(fetcher, 1, b"new") is None
