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
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import Any

import faust
import uvloop

from movietag.errors import MovietagError, PermanentError, UsageError
from movietag.kafka.clients import end_of_skip
from movietag.records import Letter, MovieId
from movietag.sandbox.privacy import keep_memory_private
from movietag.settings import Settings, get_settings
from movietag.settings.home import home_layout, make_home
from movietag.streams.failures.dead_letters import DeadLetters, letter_for
from movietag.streams.failures.retrying import Persistence
from movietag.streams.ledger.ledger import Ledger
from movietag.streams.recount.following import Following, Otherwise, start_anew
from movietag.streams.runtime.app import BoundedWorker, leave, make_app
from movietag.streams.runtime.cleaning import delete_consumed
from movietag.streams.runtime.held import watch
from movietag.streams.runtime.locks import KeyLocks
from movietag.streams.runtime.preparing import Preparation
from movietag.streams.runtime.topics import Event, Stream, agent_of, position_of, short_name
from movietag.streams.runtime.window import OrderedWindow
from movietag.streams.watch.health import Health
from movietag.streams.watch.measuring import Measuring
from movietag.streams.watch.metrics import (
    BATCH_EVENTS,
    DEAD_LETTERS,
    INTERNAL_ERRORS,
    UNKNOWN,
    Metrics,
)
from movietag.streams.watch.stuck import StuckDetector, watch_loop
from movietag.topics import TopicSpec

Handler = Callable[[Event], Awaitable[None]]
OnLetter = Callable[[Event, Letter], Awaitable[None]]
Of = Callable[[Event], MovieId | None]

INTERNAL_LIMIT = 20  # errors of ours a stage survives, as dead letters, before it stops
LAST_MOMENTS = 1.0  # seconds in which a stage that has failed still says why

log = logging.getLogger("movietag")


