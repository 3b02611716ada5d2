"""What each worker (a process of a stage) tells the others of itself: by its client id, and in a small topic.

The client id is part of the consumer group's membership, so who works where is known from Kafka alone. What changes
while a worker runs is a report in the topic of workers: written when the worker becomes ready or stops being it, and
every ``EVERY_SECONDS``. A worker of an earlier version has another client id and sends no reports.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

import msgspec
from aiokafka import AIOKafkaConsumer

from movietag import topics
from movietag.errors import PermanentError
from movietag.kafka.topic_ids import known_topics
from movietag.kafka.whole import partitions_of, read_whole
from movietag.records import decode
from movietag.settings import Settings

EVERY_SECONDS = 30.0  # between two reports of a worker
FRESH_SECONDS = 100.0  # a report that is older says nothing of now
MOST_REASONS = 10
_ODD = re.compile(r"[^A-Za-z0-9.-]")  # what Kafka takes in a client id, without our separator
_MOST_HOST = 64


@dataclass(frozen=True)
class WorkerName:
    """Who a worker is, as its client id says.

    Attributes:
        version: of movietag.
        host: the name of its machine.
        pid: on that machine, or in its container.
        home: a digest of its home: workers of two homes on one machine may have unequal settings.
        token: differs for each process.
    """

    version: str
    host: str
    pid: int
    home: str
    token: str

    @property
    def client_id(self) -> str:
        """Its client id for Kafka."""
        return "_".join(
            (topics.CLIENT, self.version, self.host, str(self.pid), self.home, self.token)
        )

    @property
    def installation(self) -> tuple[str, str]:
        """The machine and the home: workers that have these in common have the same settings and files."""
        return self.host, self.home


def worker_name(client_id: str) -> WorkerName | None:
    """The worker with a client id; None for any other client."""
    begin, *rest = client_id.rsplit("_", 5)
    if begin != topics.CLIENT or len(rest) != 5 or not rest[2].isdecimal():
        return None
    release, host, pid, home, token = rest
    return WorkerName(release, host, int(pid[:9]), home, token)


@lru_cache(maxsize=1)
def _token(pid: int) -> str:  # a forked process is another worker
    return secrets.token_hex(4)


def this_worker(settings: Settings) -> WorkerName:
    """The name of this process."""
    try:
        release = version("movietag")
    except PackageNotFoundError:  # run from a checkout that is not installed
        release = "unknown"
    home = hashlib.sha256(str(settings.home.expanduser().absolute()).encode()).hexdigest()[:8]
    host = _ODD.sub("-", socket.gethostname())[:_MOST_HOST] or "unknown"
    return WorkerName(_ODD.sub("-", release), host, os.getpid(), home, _token(os.getpid()))


class WorkerReport(msgspec.Struct, frozen=True):
    """What a worker reports of itself.

    Attributes:
        stage: its stage.
        group: its consumer group, whether or not it is a member now.
        client_id: see ``WorkerName``.
        ready: whether it can work.
        reasons: why not.
        waits: what it waits for, though it may be ready.
        last: the reasons for which it was last not ready.
        last_ms: until when; milliseconds since 1970. None: it has always been ready since it first was.
        at_ms: when this was reported; of the broker once it is read.
        settings: those in which workers must agree, and those that decide plans (``movietag.fleet.agreeing``).
        behind: messages that are done and not committed, since one before them is still in work.
    """

    stage: str
    group: str
    client_id: str
    ready: bool
    reasons: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    last_ms: int | None = None
    at_ms: int = 0
    settings: dict[str, str] = {}
    behind: int = 0

    @property
    def key(self) -> bytes:
        """Its key in the topic."""
        return f"{self.group}/{self.client_id}".encode()

    @property
    def value(self) -> bytes:
        """Its value in the topic."""
        return msgspec.json.encode(self)


async def read_workers(consumer: AIOKafkaConsumer) -> Mapping[str, WorkerReport]:
    """The newest report of each worker by client id, with the broker's time; none where the topic is missing.

    Args:
        consumer: started, without a group; it is assigned the topic's partitions.

    Raises:
        UnreadableBatchError: the topic is damaged.
        KafkaError, OSError: Kafka is unreachable.
    """
    found: dict[str, WorkerReport] = {}
    known = await known_topics(consumer._client, [topics.WORKERS.name])
    for name, topic in known.items():
        async for records in read_whole(consumer, partitions_of(name, topic.partitions)):
            for record in records:
                try:
                    report = decode(WorkerReport, record.value)
                except PermanentError:
                    continue  # of a newer version, or nobody's
                found[report.client_id] = msgspec.structs.replace(report, at_ms=record.timestamp)
    return found
