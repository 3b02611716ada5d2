"""How far the plan stage plans ahead of fetching: titles of lists wait, not their videos.

A list of thousands of titles stays where it is, in its own topic, until few videos wait. So whatever is sent meanwhile,
the replacement of a video, what a person adds, a movie to be forgotten, has a short way, and no link is days old when
it is fetched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiokafka.admin import AIOKafkaAdminClient

from movietag import topics
from movietag.errors import TransientError
from movietag.kafka.clients import admin
from movietag.kafka.lag import start_of, topic_offsets
from movietag.kafka.whole import partitions_of
from movietag.settings import Settings
from movietag.topics import TopicSpec, stage_group

EVERY_SECONDS = 1.0
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

    What waits is asked of Kafka every second; what passes between two answers is counted at once.

    Args:
        settings: where Kafka is; ``plan_ahead`` and ``videos``.
        share: the part of all titles that is this worker's now.
    """

    def __init__(self, settings: Settings, share: Callable[[], float]) -> None:
        self._settings = settings
        self._share = share
        self._allowed = {True: 0, False: 0}  # by whether a site is needed
        self._changed = asyncio.Event()

    async def room(self, *, site: bool) -> None:
        """Wait until a title of a list may be planned; ``site``: its videos come from a site, or are searched for."""
        while not self._allowed[site]:
            self._changed.clear()
            await self._changed.wait()
        self._allowed[site] -= 1

    def see(self, waiting: int) -> None:
        """Take note of how many videos wait now."""
        limit, share = self._settings.plan_ahead, self._share()
        for site, most in ((True, limit), (False, int(limit * LOCAL))):
            self._allowed[site] = allowed(waiting, most, self._settings.videos, share)
        self._changed.set()

    async def watch(self) -> None:
        """Measure periodically; never returns."""
        while True:
            try:
                async with admin(self._settings) as client:
                    while True:
                        self.see(await self._waiting(client))
                        await asyncio.sleep(EVERY_SECONDS)
            except TransientError as error:
                log.debug("what waits for fetch is measured later: %r", error)
            await asyncio.sleep(EVERY_SECONDS)

    async def _waiting(self, client: AIOKafkaAdminClient) -> int:
        """Videos that wait for fetch, and those of the requests that wait for their plan."""
        videos = await self._unread(client, topics.VIDEOS, "fetch")
        requests = await self._unread(client, topics.REQUESTS, "plan")
        return videos + requests * self._settings.videos

    async def _unread(self, client: AIOKafkaAdminClient, topic: TopicSpec, stage: str) -> int:
        committed = await client.list_consumer_group_offsets(stage_group(stage))
        first, last = await topic_offsets(self._settings, topic)
        places = partitions_of(topic, self._settings.kafka_partitions)
        return sum(last[at] - start_of(committed, first, at) for at in places)