class Stage:
    """One stage: its Faust app, and what all stages do alike."""

    def __init__(self, name: str, *, group: str | None = None, buffer: int = 256) -> None:
        self.name = name
        self.settings: Settings = get_settings()
        self.app = make_app(group or f"movietag-{name}", self.settings, buffer)
        self.letters = DeadLetters(self.app)
        self.log = log
        self.run_beside(partial(delete_consumed, self.app.conf.id, self.settings))
        self.metrics = Metrics()
        self.persist = Persistence(name, self.metrics.retried)
        self._measuring = Measuring(self.app, self.metrics)
        self.health = Health(name, self.settings, self.app, self._measuring, self.persist)
        stuck = StuckDetector(name, self.settings, self.app.windows, self.persist)
        self.app.watchers += (self.health.serve, self._measuring.measure, stuck.watch, watch_loop)
        self.app.watchers.append(partial(watch, self.app, partial(end_of_skip, self.settings)))
        if self.settings.snapshot_seconds:
            self.app.watchers.append(self._write_snapshots)
        self._one_at_a_time = KeyLocks()
        self._preparation = Preparation(self.settings, self.app.conf.id)
        self.app.on_rebalance_complete.connect(self._quiesce)  # type: ignore[arg-type]

    async def _write_snapshots(self) -> None:
        from movietag.streams.watch.snapshots import write_for_ever  # noqa: PLC0415  # most stages run without

        await write_for_ever(self.settings, self.health, self._measuring)

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
        movie_of: Of | None = None,
        one_at_a_time: Of | None = None,
    ) -> None:
        """Handle every event of a stream, at most ``limit`` at a time, acked in order.

        ``on_letter`` settles the identity of an event that becomes a dead letter, before the letter
        is sent; ``movie_of`` names its movie. Of a key of ``one_at_a_time`` a single event is in
        work, from its first try to its last. Never returns while the stage runs.
        """
        assert isinstance(stream, faust.Stream)

        async def settle(event: Event) -> None:
            key = one_at_a_time(event) if one_at_a_time else None
            async with self._one_at_a_time.hold(key) if key else nullcontext():
                await self._settle(event, handle, on_letter, movie_of)

        async with self._window(stream, limit) as window:
            async for event in stream.noack().events():
                await window.put((event,), settle(event))

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
        sizes = self.metrics[BATCH_EVENTS].labels(agent_of(stream))
        async with self._window(stream, 1) as window:
            async for events in stream.noack_take(batch, within=within):
                sizes.observe(len(events))
                await window.put(events, self.persist(partial(handle, events)))

    @asynccontextmanager
    async def _window(
        self, stream: faust.Stream[Any], limit: int
    ) -> AsyncIterator[OrderedWindow[Event]]:
        """A window whose acknowledging task lives as long as the block; its failure ends the process."""
        name = agent_of(stream)
        window: OrderedWindow[Event] = OrderedWindow(
            limit, stream.ack, name=name, acked=self._measuring.acked_by(name)
        )

        async def run() -> None:
            try:
                await window.run()
            except Exception as error:  # noqa: BLE001  # whatever it is, the process ends
                self._fail(error)

        task = asyncio.create_task(run())
        self.app.windows.append(window)
        try:
            yield window
        finally:
            self.app.windows.remove(window)
            task.cancel()

    async def _settle(
        self, event: Event, handle: Handler, on_letter: OnLetter | None, movie_of: Of | None
    ) -> None:
        try:
            await self.persist(partial(handle, event))
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
        """An error of ours as a reason for a dead letter.

        Raises:
            MovietagError: beyond the limit; the stage stops.
        """
        self.health.internal_errors += 1
        self.metrics[INTERNAL_ERRORS].inc()
        place = position_of(event)
        log.error("%s: internal error on %s", self.name, place, exc_info=unknown)
        if self.health.internal_errors > INTERNAL_LIMIT:
            raise MovietagError(
                f"{self.health.internal_errors} errors of movietag's own, more than it goes on with;"
                f" the last on {place}: {unknown!r}. Each is in the log: please report them."
            ) from unknown
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
        movie_of: Of | None = None,
    ) -> None:
        """Settle the event's identity as failed and send its letter, however long that takes."""
        letter = letter_for(event, self.name, error, movie_of(event) if movie_of else None)
        log.warning("%s: dead letter %s: %s", self.name, letter.letter_id, error.reason)

        async def send() -> None:
            if on_letter:
                await on_letter(event, letter)
            await self.letters.send(letter, event.message.value)

        await self.persist(send)
        self.metrics[DEAD_LETTERS].labels(error.kind).inc()

    def passed_over(self, event: Event, what: str) -> None:
        """Count and log a message that holds what only a newer version of movietag knows."""
        self.metrics[UNKNOWN].labels(short_name(event.message.topic)).inc()
        log.warning("%s: %s at %s is of a newer movietag", self.name, what, position_of(event))

    def _fail(self, error: BaseException) -> None:
        """Leave very soon: what is in flight stays unacked and is done again by the next process."""
        if self.health.failure:
            return
        self.health.failure = str(error) or repr(error)
        log.critical("%s stops: %s", self.name, self.health.failure, exc_info=error)
        asyncio.get_running_loop().call_later(LAST_MOMENTS, leave, 1)

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
        self._preparation.keep(ledger.changelog_topic_name, source)

    def follow(self, vocabulary_id: str, epoch: int | None) -> None:
        """Count with what stands in Kafka, should that be something else (see ``movietag.streams.recount.following``)."""
        following = Following(self.settings, vocabulary_id, epoch)
        self._preparation.first.append(following.check)
        self.app.watchers.append(following.watch)

    def before(self, preparation: Callable[[], Awaitable[None]]) -> None:
        """Have ``preparation`` done before the stage consumes; its event loop is not the stage's."""
        self._preparation.others.append(preparation)

    def main(self) -> None:
        """Run the stage until it is told to stop; the status is 2 when a setting does not fit."""
        keep_memory_private()  # it holds passwords; fetch starts children for strangers' bytes
        try:
            self._make_home()
            asyncio.run(self._prepare())
        except UsageError as error:
            print(f"{self.name}: {error}", file=sys.stderr)  # noqa: T201  # no trace for a mistake
            sys.exit(2)
        except Otherwise as other:
            start_anew(other.settings)
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

    def _make_home(self) -> None:
        """Make what Faust makes its folder in; a container has no home until then.

        Raises:
            UsageError: it cannot be made.
        """
        where = home_layout(self.settings)
        try:
            make_home(where)
        except OSError as error:
            raise UsageError(
                f"Cannot write to {where.home}: {error}. Choose another folder with MOVIETAG_HOME."
            ) from None

    async def _prepare(self) -> None:
        logging.basicConfig(level=self.settings.log_level.upper(), format="%(asctime)s %(message)s")
        async with self.health.served():
            await self._preparation.do(self.persist)
        self.health.prepared = True
