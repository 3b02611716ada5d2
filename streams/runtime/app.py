"""The Faust app and worker of a stage: connection, limits, bounded stopping."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import faust
from faust.auth import Credentials, OAuthCredentials
from faust.types.tuples import FutureMessage

from movietag import topics
from movietag.kafka.access import OAUTH, ssl_context, token_provider
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.kafka.workers import this_worker
from movietag.settings import Settings
from movietag.settings.home import home_layout
from movietag.streams.runtime.checkpointing import Checkpoints
from movietag.streams.runtime.held import HeldPartitions
from movietag.streams.runtime.recovery import StageTables
from movietag.streams.runtime.topics import Event, short_name
from movietag.streams.runtime.transport import Transport
from movietag.streams.runtime.window import OrderedWindow

log = logging.getLogger("movietag")

AGAIN_SECONDS = 0.5
SESSION_SECONDS = 10.0  # after kill -9 others take the partitions up when this has passed
LAST_SECONDS = 1.0  # for tasks that are cancelled at the end
EACH_READING = (
    "aiokafka.consumer.subscription_state"  # one line for each client that reads a topic once
)
PRODUCER_SECONDS = 60.0  # after which a producer gives a message up


def make_stage_app(
    group: str, settings: Settings, buffer: int, *, pictures: bool = False
) -> BoundedApp:
    """A Faust app; its id is the consumer group. One that sends ``pictures``, compressed already, compresses nothing."""
    compression = "none" if pictures else settings.kafka_compression
    app = BoundedApp(
        id=group,
        broker=";".join(f"kafka://{address}" for address in settings.kafka_address.split(",")),
        broker_client_id=this_worker(settings).client_id,
        broker_credentials=_credentials(settings),
        store="memory://",
        TableManager=StageTables,
        datadir=home_layout(settings).run / "faust",  # it keeps nothing there, but makes it
        web_enabled=False,
        autodiscover=False,
        topic_disable_leader=True,
        topic_partitions=settings.kafka_partitions,
        topic_replication_factor=settings.kafka_replication,
        table_standby_replicas=0,
        broker_session_timeout=SESSION_SECONDS,
        broker_heartbeat_interval=3.0,
        broker_rebalance_timeout=60.0,
        broker_commit_interval=1.0,
        broker_max_poll_interval=86_400.0,
        broker_request_timeout=40.0,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=1 << 20,  # read ahead, of each partition
        stream_buffer_maxsize=buffer,
        producer_max_request_size=topics.DEAD_LETTERS.max_bytes,
        producer_linger=0.005,
        producer_max_batch_size=512 << 10,
        producer_request_timeout=PRODUCER_SECONDS,
        producer_acks=-1,
        producer_compression_type=None if compression == "none" else compression,
    )
    app.stop_seconds = settings.stop_seconds
    app.checkpoints = Checkpoints(app)
    app.watchers.append(app.checkpoints.watch)
    return app


def _credentials(settings: Settings) -> Credentials | None:
    context = ssl_context(settings)
    if settings.kafka_security.startswith("SASL") and settings.kafka_sasl == OAUTH:
        return OAuthCredentials(oauth_cb=token_provider(settings), ssl_context=context)
    if settings.kafka_security.startswith("SASL"):
        return faust.SASLCredentials(
            username=settings.kafka_username,
            password=settings.kafka_password.get_secret_value(),
            mechanism=settings.kafka_sasl,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None


class BoundedApp(faust.App):
    """An app that waits for work in flight for at most ``stop_seconds``.

    Faust waits without a bound, when it is stopped and when partitions move to another worker. What
    has not drained by then is abandoned, unacked: the next owner of its partition does it again.
    """

    stop_seconds = 30.0
    checkpoints: Checkpoints

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.windows: list[OrderedWindow[Event]] = []
        self.watchers: list[Callable[[], Awaitable[None]]] = []
        self.joined = False
        self.held = HeldPartitions()
        self.held_ledgers: dict[
            str, UnreadableBatchError
        ] = {}  # by changelog: what keeps it from being read
        self.ledger_lacks = (
            ""  # what the changelog of the ledger has lost, while the stage waits for it
        )

    async def on_start(self) -> None:
        """Start the watchers first: Faust starts its own tasks only when the tables are recovered."""
        await super().on_start()
        asyncio.get_running_loop().set_exception_handler(_unless_sent)
        for watch in self.watchers:
            self.add_future(_survived(watch))

    def on_rebalance_end(self) -> None:
        """Record that the partitions are assigned and the tables are recovered."""
        super().on_rebalance_end()
        self.joined = True

    @property
    def settled(self) -> bool:
        """Whether the partitions are assigned and no rebalance is under way."""
        return self.joined and not self.rebalancing and not self.should_stop

    @property
    def unreadable(self) -> list[UnreadableBatchError]:
        """The unreadable batches at which partitions of this process are paused."""
        return [*self.held.batches, *self.held_ledgers.values()]

    def consumed_topics(self) -> list[str]:
        """The topics that the agents consume."""
        return sorted({name for agent in self.agents.values() for name in agent.channel.topics})

    def windows_by_name(self) -> dict[str, list[OrderedWindow[Event]]]:
        """The windows of each agent, by its short name."""
        windows: dict[str, list[OrderedWindow[Event]]] = {
            short_name(topic): [] for topic in self.consumed_topics()
        }
        for window in self.windows:
            windows.setdefault(window.name, []).append(window)
        return windows

    def _new_transport(self) -> Any:
        return Transport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> Any:
        return Transport(self.conf.broker_producer, self)

    async def _consumer_wait_empty(self, consumer: Any, logger: Any) -> None:
        # A task of its own: Faust's waiting swallows the cancelling of a timeout.
        waiting = asyncio.ensure_future(super()._consumer_wait_empty(consumer, logger))
        done, _ = await asyncio.wait({waiting}, timeout=self.stop_seconds)
        if not done:
            log.warning("work in flight did not end in %s s: left for later", self.stop_seconds)
            if self.should_stop:
                leave()
        while not done:  # more than once: what was on its way to an agent may arrive only now
            for window in self.windows:
                window.abandon()
            # An agent may have one in hand, or a batch, that the window had no place for: now it has, and
            # quick work would be acked, and committed over all that is left. So none is acked any more.
            for message in list(consumer._unacked_messages):
                message.acked = True
            consumer._unacked_messages.clear()  # what Faust waits for
            done, _ = await asyncio.wait({waiting}, timeout=AGAIN_SECONDS)
        await waiting
        await self.checkpoints.write_last()


def _unless_sent(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what nobody has handled, except that a send failed: whoever sends awaits it, and says so itself."""
    if not isinstance(context.get("future"), FutureMessage):
        loop.default_exception_handler(context)


