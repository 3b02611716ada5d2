"""Handler of the fetch stage: videos -> frames, then the manifest, the commit record of a video.

Many more videos are in flight than are fetched at a time: one that waits for its site's turn, or that
takes long, holds no other up. Of those in flight, movies that were begun first are finished first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from movietag.crawl.errors import SiteError
from movietag.crawl.meanings import KINDS as SITE_KINDS
from movietag.crawl.rate import SiteLimiter, site_of
from movietag.crawl.turns import Rank, Turns
from movietag.errors import MachineError, PermanentError
from movietag.frames.store import Dropped
from movietag.letters.kinds import KINDS as LETTER_KINDS
from movietag.records import (
    MODES,
    WORKS,
    Letter,
    Manifest,
    MovieId,
    VideoFailed,
    VideoFailure,
    VideoJob,
    decode,
    encode,
)
from movietag.streams.failures.settling import Settling
from movietag.streams.failures.site_health import SiteHealth
from movietag.streams.failures.site_reach import SiteReach
from movietag.streams.failures.tries import GivenUp, Tries
from movietag.streams.handlers.files_elsewhere import PassedOn, PassingOn
from movietag.streams.handlers.frame_sender import FrameSender
from movietag.streams.runtime.consuming import Handling, movie_of_key
from movietag.streams.runtime.topics import Event, Sender
from movietag.streams.runtime.window import its_turn
from movietag.streams.watch.logs import told
from movietag.streams.watch.metrics import VIDEOS
from movietag.streams.withdrawn import WithdrawnVideos

log = logging.getLogger("movietag")


class Promises(Protocol):
    """The manifests of videos that were fetched before: ``movietag.streams.failures.try_counts.Promised``."""

    async def recall(self, job: VideoJob) -> Manifest | None:
        """The manifest of a job that was completed before."""
        ...

    async def note(self, job: VideoJob, manifest: Manifest) -> None:
        """Record that a job is completed; returns when that is stored."""
        ...


@dataclass
class VideoFetcher:
    """Fetches videos within the rate limits of their sites.

    Attributes:
        sender: downloads a video and sends its frames.
        captions: takes manifests, which are facts.
        requests: takes failures of videos.
        promised: the manifests of videos that were fetched before.
        tries: of videos that fail.
        limiter: keeps downloads of one site apart.
        health: says whether a site or a video is at fault.
        reach: learns whether any site is reached.
        places: videos that are fetched at a time.
        share: the part of all videos that is this worker's now.
        settling: repeats what fails for a time.
        passing_on: takes videos of files that this worker lacks.
        withdrawn: videos that nobody wants any more.
    """

    sender: FrameSender
    captions: Sender
    requests: Sender
    promised: Promises
    tries: Tries
    limiter: SiteLimiter
    health: SiteHealth
    reach: SiteReach
    places: Turns
    share: Callable[[], float]
    settling: Settling
    passing_on: PassingOn
    withdrawn: WithdrawnVideos

    def __post_init__(self) -> None:
        for reason in {
            *LETTER_KINDS,
            *SITE_KINDS,
        }:  # else the first failure of a kind is no increase
            self.settling.metrics[VIDEOS].labels("failed", reason)

    def handling(self, in_flight: int) -> Handling:
        """How videos are handled."""
        return Handling(
            self.fetch_job,
            in_flight,
            on_letter=self.fail_video,
            movie_of=movie_of,
            arrived=self.note_withdrawn,
            # Kept frames are dropped after the fetching of their video that was asked for before.
            one_at_a_time=movie_of_key if self.sender.keeper.keeps else None,
        )

    async def fetch_job(self, event: Event) -> None:
        """Fetch one video; returns when the broker has acknowledged its frames and manifest, or its failure.

        Nothing follows from a video of which the frames were dropped: it was asked for before that.

        Raises:
            TransientError: the site, the network or this machine fails now.
            PermanentError: the message is no job.
        """
        job = decode(VideoJob, event.message.value)
        keeper, persist = self.sender.keeper, self.settling.persist
        if job.work == "drop":
            await keeper.drop(job)
            return
        try:
            self._require_wanted(job)
            self._require_known(event, job)
            await keeper.require_wanted(job)
            await self.sender.backlog.room()
            async with self.tries.counted(event):
                manifest = await self._fetched(event, job)
        except PassedOn as passed:
            self._settled(job, "passed on")
            told(log, logging.INFO, f"fetch: passed on: {passed}", **_names(job))
        except Dropped as dropped:  # it comes late, or again: nobody waits for it
            self._settled(job, "left")
            told(log, logging.INFO, f"fetch: left: {dropped}", **_names(job))
        except (PermanentError, GivenUp) as error:
            self.health.settled(job)
            failure = VideoFailure(job.video.video_id, error.kind, error.reason)
            await persist(partial(self._settle_failed, job, failure))
            self._note_failed(job, failure)
        except (
            OSError
        ) as error:  # the disk is full, no process can be started: not the video's fault
            raise MachineError("machine", f"This machine fails: {error}.") from error
        else:
            await persist(partial(self.promised.note, job, manifest))
            await persist(partial(self.promise, manifest))
            self._settled(job, "fetched")
            images, lost = len(manifest.slots), len(manifest.dropped)
            told(log, logging.INFO, f"fetch: {images} images, {lost} left out", **_names(job))

    def note_withdrawn(self, event: Event) -> None:
        """Learn from a message that has just come which videos nobody wants any more, also of those that wait."""
        try:
            job = decode(VideoJob, event.message.value)
        except PermanentError:
            return  # it becomes a letter
        if job.work == "drop":
            self.withdrawn.add(job)

    def _require_wanted(self, job: VideoJob) -> None:
        if self.withdrawn.include(job):
            raise Dropped(f"{job.movie_id} was forgotten, or planned again.")

    def _require_known(self, event: Event, job: VideoJob) -> None:
        """Refuse a video that is to be fetched in a way of a newer version of movietag.

        Raises:
            PermanentError: ``newer``; the plan takes another video.
        """
        if job.work in WORKS and job.sampling.mode in MODES:
            return
        what = f"work {job.work!r} with sampling {job.sampling.mode!r}"
        self.settling.passed_over(event, what)
        raise PermanentError(
            "newer",
            f"The fetch stage does not know the {what}: it is older than the plan stage. Upgrade it, then"
            " add the title again.",
        )

    async def _fetched(self, event: Event, job: VideoJob) -> Manifest:
        """Fetch; a file that this worker lacks is passed on. Raises as ``_fetch_politely`` and ``PassingOn.pass_on``."""
        try:
            return await self._fetch_politely(job)
        except PermanentError as error:
            await self.passing_on.pass_on(event, job, error)

    async def _fetch_politely(self, job: VideoJob) -> Manifest:
        """Fetch when it is the site's turn.

        Raises:
            UncountedError: the site is at fault, and no video of it.
            Whatever else ``FrameSender.send`` raises.
        """
        site = site_of(job.video) if job.work == "fetch" else None
        self.limiter.share = self.share()
        try:
            async with AsyncExitStack() as place:
                turn = place.enter_async_context(
                    self.limiter.place(site, self.places, rank_of(job))
                )
                with its_turn():
                    if not await self.withdrawn.wait(job, turn):
                        self._require_wanted(job)
                manifest = await self.sender.send(job)
        except (SiteError, MachineError) as error:
            if site is None:
                raise
            if isinstance(error, SiteError):
                self.reach.failed(site, error)
            raise await self.health.judged(site, job, error) from error
        except PermanentError:
            if site:
                self.reach.reached()  # it refuses the video, mostly
            raise
        if site:
            self.reach.reached()
            await self.health.works(site, job)
        return manifest

    async def promise(self, manifest: Manifest) -> None:
        """Send a manifest; returns when the broker has acknowledged it."""
        await (await self.captions.send(key=manifest.movie_id.encode(), value=encode(manifest)))

    async def _settle_failed(self, job: VideoJob, failure: VideoFailure) -> None:
        """Report that a video cannot be had; one that was had before stays had: its manifest is sent again."""
        manifest = await self.promised.recall(job)
        await (self.promise(manifest) if manifest else self._report(job, failure))

    def _note_failed(self, job: VideoJob, failure: VideoFailure) -> None:
        self._settled(job, "failed", failure.kind)
        told(log, logging.WARNING, f"fetch: {failure.kind}: {failure.reason}", **_names(job))

    def _settled(self, job: VideoJob, outcome: str, reason: str = "") -> None:
        self.settling.metrics[VIDEOS].labels(outcome, reason).inc()

    async def _report(self, job: VideoJob, failure: VideoFailure) -> None:
        """Tell the plan that a video cannot be had; it takes the next candidate."""
        failed = VideoFailed(job.movie_id, job.generation, failure, job.revision)
        await (await self.requests.send(key=job.movie_id.encode(), value=encode(failed)))

    async def fail_video(self, event: Event, letter: Letter) -> None:
        """Settle a video that becomes a dead letter; otherwise its movie would never finish."""
        try:
            job = decode(VideoJob, event.message.value)
        except PermanentError:
            return
        if job.work == "drop":
            return
        failure = VideoFailure(job.video.video_id, letter.error, letter.reason)
        await self._settle_failed(job, failure)
        self._note_failed(job, failure)


def rank_of(job: VideoJob) -> Rank:
    """Which of the videos in flight goes first: one that is not of a list; of those, of the movie planned first.

    So the replacement of a failed video, the newest message of all, goes before movies that were not begun.
    """
    return (job.bulk, job.made_ms)


def _names(job: VideoJob) -> dict[str, str]:
    """What lines of the log about a video name."""
    return {"movie": job.movie_id, "video": job.video.video_id}


def movie_of(event: Event) -> MovieId | None:
    """The movie of a video; None if the message cannot be read."""
    try:
        return decode(VideoJob, event.message.value).movie_id
    except PermanentError:
        return None
