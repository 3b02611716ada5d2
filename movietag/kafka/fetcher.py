"""aiokafka's fetcher, which says of a batch that cannot be read which one it is.

aiokafka (0.14) raises what it meets while it hands records out: without the offset, and with the records
of other partitions in hand, which are lost to whoever goes on afterwards. What Kafka itself cannot read it
asks for again for ever. Here a batch is looked at when it arrives: what lies before a damaged one is given
first, other partitions are never touched, and then ``getmany`` and ``getone`` raise ``UnreadableBatchError``.
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

BEYOND_TRIES = 3  # answers in a row with a record beyond the end of the log, until it is an error
SILENT_SECONDS = 10.0  # without a byte of a partition that has messages there, until it is an error


class FetchResponse(NamedTuple):
    """What Kafka has answered for one partition."""

    error: int
    size: int  # bytes of batches
    throttled: bool


class BeyondEndError(UnreadableBatchError):
    """A record claims an offset at which, by the answer that it came with, the log has already ended.

    Kafka looks for the end first and reads then: what was written between is beyond it, and well.
    """


class Guarded:
    """The records of one answer, as ``FetchResult`` wants them; ends before what cannot be read.

    ``next_fetch_offset`` is where reading goes on after the records handed out so far. Records at or
    beyond ``end``, where the log ends, are not handed out: they are damaged, or newer than the answer.
    """

    def __init__(self, records: theirs.PartitionRecords, place: TopicPartition, end: int) -> None:
        self.next_fetch_offset: int = records.next_fetch_offset
        self._records = records
        self._place = place
        self._end = end
        self._ahead: list[ConsumerRecord] = []

    def look(self) -> None:
        """Read the first record.

        Raises:
            UnreadableBatchError: it cannot be read.
        """
        self._ahead += [record for record in [self._next()] if record is not None]

    def __iter__(self) -> Iterator[ConsumerRecord]:
        return self

    def __next__(self) -> ConsumerRecord:
        try:
            record = self._ahead.pop() if self._ahead else self._next()
        except UnreadableBatchError as batch:  # the next answer begins with it
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
            raise BeyondEndError(self._place.topic, self._place.partition, before, why)
        return record

    def _unreadable(self, offset: int, why: str) -> UnreadableBatchError:
        return UnreadableBatchError(self._place.topic, self._place.partition, offset, why)


class Fetcher(theirs.Fetcher):  # type: ignore[misc]  # aiokafka has no types
    """aiokafka's fetcher; what cannot be read is an ``UnreadableBatchError``, once all before it was given."""

    def __init__(self, client: Any, subscriptions: Any, **options: Any) -> None:
        self._listening = Listening(client)
        self._silent: dict[TopicPartition, tuple[int, float]] = {}  # offset, since when
        self._beyond: dict[
            TopicPartition, tuple[int, int]
        ] = {}  # offset, how many answers in a row
        super().__init__(self._listening, subscriptions, **options)

    async def _proc_fetch_request(self, assignment: Any, node_id: int, request: Any) -> bool:
        arrived = bool(await super()._proc_fetch_request(assignment, node_id, request))
        for topic, partitions in request.topics:
            for partition, offset, _ in partitions:
                place = TopicPartition(topic, partition)
                answer = self._listening.answers.pop(place, None)
                if answer is None or not assignment.active:
                    continue
                why = self._look(assignment.state_value(place), place, offset, answer)
                if why is not None:
                    self._records[place] = theirs.FetchError(
                        error=why, backoff=self._prefetch_backoff
                    )
                    arrived = True
        return arrived

    def _look(
        self, state: Any, place: TopicPartition, offset: int, answer: FetchResponse
    ) -> UnreadableBatchError | None:
        """What is wrong with the first batch of an answer, or with its missing."""
        found = self._records.get(place)
        if isinstance(found, theirs.FetchError) and isinstance(found._error, RecordTooLargeError):
            state.consumed_to(offset)  # aiokafka has passed over one message
            return UnreadableBatchError(place.topic, place.partition, offset, "its size is damaged")
        if not state.has_valid_position or state.position != offset:
            return None
        if answer.error == CorruptRecordException.errno:
            return UnreadableBatchError(
                place.topic,
                place.partition,
                offset,
                "Kafka itself cannot read it (CORRUPT_MESSAGE)",
            )
        if isinstance(found, theirs.FetchResult):
            guarded = Guarded(found._partition_records, place, state.highwater)
            found._partition_records = guarded
            try:
                guarded.look()
            except BeyondEndError as batch:
                return self._ask_again(place, offset, batch)
            except UnreadableBatchError as batch:
                return batch
            self._beyond.pop(place, None)
        return self._look_at_silence(state, place, offset, answer)

    def _ask_again(
        self, place: TopicPartition, offset: int, batch: UnreadableBatchError
    ) -> UnreadableBatchError | None:
        """Drop an answer whose first record is beyond the end; the batch once that stays so."""
        at, times = self._beyond.get(place, (offset, 0))
        times = times + 1 if at == offset else 1
        if times >= BEYOND_TRIES:
            return batch
        self._beyond[place] = (offset, times)
        del self._records[place]
        return None

    def _look_at_silence(
        self, state: Any, place: TopicPartition, offset: int, answer: FetchResponse
    ) -> UnreadableBatchError | None:
        """Kafka gives nothing, and no error, where the size of a batch is damaged."""
        committed_only = self._isolation_level == theirs.READ_COMMITTED
        end = state.lso if committed_only else state.highwater
        if answer.error or answer.size or answer.throttled or end is None or offset >= end:
            self._silent.pop(place, None)
            return None
        at, since = self._silent.get(place, (-1, 0.0))
        if at != offset:
            self._silent[place] = (offset, time.monotonic())
        elif time.monotonic() - since >= SILENT_SECONDS:
            why = f"Kafka gives nothing of it, although the log ends at {end}"
            return UnreadableBatchError(place.topic, place.partition, offset, why)
        return None


class Listening:
    """A client that notes what it is answered to a fetch; otherwise the client itself."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.answers: dict[TopicPartition, FetchResponse] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def send(self, node_id: int, request: Any, **options: Any) -> Any:
        """Send a request; what it is answered is noted if it is a fetch."""
        response = await self._client.send(node_id, request, **options)
        if isinstance(request, FetchRequest):
            throttled = bool(getattr(response, "throttle_time_ms", 0))
            for topic, partitions in response.topics:
                for partition, error, _, *data in partitions:
                    self.answers[TopicPartition(topic, partition)] = FetchResponse(
                        error, len(data[-1] or b""), throttled
                    )
        return response


def _reason(error: Exception) -> str:
    """What is wrong with a batch, in a line without a full stop."""
    kind = type(error).__name__
    text = " ".join(str(error).split()).removeprefix("[Error 2] ").removeprefix(f"{kind}: ")
    if text.startswith("Invalid CRC"):
        return "its checksum is wrong"
    return f"{kind}: {text}".removesuffix(".")
