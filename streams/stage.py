"""How every stage is made: its app, its way of consuming, its handling of failures, its stopping.

The order of effects is the same everywhere: work done, sends acknowledged by the broker, changelog
acknowledged; only then is the event acked, in order. A transient failure is tried again for as long
as it lasts; a permanent one becomes a dead letter; an unknown one is an error of ours: it becomes a
dead letter as well, and beyond a limit the stage stops.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import faust
import uvloop
from aiokafka.errors import KafkaError

from movietag import topics
from movietag.errors import MovietagError, PermanentError, TransientError, UsageError
from movietag.kafka import create_topics
from movietag.records import Letter, MovieId
from movietag.settings import Settings, settings
from movietag.topics import TopicSpec
from streams.app import BoundedWorker, leave, make_app
from streams.cleaning import delete_consumed
from streams.deadletters import DeadLetters, letter_for
from streams.ledger import Ledger
from streams.opening import open_ledger
from streams.topics import Event, Stream
from streams.window import OrderedWindow

Handler = Callable[[Event], Awaitable[None]]
OnLetter = Callable[[Event, Letter], Awaitable[None]]
MovieOf = Callable[[Event], MovieId | None]

INTERNAL_LIMIT = 20  # errors of ours a stage survives, as dead letters, before it stops
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between tries of a transient failure

log = logging.getLogger("movietag")


class Stage:
    """One stage: its Faust app, and what all stages do alike."""

    def __init__(self, name: str, *, group: str | None = None, buffer: int = 256) -> None:
        self.name = name
        self.settings: Settings = settings()
        self.app = make_app(group or f"movietag-{name}", self.settings, buffer)
        self.letters = DeadLetters(self.app)
        self.log = log
        self.run_beside(partial(delete_consumed, self.app.conf.id, self.settings))
        self._internal_errors = 0
        self._waiting_for = ""
        self._changelogs: dict[str, dict[str, str]] = {}
        self._ledgers: dict[str, TopicSpec] = {}
        self.app.on_rebalance_complete.connect(self._quiesce)  # type: ignore[arg-type]

    async def _quiesce(self, app: faust.App, **_: Any) -> None:
        """Stop the flow before offsets are sought after a recovery.

        Faust resumes it itself once it has sought; without this, events that arrive during the seek
        are dropped from the queue and later committed over (tables/recovery.py of 0.15.3).
        """
        if app.tables:
            app.consumer.stop_flow()

    async def consume(
        self,
        stream: Stream,
        limit: int,
        handle: Handler,
        *,
        on_letter: OnLetter | None = None,
        movie_of: MovieOf | None = None,
    ) -> None:
        """Handle every event of a stream, at most ``limit`` at a time, acked in order.

        ``on_letter`` settles the identity of an event that becomes a dead letter, before the letter
        is sent. Never returns while the stage runs.
        """
        assert isinstance(stream, faust.Stream)
        async with self._window(stream, limit) as window:
            async for event in stream.noack().events():
                await window.put((event,), self._settle(event, handle, on_letter, movie_of))

    async def consume_batches(
        self,
        stream: Stream,
        batch: int,
        within: float,
        handle: Callable[[Sequence[Event]], Awaitable[None]],
    ) -> None:
        """Handle events in batches of up to ``batch``, taken within ``within`` seconds.

        One batch after another; ``handle`` sends its own letters (see ``dead_letter``).
        """
        assert isinstance(stream, faust.Stream)
        async with self._window(stream, 1) as window:
            async for events in stream.noack_take(batch, within=within):
                await window.put(events, self.persist(partial(handle, events)))

    def _window(self, stream: faust.Stream[Any], limit: int) -> _Running:
        return _Running(OrderedWindow(limit, stream.ack), self._fail)

    async def persist(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do ``work``, again after every transient failure, with growing pauses."""
        pause = FIRST_PAUSE
        while True:
            try:
                await work()
            except (TransientError, KafkaError) as error:
                self._say_waiting(str(error) or repr(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                self._say_waiting("")
                return

    def _say_waiting(self, reason: str) -> None:
        if reason != self._waiting_for:
            log.warning("%s waits: %s", self.name, reason) if reason else log.info(
                "%s goes on", self.name
            )
            self._waiting_for = reason

    async def _settle(
        self,
        event: Event,
        handle: Handler,
        on_letter: OnLetter | None,
        movie_of: MovieOf | None,
    ) -> None:
        try:
            await self.persist(lambda: handle(event))
        except PermanentError as permanent:
            error = permanent
        except MovietagError:
            raise
        except Exception as unknown:  # noqa: BLE001  # the boundary to what we did not foresee
            error = self.internal(event, unknown)
        else:
            return
        await self.dead_letter(event, error, on_letter, movie_of)

    def internal(self, event: Event, unknown: Exception) -> PermanentError:
        """An error of ours as a reason for a dead letter; raises it beyond the limit."""
        self._internal_errors += 1
        place = f"{event.message.topic}/{event.message.partition}/{event.message.offset}"
        log.error("%s: internal error on %s", self.name, place, exc_info=unknown)
        if self._internal_errors > INTERNAL_LIMIT:
            raise unknown
        return PermanentError(
            "internal",
            f"Stage {self.name} failed on {place}: {unknown!r}. This is an error of movietag: please"
            " report it; replay the letter once it is mended.",
        )

    async def dead_letter(
        self,
        event: Event,
        error: PermanentError,
        on_letter: OnLetter | None = None,
        movie_of: MovieOf | None = None,
    ) -> None:
        """Settle the event's identity as failed and send its letter, however long that takes."""
        letter = letter_for(event, self.name, error, movie_of(event) if movie_of else None)
        log.warning("%s: dead letter %s: %s", self.name, letter.letter_id, error.reason)

        async def send() -> None:
            if on_letter:
                await on_letter(event, letter)
            await self.letters.send(letter, event.message.value)

        await self.persist(send)

    def _fail(self, error: BaseException) -> None:
        """Leave at once: what is in flight stays unacked and is done again by the next process."""
        log.critical("%s stops: %r", self.name, error, exc_info=error)
        leave(1)

    @staticmethod
    def movie_of_key(event: Event) -> MovieId | None:
        """The movie id where it is the key of the message, if that can be read."""
        key = event.message.key
        return MovieId(key.decode("utf-8", "replace")) if key else None

    def run_beside(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run ``task`` as long as the stage runs."""
        self.app.task(task)

    def keep(self, ledger: Ledger, source: TopicSpec) -> None:
        """Give the stage its ledger; the changelog is made beside the topics, with as many partitions.

        ``source`` is the topic whose events are written into it.
        """
        self.app.tables.add(ledger)
        self._ledgers[ledger.changelog_topic_name] = source
        self._changelogs[ledger.changelog_topic_name] = {
            "cleanup.policy": "compact",
            "retention.ms": "-1",
            "max.message.bytes": str(topics.FRAME_LIMIT),
            "segment.bytes": str(64 << 20),
        }

    def main(self) -> None:
        """Run the stage until it is told to stop; the status is 2 when a setting does not fit."""
        try:
            asyncio.run(self._prepare())
        except UsageError as error:
            sys.exit(f"{self.name}: {error}")
        uvloop.install()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        worker = BoundedWorker(
            self.app,
            loglevel=self.settings.log_level.upper(),
            quiet=False,
            redirect_stdouts=False,
        )
        worker.stop_seconds = self.settings.stop_seconds
        worker.spinner = None
        worker.execute_from_commandline()

    async def _prepare(self) -> None:
        logging.basicConfig(level=self.settings.log_level.upper(), format="%(asctime)s %(message)s")
        await self.persist(lambda: create_topics(self.settings, self._changelogs))
        for changelog, source in self._ledgers.items():
            check = partial(open_ledger, self.settings, self.app.conf.id, source.name, changelog)
            await self.persist(check)


class _Running:
    """A window whose acknowledging task lives as long as the ``async with`` block."""

    def __init__(self, window: OrderedWindow[Event], fail: Callable[[BaseException], None]) -> None:
        self._window = window
        self._fail = fail
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> OrderedWindow[Event]:
        self._task = asyncio.create_task(self._run())
        return self._window

    async def _run(self) -> None:
        try:
            await self._window.run()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  # whatever it is, the process ends
            self._fail(error)

    async def __aexit__(self, *_: object) -> None:
        if self._task:
            self._task.cancel()
