"""fetch: videos -> frames, then the manifest, which is the commit record of a video."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable

from movietag import topics
from movietag.crawl.errors import SiteError, ThrottledError
from movietag.crawl.fetch import fetch_video
from movietag.crawl.rate import SiteLimiter, site_of
from movietag.errors import PermanentError
from movietag.records import (
    FrameInfo,
    Manifest,
    MovieId,
    SlotTime,
    VideoFailed,
    VideoFailure,
    VideoJob,
    decode,
    encode,
)
from movietag.settings import settings
from streams.backlog import Backlog
from streams.stage import Stage
from streams.topics import Event, Stream, channel

stage = Stage("fetch", buffer=32)
app = stage.app

videos = channel(app, topics.VIDEOS)
frames = channel(app, topics.FRAMES)
captions = channel(app, topics.CAPTIONS)
requests = channel(app, topics.REQUESTS)

FEW = 6  # tries of a video on which its site fails: about half a minute
TRIES = {"network": 20}  # the way to the site: about eight minutes

failures: Counter[tuple[int, int]] = Counter()  # (partition, offset) -> tries
limiter = SiteLimiter(settings().fetch_interval)
backlog = Backlog(settings(), consumer_group="movietag-caption", limit=settings().backlog_bytes)
stage.run_beside(backlog.watch)


@app.agent(videos)
async def fetch_videos(stream: Stream) -> None:
    """Videos of plans -> frames and manifests, or their failure."""
    await stage.consume(stream, settings().fetch_parallel, fetch_job, movie_of=movie_of)


def movie_of(event: Event) -> MovieId | None:
    """The movie of a video, when the message can be read."""
    try:
        return decode(VideoJob, event.message.value).movie_id
    except PermanentError:
        return None


async def fetch_job(event: Event) -> None:
    """Fetch one video; returns when its frames and manifest, or its failure, are with the broker."""
    job = decode(VideoJob, event.message.value)
    place = (event.message.partition, event.message.offset)
    try:
        await backlog.room()
        manifest = await fetch_politely(job, place)
    except PermanentError as error:
        await report(job, error)
    else:
        await (await captions.send(key=job.movie_id.encode(), value=encode(manifest)))
    failures.pop(place, None)


async def fetch_politely(job: VideoJob, place: tuple[int, int]) -> Manifest:
    """Fetch when it is the site's turn; a site that keeps failing is given up for this video.

    Raises:
        ThrottledError: the site wants a pause, and has it; the video is tried again after it.
        SiteError: the site or the network fails; the video is tried again.
        PermanentError: the video cannot be had.
    """
    site = site_of(job.video)
    assigned = [at for at in app.consumer.assignment() if at.topic == topics.VIDEOS.name]
    limiter.share = max(1, len(assigned)) / settings().kafka_partitions
    await limiter.turn(site)
    try:
        manifest = await send_frames(job)
    except ThrottledError as error:
        if site:
            limiter.throttled(site, error.reason)
        raise
    except SiteError as error:
        failures[place] += 1
        if failures[place] < TRIES.get(error.kind, FEW):
            raise
        raise PermanentError(
            error.kind, f"{error.reason} Given up after {failures[place]} tries."
        ) from error
    if site:
        limiter.succeeded(site)
    return manifest


async def send_frames(job: VideoJob) -> Manifest:
    """Download and decode in a child process, sending each frame as it comes."""
    sent: list[Awaitable[object]] = []
    slots: list[SlotTime] = []

    async def on_frame(slot: int, time: float, jpeg: bytes) -> None:
        info = FrameInfo(
            movie_id=job.movie_id,
            generation=job.generation,
            video_id=job.video.video_id,
            slot=slot,
            time=time,
            tagger=job.tagger,
        )
        slots.append(SlotTime(slot, time))
        sent.append(
            await frames.send(
                key=f"{job.video.video_id}/{slot}".encode(),
                value=jpeg,
                headers={topics.FRAME_HEADER: encode(info)},
            )
        )

    result = await fetch_video(job, settings(), on_frame)
    await asyncio.gather(*sent)
    return Manifest(
        movie_id=job.movie_id,
        generation=job.generation,
        video_id=job.video.video_id,
        seconds=result.seconds,
        slots=tuple(slots),
        dropped=result.dropped,
    )


async def report(job: VideoJob, error: PermanentError) -> None:
    """Tell the plan that a video cannot be had; it takes the next candidate."""
    failed = VideoFailed(
        job.movie_id,
        job.generation,
        VideoFailure(job.video.video_id, error.kind, error.reason),
    )
    await (await requests.send(key=job.movie_id.encode(), value=encode(failed)))


if __name__ == "__main__":
    stage.main()
