"""Counts the failures of an event, which is given up after a number of tries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from movietag.crawl.errors import UncountedError
from movietag.errors import MachineError, MovietagError, TransientError, shortened
from movietag.streams.runtime.topics import Event, position_of

MOST = 6  # tries: about half a minute
MOST_OF = {
    "network": 20,  # the way to a site: about eight minutes
    "bad-answer": 3,  # of a model that answers well about another picture
    "throttled": 4,  # a site that wants a pause: some hours, as the pauses grow
}
# What is never counted: a site that fails for all, and this machine.
BLAMELESS = (UncountedError, MachineError)


class GivenUp(MovietagError):  # noqa: N818  # a decision, not a fault
    """An event was given up after too many failures; ``kind`` and ``reason`` are those of the last one."""

    def __init__(self, kind: str, reason: str) -> None:
        self.kind = kind
        self.reason = shortened(reason)
        super().__init__(self.reason)


class Memory(Protocol):
    """Stores counts beyond the process: ``movietag.streams.failures.try_counts``."""

    async def recall(self, position: str) -> int:
        """The stored number of failures of the event at a position."""
        ...

    async def note(self, position: str, count: int) -> None:
        """Store a count; returns when it is acknowledged."""
        ...


class Tries:
    """Counts the failures of events by position, across all processes that have handled them.

    A count is noted before the event is tried again. It is never taken back: a place is one event
    for ever, and after its success nobody asks.

    Args:
        memory: keeps the counts.
        most: failures after which an event is given up, where ``MOST_OF`` says nothing of their kind.
    """

    def __init__(self, memory: Memory, most: int = MOST) -> None:
        self._memory = memory
        self._most = most
        self._failed: dict[str, int] = {}  # of events that this process has in work

    def __len__(self) -> int:
        return len(self._failed)

    def of(self, event: Event) -> int:
        """The failures of an event known to this process: 0 until it fails here."""
        return self._failed.get(position_of(event), 0)

    @asynccontextmanager
    async def counted(
        self,
        event: Event,
        only: type[TransientError] = TransientError,
        up_to: int | None = None,
    ) -> AsyncIterator[None]:
        """Count a failure of type ``only`` in the block, up to ``up_to``; none of ``BLAMELESS``.

        Raises:
            GivenUp: instead of the failure, when there were too many.
            TransientError, KafkaError, ProducerSendError: instead of the failure, when it could not
                be noted.
        """
        position = position_of(event)
        try:
            yield
        except BLAMELESS:
            raise
        except only as error:
            kind = str(getattr(error, "kind", "failing"))
            count = await self._count(position, up_to)
            if count < MOST_OF.get(kind, self._most):
                raise
            self._failed.pop(position, None)
            raise GivenUp(kind, f"{error} Given up after {count} tries.") from error
        except TransientError:
            raise
        except BaseException:
            self._failed.pop(position, None)
            raise
        self._failed.pop(position, None)

    async def _count(self, position: str, up_to: int | None) -> int:
        known = self._failed.get(position)
        before = await self._memory.recall(position) if known is None else known
        count = self._failed[position] = before if up_to and before >= up_to else before + 1
        if count != before:
            await self._memory.note(position, count)
        return count
