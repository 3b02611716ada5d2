"""Preparations before a stage consumes: topics, its ledger, and its own."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from movietag.errors import TransientError
from movietag.kafka.clients import create_topics
from movietag.kafka.incarnations import read_incarnations
from movietag.kafka.table_check import check_topics
from movietag.settings import Settings
from movietag.streams.failures.retrying import Persistence
from movietag.streams.ledger.opening import open_ledger
from movietag.streams.runtime.topics import INCARNATIONS
from movietag.topics import BY_NAME, TopicSpec

log = logging.getLogger("movietag")


class Preparation:
    """The preparations of a stage: ``first`` run before its ledger is created, ``others`` last."""

    def __init__(self, settings: Settings, group: str) -> None:
        self.first: list[Callable[[], Awaitable[None]]] = []
        self.others: list[Callable[[], Awaitable[None]]] = []
        self._settings = settings
        self._group = group
        self._ledgers: dict[str, TopicSpec] = {}

    def keep(self, changelog: str, source: TopicSpec) -> None:
        """Check the changelog of a ledger against the topic recorded in it, and create it."""
        self._ledgers[changelog] = source

    async def do(self, persist: Persistence) -> None:
        """Run all preparations, each retried until it succeeds.

        Raises:
            UsageError: a ledger is not the one that the group has worked with.
            whatever the first and the other preparations raise.
        """
        await persist(partial(create_topics, self._settings))
        await persist(self._identify)
        for first in self.first:
            await persist(first)
        for changelog, source in self._ledgers.items():
            await persist(partial(open_ledger, self._settings, self._group, source.name, changelog))
            await persist(partial(self._identify_ledger, changelog))
        for other in self.others:
            await persist(other)

    async def _identify_ledger(self, changelog: str) -> None:
        """Learn whether a changelog was deleted and made again."""
        INCARNATIONS.update(await read_incarnations(self._settings, [changelog]))

    async def _identify(self) -> None:
        """Learn which of our topics were deleted and made again, and log which are not as the table has them."""
        INCARNATIONS.update(await read_incarnations(self._settings, BY_NAME))
        try:
            differences = await check_topics(self._settings)
        except TransientError as error:  # a user who may not describe them can work all the same
            log.warning("the topics are not compared with the table: %s", error)
            return
        for difference in differences:
            log.warning("%s; movietag topics apply", difference)
