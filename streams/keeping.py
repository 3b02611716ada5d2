"""The frame store as the fetch stage uses it: store, resend, drop and prune frames.

The store's calls block; they are made in threads of their own, with a deadline: a store that hangs
holds up nothing but the frames that are to be kept.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from movietag.crawl.fetch import OnFrame
from movietag.crawl.fetch_job import FetchResult
from movietag.errors import MovietagError, PermanentError
from movietag.frames.kept import Kept, frame_digest
from movietag.frames.store import OFF, VERSIONED, FrameStore, StoreAway
from movietag.records import Manifest, VideoJob
from movietag.settings import Settings
from movietag.streams.failures.retrying import Persistence

THREADS = 8
SECONDS = 60.0  # of one call
PRUNE_EVERY = 6 * 3600.0  # seconds, up to half as long again by chance: there are several workers

AGAIN = "Send the movie's title with refresh to have it fetched anew."

log = logging.getLogger("movietag")
T = TypeVar("T")


class Keeper:
    """The frame store of a stage, if one is configured.

    A store that fails is tried again by ``persist``, for as long as that lasts. Every method raises:
        UsageError: the store refuses us, or the setting names none.
    """

    def __init__(
        self,
        settings: Settings,
        persist: Persistence,
        seconds: float = SECONDS,
    ) -> None:
        self._settings = settings
        self._persist = persist
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(THREADS, "frame-store")
        self._store: FrameStore | None = None

    @property
    def keeps(self) -> bool:
        """Whether frames are stored."""
        return bool(self._settings.frame_store)

    def of(self, job: VideoJob) -> FrameKeeper:
        """The stored frames of a video while it is fetched."""
        return FrameKeeper(self, job)

    async def check(self) -> None:
        """Write a test file to the store, so that an invalid setting is reported at the start.

        A bucket that keeps what is deleted is warned of.

        Raises:
            StoreAway: it fails now.
        """
        if self.keeps:
            await self._once(FrameStore.write_about)
            if await self._once(FrameStore.keeps_versions):
                log.warning(VERSIONED.format(url=self._opened().url))

    async def require_answer(self) -> None:
        """Return when the store has answered, however long that takes; raises StoreAway."""
        store, loop = self._opened(), asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, store.explained)

    async def require_wanted(self, job: VideoJob) -> None:
        """Check before a fetch that the frames of the video may be stored.

        Raises:
            Dropped: they were dropped meanwhile: the movie was forgotten, or its generation replaced.
        """
        if self.keeps and job.work == "fetch":
            await self.call(lambda store: store.require_wanted(job))

    async def resend(self, job: VideoJob, on_frame: OnFrame) -> FetchResult:
        """Send the stored frames of a video that a former generation captioned.

        Raises:
            PermanentError: ``no-frame-store``, or ``frames-gone``: they are not as they were kept.
        """
        if not self.keeps:
            raise PermanentError("no-frame-store", OFF)
        movie, video, generation = job.movie_id, job.video.video_id, job.frames
        kept = await self.call(lambda store: store.record(movie, video, generation))
        if kept is None:
            raise PermanentError("frames-gone", f"No frames of {video} are kept. {AGAIN}")
        for at, said in kept.frames:
            jpeg = await self.call(partial(_read, job=job, slot=at.slot))
            if jpeg is None or frame_digest(jpeg) != said:
                what = "is gone" if jpeg is None else "is another than was kept"
                raise PermanentError("frames-gone", f"Frame {at.slot} of {video} {what}. {AGAIN}")
            await on_frame(at.slot, at.time, jpeg)
        manifest = kept.manifest
        return FetchResult(manifest.seconds, manifest.slots, manifest.dropped, manifest.claimed)

    async def drop(self, job: VideoJob) -> None:
        """Delete the stored frames of a video below the current generation."""
        if self.keeps:
            movie, video, below, at = job.movie_id, job.video.video_id, job.frames, job.made_ms
            await self.call(lambda store: store.drop(movie, video, below, at))

    async def prune(self) -> None:
        """Periodically delete frames older than the setting allows; never returns."""
        while self.keeps and self._settings.frame_store_days:
            await asyncio.sleep(PRUNE_EVERY * random.uniform(0.01, 1.5))
            before = datetime.now(UTC) - timedelta(days=self._settings.frame_store_days)
            try:
                store = self._opened()
                deleted = await asyncio.get_running_loop().run_in_executor(
                    self._threads, store.prune, before
                )
                log.info("%d videos' frames were older than allowed, and are deleted", deleted)
            except MovietagError as error:
                log.warning("the frame store is pruned later: %s", error)

    async def call(self, work: Callable[[FrameStore], T]) -> T:
        """Call the store; the call may run more than once."""
        answers: list[T] = []

        async def once() -> None:
            answers.append(await self._once(work))

        await self._persist(once)
        return answers[-1]

    async def _once(self, work: Callable[[FrameStore], T]) -> T:
        store = self._opened()
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work, store)
        except TimeoutError:
            raise StoreAway(
                f"The frame store {store.url} has not answered for {self._seconds:g} s."
            ) from None

    def _opened(self) -> FrameStore:
        if self._store is None:
            self._store = FrameStore.needed(self._settings)
        return self._store


class FrameKeeper:
    """Stores the frames of one video; does nothing without a store, or for frames from the store."""

    def __init__(self, keeper: Keeper, job: VideoJob) -> None:
        self._keeper = keeper
        self._job = job
        self._digests: list[str] = []
        self._keeps = keeper.keeps and job.work == "fetch"

    async def frame(self, slot: int, jpeg: bytes) -> None:
        """Store a frame; returns when it is written. Raises Dropped if it must not be stored any more."""
        if not self._keeps:
            return
        job = self._job
        await self._keeper.call(lambda store: store.write_frame(job, slot, jpeg))
        self._digests.append(frame_digest(jpeg))

    async def whole(self, manifest: Manifest) -> None:
        """Commit the video; returns when the store has written it. Raises Dropped, as ``frame``."""
        if self._keeps:
            kept = Kept(self._job, manifest, tuple(self._digests))
            await self._keeper.call(lambda store: store.write_record(kept))


def _read(store: FrameStore, job: VideoJob, slot: int) -> bytes | None:
    return store.read(job.movie_id, job.video.video_id, slot, job.frames)
