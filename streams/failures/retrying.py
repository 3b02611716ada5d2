"""Retries: work that failed transiently is retried until it succeeds.

Work that needs a person is retried, too: a batch that cannot be read, until it is skipped.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiokafka.errors import (
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordTooLargeError,
)
from faust.exceptions import ProducerSendError

from movietag.crawl.errors import SiteError
from movietag.errors import PermanentError, TransientError
from movietag.kafka.unreadable import UnreadableBatchError

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between tries
# What time heals, or somebody who skips a batch that cannot be read.
PASSING = (TransientError, UnreadableBatchError, KafkaError, ProducerSendError)
CLOCK = (
    "Kafka refuses messages for their time: the clock of this machine, or Kafka's, is wrong. Set it; or"
    " `movietag topics apply` makes the topics take Kafka's own time."
)
TOO_LARGE = (MessageSizeTooLargeError, RecordTooLargeError)
TOO_LARGE_KIND = "too-large"

log = logging.getLogger("movietag")


@dataclass
class _Wait:
    """What a work waits for, and since when (``clock``)."""

    since: float
    reason: str = ""
    of_site: bool = False  # a site's refusal of one video says nothing of the others


class Persistence:
    """Retries work after every transient failure with growing pauses, and reports what it waits for.

    Args:
        name: who waits, for the log.
        retried: told the kind of each transient failure.
        sleep: as asyncio's.
        clock: seconds, as ``time.monotonic``.
    """

    def __init__(
        self,
        name: str,
        retried: Callable[[str], None] = lambda kind: None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._retried = retried
        self._sleep = sleep
        self._said = ""
        self._clock = clock
        self._done_at = clock()  # when work has last succeeded
        self._waiting: dict[object, _Wait] = {}

    @property
    def waiting_for(self) -> list[str]:
        """The reasons for which work is being retried now, each once."""
        return sorted({wait.reason for wait in self._waiting.values()})

    @property
    def held_up_s(self) -> float:
        """Seconds for which work has waited for a server, or this machine, and nothing has succeeded; else 0."""
        since = [wait.since for wait in self._waiting.values() if not wait.of_site]
        return self._clock() - max(min(since), self._done_at) if since else 0.0

    @property
    def refused(self) -> list[str]:
        """Those of the reasons for which nothing can be sent at all, however new the work is."""
        return [reason for reason in self.waiting_for if reason == CLOCK]

    async def __call__(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do ``work`` until it succeeds; an error's ``pause`` is the least time before the next try.

        Raises:
            PermanentError: of the work itself, or ``too-large`` when Kafka will never take what it
                sends.
            Whatever else the work raises that is neither transient nor Kafka's.
        """
        pause, me = FIRST_PAUSE, object()
        try:
            while True:
                try:
                    await work()
                except PASSING as error:
                    cause = error.__cause__ if isinstance(error, ProducerSendError) else error
                    if isinstance(cause, TOO_LARGE):
                        raise PermanentError(
                            TOO_LARGE_KIND, f"What follows from it is too large for Kafka: {cause}."
                        ) from error
                    wait = self._waiting.setdefault(me, _Wait(self._clock()))
                    clock = isinstance(cause, InvalidTimestampError)
                    wait.reason = CLOCK if clock else str(error) or repr(error)
                    wait.of_site = isinstance(error, SiteError)
                    self._say(wait.reason)
                    self._retried(kind_of(error))
                    await self._sleep(max(pause, getattr(error, "pause", 0.0)))
                    pause = min(pause * 2, LONGEST_PAUSE)
                else:
                    self._say("")
                    self._done_at = self._clock()
                    return
        finally:
            self._waiting.pop(me, None)

    def _say(self, reason: str) -> None:
        """Say a new reason once, and once that it is over."""
        if reason == self._said:
            return
        self._said = reason
        if reason:
            log.warning("%s waits: %s", self._name, reason)
        else:
            log.info("%s goes on", self._name)


def kind_of(error: Exception) -> str:
    """The kind of a transient failure: its own, or the server it comes from."""
    if isinstance(error, TransientError | UnreadableBatchError):
        return str(getattr(error, "kind", "transient"))
    return "kafka"
