"""How every stage is made: its app, its way of consuming, its handling of failures, its stopping.

The order of effects is the same everywhere: work done, sends acknowledged by the broker, changelog
acknowledged; only then is the event acked, in order. A transient failure is tried again for as long
as it lasts; a permanent one becomes a dead letter; an unknown one is an error of ours: it becomes a
dead letter as well, and beyond a limit the stage stops.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import faust
import uvloop

from movietag.errors import UsageError
from movietag.fleet.agreeing import reported_settings
from movietag.fleet.meeting import require_agreement
from movietag.kafka.clients import end_of_skip
from movietag.kafka.workers import this_worker
from movietag.sandbox.privacy import keep_memory_private
from movietag.settings import Settings, get_settings
from movietag.settings.home import home_layout, make_home
from movietag.settings.unknown import unknown_variables
from movietag.streams.failures.dead_letters import DeadLetters
from movietag.streams.failures.retrying import Persistence
from movietag.streams.failures.settling import Settling
from movietag.streams.ledger.ledger import Ledger
from movietag.streams.recount.following import Following, Otherwise, start_anew
from movietag.streams.runtime.app import BoundedWorker, leave, make_stage_app
from movietag.streams.runtime.checkpointing import continue_from_checkpoints
from movietag.streams.runtime.cleaning import delete_consumed
from movietag.streams.runtime.coming_back import ComingBack, Probe, without_members
from movietag.streams.runtime.consuming import BatchHandling, Consuming, Handling
from movietag.streams.runtime.giving_back import GivingBack, times_given_back
from movietag.streams.runtime.held import resume_readable
from movietag.streams.runtime.preparing import Preparation
from movietag.streams.runtime.topics import Stream, channel
from movietag.streams.runtime.window import done_behind
from movietag.streams.watch.answering import ServerWatch
from movietag.streams.watch.broker import BrokerWatch
from movietag.streams.watch.health import Health
from movietag.streams.watch.logs import line_formatter, write_lines
from movietag.streams.watch.machine import MachineWatch
from movietag.streams.watch.measuring import Measuring
from movietag.streams.watch.metrics import Metrics
from movietag.streams.watch.repetition import RepetitionFilter
from movietag.streams.watch.reporting import WorkerReporter, report_once
from movietag.streams.watch.roots import RootsWatch
from movietag.streams.watch.stuck import StuckDetector, watch_loop
from movietag.topics import WORKERS, TopicSpec, stage_group
from movietag.vocabulary import Vocabulary

LAST_MOMENTS = 1.0  # seconds in which a stage that has failed still says why

log = logging.getLogger("movietag")


class Stage:
    """One stage: its Faust app, and what all stages do alike."""

    def __init__(
        self, name: str, *, group: str | None = None, buffer: int = 256, pictures: bool = False
    ) -> None:
        self.name = name
        self.settings: Settings = get_settings()
        self.app = make_stage_app(
            group or stage_group(name), self.settings, buffer, pictures=pictures
        )
        self.run_beside(partial(delete_consumed, self.app.conf.id, self.settings))
        self.metrics = Metrics()
        self.persist = Persistence(name, self.metrics.retried)
        self.settling = Settling(name, self.persist, DeadLetters(self.app), self.metrics)
        self._measuring = Measuring(self.app, self.metrics)
        broker = BrokerWatch(self.app, self.metrics, self._fail)
        self.health = Health(name, self.settings, self.app, self._measuring, self.settling, broker)
        stuck = StuckDetector(name, self.settings, self.app.windows, self.persist)
        self._repetition = RepetitionFilter()
        me = this_worker(self.settings)
        self._machine = MachineWatch(name, me.version, self.settings, self.metrics)
        told = reported_settings(self.settings, name)
        self._reporter = WorkerReporter(name, self.app.conf.id, me, self.health, told)
        self._reports = channel(self.app, WORKERS)
        giving_back = GivingBack.of_stage(me, self.settings, self.persist, broker, self._measuring)
        self.app.watchers += (self.health.serve, self._measuring.measure, stuck.watch, watch_loop)
        self.app.watchers += (broker.watch, self._repetition.watch)
        self.app.watchers.append(partial(self._reporter.repeat, self._report))
        self.app.watchers.append(giving_back.watch)
        self.give_back = giving_back.leave  # for what only the stage knows
        self.app.watchers.append(
            partial(resume_readable, self.app, partial(end_of_skip, self.settings))
        )
        if self.settings.snapshot_seconds:
            self.app.watchers.append(self._write_snapshots)
        self._consuming = Consuming(
            self.settling, self.app.windows, self._measuring.acked_by, self._fail
        )
        self._probe: Probe | None = None
        self._preparation = Preparation(self.settings, self.app.conf.id)
        self._preparation.first.append(partial(require_agreement, self.settings, told))
        self._preparation.first.append(
            partial(continue_from_checkpoints, name, self.settings, self.app.conf.id)
        )
        self.app.on_rebalance_complete.connect(self._quiesce)  # type: ignore[arg-type]

    async def _report_preparing(self) -> None:
        """Report until the preparation is over: it may wait for a server for long."""
        send = partial(report_once, self.settings)
        self._early = asyncio.create_task(self._reporter.repeat(send))  # ends with its loop

    async def _report(self, key: bytes, value: bytes) -> None:
        await self._machine.sent(await self._reports.send(key=key, value=value))

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

    async def consume(self, stream: Stream, how: Handling) -> None:
        """Handle every event of a stream; see ``Consuming``."""
        assert isinstance(stream, faust.Stream)
        await self._consuming.events(stream, how)

    async def consume_batches(self, stream: Stream, how: BatchHandling) -> None:
        """Handle every event of a stream in batches; see ``Consuming``."""
        assert isinstance(stream, faust.Stream)
        await self._consuming.batches(stream, how)

    def _fail(self, error: BaseException) -> None:
        """Leave very soon: what is in flight stays unacked and is done again by the next process."""
        if self.health.failure:
            return
        self.health.failure = str(error) or repr(error)
        log.critical("%s stops: %s", self.name, self.health.failure, exc_info=error)
        asyncio.get_running_loop().call_later(LAST_MOMENTS, leave, 1)

    def run_beside(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run ``task`` for as long as the stage runs."""
        self.app.task(task)

    def keep(self, ledger: Ledger, source: TopicSpec) -> None:
        """Register the stage's ledger; its changelog is created with the topics, with as many partitions.

        ``source`` is the topic whose events are written into it.
        """
        self.app.tables.add(ledger)
        self.app.watchers.append(ledger.watch)
        self.health.waits_for(lambda: filter(None, [self.app.ledger_lacks]))
        self._preparation.keep(ledger.changelog_topic_name, source)

    def follow(self, vocabulary: Vocabulary, epoch: int | None) -> None:
        """Follow the current vocabulary and epoch in Kafka (see ``movietag.streams.recount.following``)."""
        following = Following(self.settings, vocabulary, epoch)
        self._preparation.first.append(following.check)
        self.app.watchers.append(following.watch)

    def reads_roots(self) -> None:
        """Report which folders of ``roots`` are not there, as something that the stage waits for."""
        roots = RootsWatch(self.settings.roots)
        self.run_beside(roots.watch)
        self.health.waits_for(lambda: roots.missing)

    def tells_what_is_behind(self) -> None:
        """Report how many messages are done behind one that is not: other stages go by it."""
        self._reporter.behind = partial(done_behind, self.app.windows)

    def share(self, source: TopicSpec) -> float:
        """The fraction of all messages of a topic that this worker handles now, by its assigned partitions."""
        assigned = [at for at in self.app.consumer.assignment() if at.topic == source.name]
        return max(1, len(assigned)) / self.settings.kafka_partitions

    def held_by(self, reasons: Callable[[], Sequence[str]]) -> None:
        """Report why people or settings hold the work; time in which nothing is done for that is no part of its pace."""
        self.health.waits_for(reasons)
        self._measuring.stand_still_while(lambda: bool(reasons()))

    def needs(self, probe: Probe) -> None:
        """Name what the stage cannot work without: ``probe`` raises TransientError while that does not answer.

        A process that gave its partitions back for it joins its group again once it answers.
        """
        self._probe = probe

    def queries(self, server: str, query: Callable[[], Awaitable[object]]) -> None:
        """Report how long ago a server last answered; ``query`` returns when it has, and raises if it has not."""
        self.app.watchers.append(ServerWatch(server, query, self.metrics).watch)

    def before(self, preparation: Callable[[], Awaitable[None]]) -> None:
        """Run ``preparation`` before the stage consumes, in an event loop of its own."""
        self._preparation.others.append(preparation)

    def main(self) -> None:
        """Run the stage until it is stopped; exit status 2 if a setting is invalid."""
        keep_memory_private()  # it holds passwords; fetch starts children for strangers' bytes
        signal.signal(
            signal.SIGHUP, signal.SIG_IGN
        )  # a terminal that closes; there is nothing to load anew
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
        worker.line_filter = self._repetition
        worker.line_formatter = line_formatter(self.settings.log_format, self.name)
        worker.spinner = None
        worker.run()

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
        chosen = self.settings
        for handler in write_lines(chosen.log_level, chosen.log_format, self.name):
            handler.addFilter(self._repetition)
        if times := times_given_back():
            group, seconds = self.app.conf.id, self.settings.give_back_seconds
            alone = partial(without_members, group, self.settings)
            self._preparation.others.append(ComingBack(self._probe, alone, seconds, times).allowed)
        self._preparation.first.insert(0, self._report_preparing)  # its topic exists then
        for text in unknown_variables(os.environ, Settings.model_fields):
            log.warning("%s", text)
        async with self.health.served():
            await self._preparation.do(self.persist)
        self.health.prepared = True
