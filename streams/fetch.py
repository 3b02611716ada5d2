"""fetch: videos -> frames, then the manifest, which is the commit record of a video.

Many more videos are in flight than are fetched at a time: one that waits for its site's turn, or that
takes long, holds no other up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from functools import partial

from movietag import topics
from movietag.crawl.errors import ThrottledError
from movietag.crawl.fetch import fetch_video
from movietag.crawl.rate import SiteLimiter, site_of
from movietag.errors import PermanentError, TransientError
from movietag.frames.store import Dropped
from movietag.records import (
    MODES,
    WORKS,
    FrameInfo,
    Letter,
    Manifest,
    MovieId,
    SlotTime,
    VideoFailed,
    VideoFailure,
    VideoJob,
    decode,
    encode,
)
from movietag.settings import get_settings
from movietag.streams.backlog import Backlog
from movietag.streams.failures.tries import GivenUp, Tries
from movietag.streams.failures.try_counts import Promised, Remembered
from movietag.streams.keeping import Keeper
from movietag.streams.runtime.topics import Event, Stream, channel
from movietag.streams.stage import Stage

WAITING = 8  # videos in flight for each that is fetched; a killed worker's are fetched again
UNSURE = 16  # frames of one video that the broker has not acknowledged

stage = Stage("fetch", buffer=32)
app = stage.app

videos = channel(app, topics.VIDEOS)
frames = channel(app, topics.FRAMES)
captions = channel(app, topics.CAPTIONS)
requests = channel(app, topics.REQUESTS)

tries = Tries(Remembered(app, stage.name, get_settings()))
promised = Promised(app, get_settings())
limiter = SiteLimiter(get_settings().fetch_interval)
backlog = Backlog(
    get_settings(), consumer_group="movietag-caption", limit=get_settings().backlog_bytes
)
stage.run_beside(backlog.watch)
places = asyncio.Semaphore(get_settings().fetch_parallel)
keeper = Keeper(get_settings(), stage.persist)
stage.before(keeper.check)
stage.run_beside(keeper.prune)


@app.agent(videos)
async def fetch_videos(stream: Stream) -> None:
    """Videos of plans -> frames and manifests, or their failure."""
    in_flight = WAITING * get_settings().fetch_parallel
    await stage.consume(
        stream,
        in_flight,
        fetch_job,
        on_letter=fail_video,
        movie_of=movie_of,
        # Kept frames are dropped after the fetching of their video that was asked for before.
        one_at_a_time=stage.movie_of_key if keeper.keeps else None,
    )


def movie_of(event: Event) -> MovieId | None:
    """The movie of a video, when the message can be read."""
    try:
        return decode(VideoJob, event.message.value).movie_id
    except PermanentError:
        return None


async def fetch_job(event: Event) -> None:
    """Fetch one video; returns when its frames and manifest, or its failure, are with the broker.

    Nothing follows from a video of which the frames were dropped: it was asked for before that.
    """
    job = decode(VideoJob, event.message.value)
    if job.work == "drop":
        await keeper.drop(job)
        return
    try:
        require_known(event, job)
        await keeper.require_wanted(job)
        await backlog.room()
        async with tries.counted(event):
            manifest = await fetch_politely(job)
    except Dropped as dropped:  # it comes late, or again: nobody waits for it
        stage.log.info("fetch: left: %s", dropped)
    except (PermanentError, GivenUp) as error:
        failure = VideoFailure(job.video.video_id, error.kind, error.reason)
        await stage.persist(partial(settle_failed, job, failure))
    except OSError as error:  # the disk is full, no process can be started: not the video's fault
        raise TransientError(f"This machine fails: {error}.") from error
    else:
        await stage.persist(partial(promised.note, job, manifest))
        await stage.persist(partial(promise, manifest))


def require_known(event: Event, job: VideoJob) -> None:
    """Refuse a video that is to be fetched in a way of a newer version of movietag.

    Raises:
        PermanentError: ``newer``; the plan takes another video.
    """
    if job.work in WORKS and job.sampling.mode in MODES:
        return
    stage.passed_over(event, f"work {job.work!r} with sampling {job.sampling.mode!r}")
    raise PermanentError(
        "newer",
        f"The fetch stage does not know the work {job.work!r} with sampling {job.sampling.mode!r}: it is"
        " older than the plan stage. Upgrade it, then add the title again.",
    )


async def fetch_politely(job: VideoJob) -> Manifest:
    """Fetch when it is the site's turn.

    Raises:
        TransientError: the site or the network fails now.
        OSError: this machine does.
        PermanentError: the video cannot be had.
    """
    site = site_of(job.video) if job.work == "fetch" else None
    assigned = [at for at in app.consumer.assignment() if at.topic == topics.VIDEOS.name]
    limiter.share = max(1, len(assigned)) / get_settings().kafka_partitions
    try:
        async with limiter.place(site, places):
            manifest = await send_frames(job)
    except ThrottledError as error:
        if site:
            limiter.throttled(site, error.reason)
        raise
    if site:
        limiter.succeeded(site)
    return manifest


async def send_frames(job: VideoJob) -> Manifest:
    """Download and decode in a child process, sending each frame as it comes and there is room.

    Frames are kept before they are sent, and the video's record before its manifest. A store that is
    away is waited for: nothing is downloaded again for it.
    """
    kept = keeper.of(job)
    unsure: deque[Awaitable[object]] = deque()  # they hold their frames in memory
    slots: list[SlotTime] = []

    async def on_frame(slot: int, time: float, jpeg: bytes) -> None:
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
        await kept.frame(slot, jpeg)
        await backlog.room()
        backlog.sent(len(jpeg))
        slots.append(SlotTime(slot, time))
        unsure.append(
            await frames.send(
                key=f"{job.video.video_id}/{slot}".encode(),
                value=jpeg,
                headers={topics.FRAME_HEADER: encode(info)},
            )
        )
        if len(unsure) > UNSURE:
            await unsure.popleft()

    with stage.metrics.step("videos", "download"):
        if job.work == "resend":
            result = await keeper.resend(job, on_frame)
        else:
            result = await fetch_video(job, get_settings(), on_frame)
    await asyncio.gather(*unsure)
    manifest = Manifest(
        movie_id=job.movie_id,
        generation=job.generation,
        video_id=job.video.video_id,
        seconds=result.seconds,
        slots=tuple(slots),
        dropped=result.dropped,
    )
    await kept.whole(manifest)
    return manifest


async def promise(manifest: Manifest) -> None:
    """Send a manifest; returns when the broker has it."""
    await (await captions.send(key=manifest.movie_id.encode(), value=encode(manifest)))


async def settle_failed(job: VideoJob, failure: VideoFailure) -> None:
    """Report that a video cannot be had; one that was had before stays had: its manifest is sent again."""
    manifest = await promised.recall(job)
    await (promise(manifest) if manifest else report(job, failure))


async def report(job: VideoJob, failure: VideoFailure) -> None:
    """Tell the plan that a video cannot be had; it takes the next candidate."""
    failed = VideoFailed(job.movie_id, job.generation, failure, job.revision)
    await (await requests.send(key=job.movie_id.encode(), value=encode(failed)))


async def fail_video(event: Event, letter: Letter) -> None:
    """Settle a video that becomes a dead letter, so that its movie can finish."""
    try:
        job = decode(VideoJob, event.message.value)
    except PermanentError:
        return
    if job.work == "drop":
        return
    await settle_failed(job, VideoFailure(job.video.video_id, letter.error, letter.reason))


if __name__ == "__main__":
    stage.main()
