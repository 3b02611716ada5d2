"""aiokafka's fetcher, with errors that identify an unreadable batch.

aiokafka (0.14) decodes a batch only while it returns records. Its error has no offset, and records of other
partitions that it was about to return are lost to a caller that continues. A batch that Kafka itself cannot
read it fetches for ever. This fetcher checks each batch when it arrives: records before a damaged one are
returned first, other partitions are unaffected, and then ``getmany`` and ``getone`` raise ``UnreadableBatchError``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.consumer import fetcher as theirs
from aiokafka.errors import CorruptRecordException, RecordTooLargeError
from aiokafka.protocol.fetch import FetchRequest

from movietag.kafka.unreadable import UnreadableBatchError

BEYOND_TRIES = 3  # successive responses with a record beyond the end of the log that make an error
SILENT_SECONDS = 10.0  # without a byte of a partition that has more messages, that make an error


class FetchResponse(NamedTuple):
    """Kafka's response for one partition."""

    error: int
    size: int  # bytes of batches
    throttled: bool


class BeyondEndError(UnreadableBatchError):
    """A record's offset is at or beyond the end of the log that the same response names.

    Kafka determines the end first and reads then: a record written in between is beyond it, and intact.
    """


class Guarded:
    """The records of one response, as ``FetchResult`` expects them; ends before an unreadable batch.

    ``next_fetch_offset`` is where reading continues after the records returned so far. Records at or
    beyond ``end``, where the log ends, are not returned: they are damaged, or newer than the response.
    """

    def __init__(self, records: theirs.PartitionRecords, tp: TopicPartition, end: int) -> None:
        self.next_fetch_offset: int = records.next_fetch_offset
        self._records = records
        self._tp = tp
        self._end = end
        self._ahead: list[ConsumerRecord] = []

    def read_first(self) -> None:
        """Read the first record.

        Raises:
            UnreadableBatchError: its batch is damaged.
        """
        self._ahead += [record for record in [self._next()] if record is not None]

    def __iter__(self) -> Iterator[ConsumerRecord]:
        return self

    def __next__(self) -> ConsumerRecord:
        try:
            record = self._ahead.pop() if self._ahead else self._next()
        except UnreadableBatchError as batch:  # the next response begins with it
            self.next_fetch_offset = batch.offset
            raise StopIteration from batch
        if record is None:
            self.next_fetch_offset = self._records.next_fetch_offset
            raise StopIteration
        self.next_fetch_offset = record.offset + 1
        return record

    def _next(self) -> ConsumerRecord | None:
        before = self._records.next_fetch_offset
        try:
            record = next(self._records, None)
        except Exception as error:
            raise self._unreadable(self._records.next_fetch_offset, _reason(error)) from error
        if record is not None and record.offset >= self._end:
            why = f"it claims offset {record.offset} of {self._end}"
            raise BeyondEndError(self._tp.topic, self._tp.partition, before, why)
        return record

    def _unreadable(self, offset: int, why: str) -> UnreadableBatchError:
        return UnreadableBatchError(self._tp.topic, self._tp.partition, offset, why)


