"""Videos that wait for their turn at a site, and that nobody wants any more: their movie was forgotten or cancelled."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable
from typing import TypeAlias

from movietag.records import EVERY_VIDEO, VideoJob

Named: TypeAlias = tuple[str, str]  # movie and video

_NONE = 0


class WithdrawnVideos:
    """What a worker knows of withdrawn videos, from the jobs that delete their frames.

    A job that withdraws has the key of its video, so it comes to the worker that has the video. As many are remembered as
    messages may be in work: what came before an older one has been acknowledged.

    Args:
        most: messages in work at most.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._below: OrderedDict[Named, int] = OrderedDict()  # generations that are withdrawn
        self._waiting: dict[asyncio.Future[None], VideoJob] = {}

    def add(self, job: VideoJob) -> None:
        """Withdraw what a job deletes: below a generation its video, or all videos of its movie. What waits ends."""
        named = (job.movie_id, job.video.video_id)
        self._below[named] = max(job.frames, self._below.pop(named, _NONE))
        while len(self._below) > self._most:
            self._below.popitem(last=False)
        for turn, waiting in list(self._waiting.items()):
            if self.include(waiting):
                turn.cancel()

    def include(self, job: VideoJob) -> bool:
        """Whether the video of a job is withdrawn."""
        names = ((job.movie_id, job.video.video_id), (job.movie_id, EVERY_VIDEO))
        return any(job.generation < self._below.get(named, _NONE) for named in names)

    async def wait(self, job: VideoJob, turn: Awaitable[None]) -> bool:
        """Wait for the turn of a job; False if it was withdrawn meanwhile: then it may have none."""
        waiting = asyncio.ensure_future(turn)
        self._waiting[waiting] = job
        try:
            await waiting
        except asyncio.CancelledError:
            if not self.include(job) or not waiting.cancelled():
                raise
            task = asyncio.current_task()
            if task and task.cancelling():  # the stage lets go of it
                raise
        finally:
            del self._waiting[waiting]
        return not self.include(job)
