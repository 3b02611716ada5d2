"""aiokafka's consumer, made safe to stop while the broker is down; no call but for messages waits without a bound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from movietag.kafka.unreadable import UnreadableBatchError

CALL_SECONDS = 40.0  # as aiokafka's own bound of a request

EndOfSkip: TypeAlias = Callable[[UnreadableBatchError], Awaitable[int | None]]


@asynccontextmanager
async def _bounded(what: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(CALL_SECONDS):
            yield
    except TimeoutError as error:
        raise KafkaTimeoutError(f"No answer about {what} after {CALL_SECONDS:g} s") from error


class StoppableConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka has no types
    """A consumer that can be stopped while the broker is down, passes over skipped batches, and waits with a bound.

    aiokafka asks for a position, a committed offset or a commit again and again for as long as the partition has no
    leader, or the group no coordinator, and also of a partition that does not exist.

    aiokafka cancels its tasks when it stops. The CancelledError of a task that waits for its next retry, or
    that has not begun, reaches the caller of ``stop`` (fetcher.close and NoGroupCoordinator.close of 0.14):
    the caller seems to be cancelled, ``except Exception`` does not catch it, and its further cleanup is left out.

    Args:
        end_of_skip: returns the offset at which an unreadable batch ends if it is skipped, else None;
            without it, no batch is passed over.
    """

    def __init__(self, end_of_skip: EndOfSkip | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._end_of_skip = end_of_skip

    async def __aenter__(self) -> StoppableConsumer:
        """Start; one that cannot start is closed: aiokafka complains later about one that is not."""
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """Fetch records; an empty result after a skipped batch: call again.

        Raises:
            UnreadableBatchError: a batch is damaged, and not skipped.
        """
        try:
            records: dict[TopicPartition, list[ConsumerRecord]] = await super().getmany(
                *partitions, timeout_ms=timeout_ms, max_records=max_records
            )
        except UnreadableBatchError as batch:
            await self._pass_over(batch)
            return {}
        return records

    async def getone(self, *partitions: TopicPartition) -> ConsumerRecord:
        """Wait for one record.

        Raises:
            UnreadableBatchError: a batch is damaged, and not skipped.
        """
        while True:
            try:
                return await super().getone(*partitions)
            except UnreadableBatchError as batch:
                await self._pass_over(batch)

    async def position(self, partition: TopicPartition) -> int:
        """The offset of the next record; raises KafkaTimeoutError if it is not known after ``CALL_SECONDS``."""
        async with _bounded(f"the position in {partition.topic}, partition {partition.partition}"):
            return int(await super().position(partition))

    async def committed(self, partition: TopicPartition) -> int | None:
        """The committed offset, if any; raises KafkaTimeoutError if it is not known after ``CALL_SECONDS``."""
        async with _bounded(
            f"what is committed in {partition.topic}, partition {partition.partition}"
        ):
            offset: int | None = await super().committed(partition)
            return offset

    async def commit(self, offsets: Any = None) -> None:
        """Commit offsets; raises KafkaTimeoutError if they are not committed after ``CALL_SECONDS``."""
        async with _bounded("a commit"):
            await super().commit(offsets)

    async def _pass_over(self, batch: UnreadableBatchError) -> None:
        until = await self._end_of_skip(batch) if self._end_of_skip else None
        if until is None:
            raise batch
        self.seek(TopicPartition(batch.topic, batch.partition), until)

    async def stop(self) -> None:
        """Stop; raises CancelledError only if the caller itself is cancelled meanwhile."""
        caller = asyncio.current_task()
        assert caller is not None
        before = caller.cancelling()
        try:
            await super().stop()
        except asyncio.CancelledError:
            if caller.cancelling() > before:
                raise
            left = {self._fetcher._fetch_task, *self._fetcher._pending_tasks}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            await self._client.close()