class Fetcher(theirs.Fetcher):  # type: ignore[misc]  # aiokafka has no types
    """aiokafka's fetcher; raises ``UnreadableBatchError`` once all records before the batch were returned."""

    def __init__(self, client: Any, subscriptions: Any, **options: Any) -> None:
        self._recording = Recording(client)
        self._silent: dict[TopicPartition, tuple[int, float]] = {}  # offset, since when
        self._beyond: dict[TopicPartition, tuple[int, int]] = {}  # offset, successive responses
        super().__init__(self._recording, subscriptions, **options)

    async def _proc_fetch_request(self, assignment: Any, node_id: int, request: Any) -> bool:
        arrived = bool(await super()._proc_fetch_request(assignment, node_id, request))
        for topic, partitions in request.topics:
            for partition, offset, _ in partitions:
                tp = TopicPartition(topic, partition)
                response = self._recording.responses.pop(tp, None)
                if response is None or not assignment.active:
                    continue
                why = self._check(assignment.state_value(tp), tp, offset, response)
                if why is not None:
                    self._records[tp] = theirs.FetchError(error=why, backoff=self._prefetch_backoff)
                    arrived = True
        return arrived

    def _check(
        self, state: Any, tp: TopicPartition, offset: int, response: FetchResponse
    ) -> UnreadableBatchError | None:
        """The error of the first batch of a response, or of a response without any; None if all is well."""
        records = self._records.get(tp)
        if isinstance(records, theirs.FetchError) and isinstance(
            records._error, RecordTooLargeError
        ):
            state.consumed_to(offset)  # aiokafka has passed over one message
            return UnreadableBatchError(tp.topic, tp.partition, offset, "its size is damaged")
        if not state.has_valid_position or state.position != offset:
            return None
        if response.error == CorruptRecordException.errno:
            return UnreadableBatchError(
                tp.topic,
                tp.partition,
                offset,
                "Kafka itself cannot read it (CORRUPT_MESSAGE)",
            )
        if isinstance(records, theirs.FetchResult):
            guarded = Guarded(records._partition_records, tp, state.highwater)
            records._partition_records = guarded
            try:
                guarded.read_first()
            except BeyondEndError as batch:
                return self._drop_response(tp, offset, batch)
            except UnreadableBatchError as batch:
                return batch
            self._beyond.pop(tp, None)
        return self._check_silence(state, tp, offset, response)

    def _drop_response(
        self, tp: TopicPartition, offset: int, batch: UnreadableBatchError
    ) -> UnreadableBatchError | None:
        """Drop a response whose first record is beyond the end; its error after ``BEYOND_TRIES`` of them."""
        at, times = self._beyond.get(tp, (offset, 0))
        times = times + 1 if at == offset else 1
        if times >= BEYOND_TRIES:
            return batch
        self._beyond[tp] = (offset, times)
        del self._records[tp]
        return None

    def _check_silence(
        self, state: Any, tp: TopicPartition, offset: int, response: FetchResponse
    ) -> UnreadableBatchError | None:
        """The error of a batch whose size is damaged: Kafka returns no bytes there, and no error."""
        committed_only = self._isolation_level == theirs.READ_COMMITTED
        end = state.lso if committed_only else state.highwater
        if response.error or response.size or response.throttled or end is None or offset >= end:
            self._silent.pop(tp, None)
            return None
        at, since = self._silent.get(tp, (-1, 0.0))
        if at != offset:
            self._silent[tp] = (offset, time.monotonic())
        elif time.monotonic() - since >= SILENT_SECONDS:
            why = f"Kafka returns none of it, although the log ends at {end}"
            return UnreadableBatchError(tp.topic, tp.partition, offset, why)
        return None


class Recording:
    """A client that records the responses to its fetches; otherwise the client that it wraps."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.responses: dict[TopicPartition, FetchResponse] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def send(self, node_id: int, request: Any, **options: Any) -> Any:
        """Send a request; record the response to a fetch."""
        response = await self._client.send(node_id, request, **options)
        if isinstance(request, FetchRequest):
            throttled = bool(getattr(response, "throttle_time_ms", 0))
            for topic, partitions in response.topics:
                for partition, error, _, *data in partitions:
                    self.responses[TopicPartition(topic, partition)] = FetchResponse(
                        error, len(data[-1] or b""), throttled
                    )
        return response


def _reason(error: Exception) -> str:
    """What is wrong with a batch, as one line without a full stop."""
    kind = type(error).__name__
    text = " ".join(str(error).split()).removeprefix("[Error 2] ").removeprefix(f"{kind}: ")
    if text.startswith("Invalid CRC"):
        return "its checksum is wrong"
    return f"{kind}: {text}".removesuffix(".")
