"""A stage on a bench: its real handler and the real consuming around it; Kafka, Faust, clock and servers are fakes.

Everything that has an effect outside is a line of ``Bench.effects``, in the order in which it happened: what was
sent to which topic, what was written into the ledger, letters, acknowledgements.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from movietag.records import Letter
from movietag.streams.failures.retrying import Persistence
from movietag.streams.failures.settling import Settling
from movietag.streams.runtime.consuming import BatchHandling, Consuming, Handling
from movietag.streams.watch.metrics import Metrics
from support.patience import within
from support.stage_fakes import Stream, Topic


class Bench:
    """Where a handler of a stage is tried.

    Attributes:
        effects: what has happened.
        letters: those that were sent.
        letter_errors: raised by the next letters instead.
        pauses: seconds slept between tries; nobody has waited for them.
        failed: why the process would have ended.
    """

    def __init__(self, stage: str) -> None:
        self.effects: list[str] = []
        self.letters: list[Letter] = []
        self.letter_errors: list[Exception] = []
        self.pauses: list[float] = []
        self.failed: list[BaseException] = []
        self.metrics = Metrics()
        self.persist = Persistence(stage, self.metrics.retried, sleep=self.sleep)
        self.settling = Settling(
            stage, self.persist, SimpleNamespace(send=self._letter), self.metrics
        )

    async def sleep(self, seconds: float) -> None:
        """Note a pause, and let others go on."""
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    async def _letter(self, letter: Letter, value: bytes | None) -> None:
        if self.letter_errors:
            raise self.letter_errors.pop(0)
        self.letters.append(letter)
        self.effects.append(f"letter {letter.error}")

    def topic(self, name: str, read: Callable[[bytes], Any]) -> Topic:
        """A topic of this bench; ``read`` decodes what is sent to it."""
        return Topic(name, read, self.effects)

    async def handle(self, how: Handling | BatchHandling, *events: Any) -> list[str]:
        """Consume these events until all are acknowledged or the stage has failed; what has happened since."""
        before = len(self.effects)
        stream = Stream(events, self.effects)

        def fail(error: BaseException) -> None:
            self.failed.append(error)
            stream.over.set()

        consuming = Consuming(self.settling, [], lambda agent: None, fail)
        async with within(30, "the events to be settled"):
            if isinstance(how, Handling):
                await consuming.events(stream, how)
            else:
                await consuming.batches(stream, how)
        return self.effects[before:]


async def settled() -> None:
    """Return when everything that can go on by itself has."""
    for _ in range(50):
        await asyncio.sleep(0)
