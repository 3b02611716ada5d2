"""How far the plan stage plans ahead of fetching: titles of lists wait, not their videos.

A list of thousands of titles stays where it is, in its own topic, until few videos wait. So whatever is sent meanwhile,
the replacement of a video, what a person adds, a movie to be forgotten, has a short way, and no link is days old when
it is fetched.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from aiokafka.admin import AIOKafkaAdminClient

from movietag import topics
from movietag.errors import TransientError
from movietag.kafka.clients import admin
from movietag.kafka.fleet_reading import workers_at_work
from movietag.kafka.lag import first_and_end, start_of
from movietag.kafka.unreadable import UnreadableBatchError
from movietag.kafka.whole import partitions_of
from movietag.settings import Settings
from movietag.topics import stage_group

EVERY_SECONDS = 1.0
BEHIND_SECONDS = 5.0  # between two looks at what the fetch workers have done out of order
LOCAL = 1.5  # of the limit: what needs no site is planned while videos of a site wait

log = logging.getLogger("movietag")


def allowed(waiting: int, limit: int, videos: int, share: float) -> int:
    """How many titles a worker may plan while so many videos wait: at least one where any may be planned.

    Args:
        waiting: videos that are planned and not fetched, or will be planned soon.
        limit: of them, over all workers.
        videos: of one title.
        share: the part of all titles that is this worker's.
    """
    room = limit - waiting
    return max(1, int(room * share / videos)) if room > 0 else 0


class Ahead:
    """Lets titles of lists pass while few videos wait.

    While titles wait, Kafka is asked every second what is before them; what passes between two answers is counted at
    once.

    Args:
        settings: where Kafka is; ``plan_ahead`` and ``videos``.
        share: the part of all titles that is this worker's now.
    """

    def __init__(self, settings: Settings, share: Callable[[], float]) -> None:
        self._settings = settings
        self._share = share
        self._allowed = {True: 0, False: 0}  # by whether a site is needed
        self._changed = asyncio.Event()
        self._titles = 0  # that wait
        self._behind, self._looked = 0, -BEHIND_SECONDS
        self._wanted = asyncio.Event()  # set while there are any

    async def room(self, *, site: bool) -> None:
        """Wait until a title of a list may be planned; ``site``: its videos come from a site, or are searched for."""
        self._titles += 1
        self._wanted.set()
        try:
            while not self._allowed[site]:
                self._changed.clear()
                await self._changed.wait()
            self._allowed[site] -= 1
        finally:
            self._titles -= 1

    @property
    def waits(self) -> bool:
        """Whether a title of a list waits."""
        return self._titles > 0

    def see(self, waiting: int) -> None:
        """Take note of how many videos wait now."""
        limit, share = self._settings.plan_ahead, self._share()
        for site, most in ((True, limit), (False, int(limit * LOCAL))):
            self._allowed[site] = allowed(waiting, most, self._settings.videos, share)
        self._changed.set()

    async def watch(self) -> None:
        """Measure periodically while titles wait; never returns."""
        while True:
            await self._wanted.wait()
            try:
                async with admin(self._settings) as client:
                    while self._titles:
                        self.see(await self._waiting(client))
                        await asyncio.sleep(EVERY_SECONDS)
                self._rest()
            except TransientError as error:
                log.debug("what waits for fetch is measured later: %r", error)
                await asyncio.sleep(EVERY_SECONDS)

    def _rest(self) -> None:
        """No title waits; the next one is let pass by an answer of then."""
        if not self._titles:
            self._wanted.clear()
            self._allowed = dict.fromkeys(self._allowed, 0)

    async def _waiting(self, client: AIOKafkaAdminClient) -> int:
        """Videos that wait for fetch, and those of the requests that wait for their plan."""
        count = self._settings.kafka_partitions
        videos, requests = (
            partitions_of(topic, count) for topic in (topics.VIDEOS, topics.REQUESTS)
        )
        fetched, planned = [
            await client.list_consumer_group_offsets(stage_group(stage))
            for stage in ("fetch", "plan")
        ]
        first, last = await first_and_end(self._settings, [*videos, *requests])
        left = sum(last[at] - start_of(fetched, first, at) for at in videos)
        asked = sum(last[at] - start_of(planned, first, at) for at in requests)
        return max(0, left - await self._done_behind()) + asked * self._settings.videos

    async def _done_behind(self) -> int:
        """Videos that are fetched, and not committed: one before them waits for its next try, perhaps for half an hour."""
        if time.monotonic() - self._looked >= BEHIND_SECONDS:
            self._looked = time.monotonic()
            try:
                reports = await workers_at_work(self._settings)
            except UnreadableBatchError:  # the operator is told of it elsewhere
                reports = ()
            self._behind = sum(one.behind for one in reports if one.stage == "fetch")
        return self._behind
