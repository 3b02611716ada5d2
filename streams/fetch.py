"""fetch: videos -> frames, then the manifest, which is the commit record of a video."""

from __future__ import annotations

import time
import uuid
from functools import partial

from movietag import topics
from movietag.crawl.downloading import try_download
from movietag.crawl.fetch import OnFrame, fetch_video
from movietag.crawl.fetch_job import FetchResult
from movietag.crawl.rate import SiteLimiter, site_of
from movietag.crawl.reaching import reached
from movietag.crawl.turns import Turns
from movietag.fleet.fetch_pauses import read_fetch_pauses
from movietag.fleet.lookups import Answer, FileLookup, Lookup
from movietag.kafka.workers import this_worker
from movietag.records import Video, VideoJob
from movietag.settings import get_settings
from movietag.stages import entry
from movietag.streams.backlog import Backlog
from movietag.streams.failures.site_evidence import SiteEvidence
from movietag.streams.failures.site_health import SiteHealth
from movietag.streams.failures.site_notes import SiteNotes
from movietag.streams.failures.site_reach import SiteReach
from movietag.streams.failures.tries import Tries
from movietag.streams.failures.try_counts import Notes, Promised, Remembered
from movietag.streams.handlers.files_elsewhere import FilesElsewhere, PassingOn, held_here
from movietag.streams.handlers.frame_sender import FrameSender
from movietag.streams.handlers.video_fetcher import VideoFetcher
from movietag.streams.holds import Holds
from movietag.streams.keeping import Keeper
from movietag.streams.other_workers import OtherWorkers, fetch_members
from movietag.streams.runtime.cut_off import CutOff, require_site
from movietag.streams.runtime.topics import Stream, channel
from movietag.streams.stage import Stage
from movietag.streams.watch.metrics import SITE_PAUSE, SITES_PAUSED
from movietag.streams.withdrawn import WithdrawnVideos

stage = Stage("fetch", pictures=True, buffer=32)
app = stage.app

videos = channel(app, topics.VIDEOS)
frames = channel(app, topics.FRAMES)
captions = channel(app, topics.CAPTIONS)
requests = channel(app, topics.REQUESTS)

backlog = Backlog(
    get_settings(), consumer_group=topics.stage_group("caption"), limit=get_settings().backlog_bytes
)
stage.run_beside(backlog.watch)
keeper = Keeper(get_settings(), stage.persist)
stage.before(keeper.check)
stage.run_beside(keeper.prune)
if keeper.keeps:
    stage.queries("frame-store", keeper.require_answer)
stage.reads_roots()
reached_here = partial(reached, settings=get_settings())


async def answer_here(lookup: Lookup) -> Answer:
    """The answer of this worker to another one."""
    if isinstance(lookup, FileLookup):
        return await held_here(get_settings(), lookup)
    me = this_worker(get_settings()).client_id
    return Answer(lookup.id, me, sites=await reached_here(lookup.sites))


others = OtherWorkers(
    this_worker(get_settings()),
    channel(app, topics.LOOKUPS),
    partial(fetch_members, get_settings()),
    answer_here,
)
stage.run_beside(partial(others.serve, get_settings()))
reach = SiteReach()
cut_off = CutOff(reach, reached_here, others, stage.give_back, get_settings().give_back_seconds)
stage.run_beside(cut_off.watch)
stage.needs(partial(require_site, reached_here))


async def fetch_job(job: VideoJob, on_frame: OnFrame) -> FetchResult:
    """Fetch a video with the settings of this process; what comes from a site counts for the day's budget."""
    if site_of(job.video) is None:
        return await fetch_video(job, get_settings(), on_frame)
    holds.begun()
    size = 0
    try:
        result = await fetch_video(job, get_settings(), on_frame)
        size = result.downloaded
    finally:
        await holds.spent(size)
    return result


async def try_good(video: Video) -> None:
    """Download a video with the settings of this process, to see whether its site works."""
    await try_download(video, get_settings())


holds = Holds(
    get_settings(),
    uuid.uuid4().hex[:12],
    partial(read_fetch_pauses, get_settings()),
    Notes(app, "spent", get_settings(), lambda former, later: later),
    time.time,
)
stage.run_beside(holds.watch)
stage.held_by(holds.reasons)
stage.tells_what_is_behind()
limiter = SiteLimiter(get_settings().fetch_interval, held=holds.held)


def report_pauses() -> None:
    """Set the metrics of paused sites."""
    paused = limiter.paused()
    stage.metrics[SITES_PAUSED].set(len(paused))
    stage.metrics[SITE_PAUSE].clear()
    for one in paused:
        stage.metrics[SITE_PAUSE].labels(one.site).set(one.left)


stage.health.waits_for(lambda: map(str, limiter.paused()))
stage.metrics.refresh_by(report_pauses)
fetcher = VideoFetcher(
    sender=FrameSender(frames, backlog, keeper, fetch_job, stage.metrics.step),
    captions=captions,
    requests=requests,
    promised=Promised(app, get_settings()),
    tries=Tries(Remembered(app, stage.name, get_settings())),
    limiter=limiter,
    health=SiteHealth(limiter, SiteEvidence(limiter, SiteNotes(app, get_settings()), try_good)),
    reach=reach,
    places=Turns(get_settings().fetch_parallel),
    share=partial(stage.share, topics.VIDEOS),
    settling=stage.settling,
    passing_on=PassingOn(FilesElsewhere(others), videos),
    withdrawn=WithdrawnVideos(entry("fetch").in_flight(get_settings())),
)


@app.agent(videos)
async def fetch_videos(stream: Stream) -> None:
    """Videos of plans -> frames and manifests, or their failure."""
    await stage.consume(stream, fetcher.handling(entry("fetch").in_flight(get_settings())))


if __name__ == "__main__":
    stage.main()
