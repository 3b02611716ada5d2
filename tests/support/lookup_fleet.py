"""Fetch workers of several hosts that ask each other, with a topic of lookups in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

from aiokafka import TopicPartition

from movietag import topics
from movietag.errors import TransientError
from movietag.fleet.lookups import Answer, Lookup, SitesLookup
from movietag.kafka.members import STABLE, ConsumerGroup, GroupMember
from movietag.kafka.workers import WorkerName
from movietag.records import Video
from movietag.streams.other_workers import OtherWorkers

Held = Mapping[str, Video]  # by path


def worker(host: str) -> WorkerName:
    return WorkerName("1", host, 7, "home", "token")


class LookupFleet:
    """Hosts with their files; each has a fetch worker with one partition of videos, in the order of their names.

    Attributes:
        state: of the group, in Kafka's words.
        away: whether Kafka is unreachable.
        silent: hosts that do not answer.
        reaching: hosts that reach all sites.
        spare: hosts whose workers have no partition.
        sent: the number of messages, lookups and answers.
    """

    def __init__(self, held: Mapping[str, Held], seconds: float = 30.0) -> None:
        self.state = STABLE
        self.away = False
        self.silent: set[str] = set()
        self.reaching: set[str] = set()
        self.spare: set[str] = set()
        self.sent = 0
        self._held = held
        self._reading: list[asyncio.Task[None]] = []
        self._workers = {host: self._worker(host, seconds) for host in held}

    def of(self, host: str) -> OtherWorkers:
        return self._workers[host]

    def _worker(self, host: str, seconds: float) -> OtherWorkers:
        async def answering(lookup: Lookup) -> Answer:
            if host in self.silent:
                await asyncio.Event().wait()
            if isinstance(lookup, SitesLookup):
                sites = lookup.sites if host in self.reaching else ()
                return Answer(lookup.id, worker(host).client_id, sites=sites)
            video = self._held[host].get(lookup.path)
            reason = "" if video else "No such file."
            return Answer(lookup.id, worker(host).client_id, video, reason=reason)

        made = OtherWorkers(worker(host), self, self._members, answering, seconds)
        made._listening.set()
        return made

    async def _members(self) -> ConsumerGroup:
        if self.away:
            raise TransientError("Kafka does not answer.")
        members = [
            GroupMember(
                worker(host).client_id,
                "10.0.0.1",
                frozenset(() if host in self.spare else {TopicPartition(topics.VIDEOS.name, at)}),
            )
            for at, host in enumerate(sorted(self._held))
        ]
        return ConsumerGroup("movietag-fetch", self.state, tuple(members))

    async def send(
        self,
        *,
        key: bytes,
        value: bytes,
        headers: Mapping[str, bytes] | None = None,
        partition: int | None = None,
    ) -> Awaitable[Any]:
        """A message of the topic: every worker reads it, its sender too."""
        self.sent += 1
        self._reading += [asyncio.create_task(one.take(value)) for one in self._workers.values()]
        return asyncio.sleep(0)
