"""Sends the frames of a video: stored, added to the backlog, sent, then listed in a manifest."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from movietag import topics
from movietag.crawl.fetch import OnFrame
from movietag.crawl.fetch_job import FetchResult
from movietag.records import FrameInfo, Manifest, SlotTime, VideoJob, encode
from movietag.streams.backlog import Backlog
from movietag.streams.handlers.ports import Step
from movietag.streams.keeping import Keeper
from movietag.streams.runtime.topics import Sender

UNSURE = 16  # frames of one video that the broker has not acknowledged

Download = Callable[[VideoJob, OnFrame], Awaitable[FetchResult]]


@dataclass
class FrameSender:
    """Sends the frames of videos.

    Attributes:
        frames: takes them.
        backlog: waits while too many of them wait for captions.
        keeper: keeps them, and hands kept ones over again.
        download: downloads and decodes a video; see ``movietag.crawl.fetch.fetch_video``.
        step: measures how long that takes.
    """

    frames: Sender
    backlog: Backlog
    keeper: Keeper
    download: Download
    step: Step

    async def send(self, job: VideoJob) -> Manifest:
        """Download and decode in child processes; send each frame as soon as the backlog has room.

        Frames are kept before they are sent, and the video's record before its manifest. A store that is
        away is waited for: nothing is downloaded again for it.

        Raises:
            TransientError: the site or the network fails now.
            OSError: this machine does.
            PermanentError: the video cannot be had.
        """
        kept = self.keeper.of(job)
        unsure: deque[Awaitable[object]] = deque()  # they hold their frames in memory
        slots: list[SlotTime] = []

        async def on_frame(slot: int, time: float, jpeg: bytes) -> None:
            await kept.frame(slot, jpeg)
            await self.backlog.room()
            self.backlog.sent(len(jpeg))
            slots.append(SlotTime(slot, time))
            unsure.append(await self._send_frame(job, slot, time, jpeg))
            if len(unsure) > UNSURE:
                await unsure.popleft()

        with self.step("videos", "download"):
            if job.work == "resend":
                result = await self.keeper.resend(job, on_frame)
            else:
                result = await self.download(job, on_frame)
        await asyncio.gather(*unsure)
        manifest = Manifest(
            movie_id=job.movie_id,
            generation=job.generation,
            video_id=job.video.video_id,
            seconds=result.seconds,
            slots=tuple(slots),
            dropped=result.dropped,
            claimed=result.claimed,
        )
        await kept.whole(manifest)
        return manifest

    async def _send_frame(
        self, job: VideoJob, slot: int, time: float, jpeg: bytes
    ) -> Awaitable[object]:
        info = FrameInfo(
            movie_id=job.movie_id,
            generation=job.generation,
            video_id=job.video.video_id,
            slot=slot,
            time=time,
            tagger=job.tagger,
            context=job.context,
            model=job.model,
            more=job.more,
        )
        return await self.frames.send(
            key=f"{job.video.video_id}/{slot}".encode(),
            value=jpeg,
            headers={topics.FRAME_HEADER: encode(info)},
        )