async def _survived(watch: Callable[[], Awaitable[None]]) -> None:
    """Watch; what fails in watching must not stop the stage."""
    try:
        await watch()
    except Exception:
        log.exception("a watcher of the stage ended")


class BoundedWorker(faust.Worker):
    """A worker that exits shortly after ``stop_seconds`` even if Faust hangs while stopping."""

    stop_seconds = 30.0
    line_filter: logging.Filter | None = None  # of all that is logged
    line_formatter: logging.Formatter | None = None

    def _gather_all(self) -> None:
        """End what is left once all has stopped; the base class first waits a second for it."""
        if left := asyncio.all_tasks(self.loop):
            for task in left:
                task.cancel()
            self.loop.run_until_complete(asyncio.wait(left, timeout=LAST_SECONDS))

    def run(self) -> NoReturn:
        """Run until the stage is stopped, then end the process.

        What the interpreter would still do, above all freeing every object, takes longer than stopping an idle stage.
        """
        status = 1
        try:
            self.execute_from_commandline()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        leave(status)

    def on_setup_root_logger(self, logger: logging.Logger, level: int) -> None:
        """Attach the filter and the form of lines: Faust has just made new handlers."""
        super().on_setup_root_logger(logger, level)
        logging.getLogger(EACH_READING).setLevel(logging.WARNING)
        for handler in logger.handlers:
            if self.line_filter:
                handler.addFilter(self.line_filter)
            if self.line_formatter:
                handler.setFormatter(self.line_formatter)

    def _on_sigterm(self) -> None:
        self._bound()
        super()._on_sigterm()

    def _on_sigint(self) -> None:
        self._bound()
        super()._on_sigint()

    def _bound(self) -> None:
        timer = threading.Timer(self.stop_seconds + 5, leave)
        timer.daemon = True
        timer.start()


def leave(status: int = 70) -> NoReturn:
    """Exit the process immediately; nothing more is acked or committed."""
    logging.shutdown()
    os._exit(status)
