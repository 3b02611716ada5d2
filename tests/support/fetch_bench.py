"""The fetch stage on a bench, with a site that gives what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from movietag import topics
from movietag.crawl.errors import SiteError
from movietag.crawl.fetch import OnFrame
from movietag.crawl.fetch_job import FetchResult
from movietag.crawl.rate import SiteLimiter
from movietag.crawl.turns import Turns
from movietag.records import (
    Manifest,
    MovieId,
    SlotTime,
    Video,
    VideoJob,
    decode,
    decode_fact,
    decode_request,
    encode,
)
from movietag.settings import Settings
from movietag.streams.backlog import Backlog
from movietag.streams.failures.site_evidence import SiteEvidence
from movietag.streams.failures.site_health import SiteHealth
from movietag.streams.failures.site_reach import SiteReach
from movietag.streams.failures.tries import Tries
from movietag.streams.handlers.files_elsewhere import FilesElsewhere, PassingOn
from movietag.streams.handlers.frame_sender import FrameSender
from movietag.streams.handlers.video_fetcher import VideoFetcher
from movietag.streams.keeping import Keeper
from movietag.streams.other_workers import OtherWorkers
from movietag.streams.withdrawn import WithdrawnVideos
from support.lookup_fleet import LookupFleet
from support.records import MOVIE, SAMPLING, TAGGER, video
from support.stage_bench import Bench
from support.stage_fakes import SiteStreaks, TryCounts, event

WHOLE = ["frames <- frame a/0", "frames <- frame a/1", "noted", "captions <- manifest a"]
LOOK_AGAIN = 30.0  # seconds of the bench's clock: its pauses last for hours
BUSY = SiteError("site-busy", "503")


class Noted:
    """The manifests of videos that were fetched before."""

    def __init__(self, effects: list[str]) -> None:
        self.manifests: dict[str, Manifest] = {}
        self.errors: list[Exception] = []
        self._effects = effects

    async def recall(self, job: VideoJob) -> Manifest | None:
        return self.manifests.get(job.video.video_id)

    async def note(self, job: VideoJob, manifest: Manifest) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self._effects.append("noted")
        self.manifests.setdefault(job.video.video_id, manifest)


class Fetching(Bench):
    """The fetch stage. ``answers`` are the site's, one after another, the last for ever: a number of frames or an error.

    ``of_video`` has the answer for a video where it differs; ``streaks`` are what other workers know of sites, and
    ``others`` the ways to them: by default nobody else is at work.
    """

    def __init__(
        self,
        *answers: int | Exception,
        frame_store: str = "",
        streaks: SiteStreaks | None = None,
        others: OtherWorkers | None = None,
    ) -> None:
        super().__init__("fetch")
        self.answers: Sequence[int | Exception] = answers or (2,)
        self.of_video: dict[str, int | Exception] = {}
        self.streaks = streaks or SiteStreaks()
        self.tried_good: list[str] = []
        self.asked = 0
        self.settings = Settings(frame_store=frame_store)
        self.noted, self.counts = Noted(self.effects), TryCounts()
        self.frames = self.topic("frames", lambda value: value)
        self.captions = self.topic("captions", decode_fact)
        self.requests = self.topic("requests", decode_request)
        self.videos = self.topic("videos", lambda value: decode(VideoJob, value))
        self.clock = 0.0
        self.limiter = SiteLimiter(
            0, clock=lambda: self.clock, sleep=self._wait, look_again=LOOK_AGAIN
        )
        self.reach = SiteReach(lambda: self.clock)
        backlog = Backlog(self.settings, "movietag-caption", limit=1 << 20)
        keeper = Keeper(self.settings, self.persist)
        self.sender = FrameSender(self.frames, backlog, keeper, self._download, self.metrics.step)
        self.fetcher = VideoFetcher(
            sender=self.sender,
            captions=self.captions,
            requests=self.requests,
            promised=self.noted,
            tries=Tries(self.counts),
            limiter=self.limiter,
            health=SiteHealth(
                self.limiter,
                SiteEvidence(self.limiter, self.streaks, self._try_good, now_ms=self._now_ms),
            ),
            reach=self.reach,
            places=Turns(2),
            share=lambda: 1.0,
            settling=self.settling,
            passing_on=PassingOn(
                FilesElsewhere(others or LookupFleet({"here": {}}).of("here")), self.videos
            ),
            withdrawn=WithdrawnVideos(16),
        )

    async def _wait(self, seconds: float) -> None:
        self.clock += seconds
        await asyncio.sleep(0)

    async def _download(self, job: VideoJob, on_frame: OnFrame) -> FetchResult:
        answer = self._answer(job.video.video_id)
        if isinstance(answer, Exception):
            raise answer
        for slot in range(answer):
            await on_frame(slot, slot + 0.5, b"jpeg")
        return FetchResult(9.0, tuple(SlotTime(slot, slot + 0.5) for slot in range(answer)))

    def _answer(self, name: str) -> int | Exception:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return self.of_video.get(name, answer)

    async def _try_good(self, good: Video) -> None:
        self.tried_good.append(good.video_id)
        answer = self._answer(good.video_id)
        if isinstance(answer, Exception):
            raise answer

    def _now_ms(self) -> int:
        """The bench's clock; each look is a millisecond later."""
        self.clock += 0.001
        return int(self.clock * 1000)

    async def fetch(self, *events: Any) -> list[str]:
        return await self.handle(self.fetcher.handling(16), *events)


def job(name: str = "a", offset: int = 0, movie: MovieId = MOVIE, **changed: Any) -> Any:
    changed = {"video": video(name), "generation": 1} | changed
    record = VideoJob(movie, revision=0, sampling=SAMPLING, tagger=TAGGER, **changed)
    return event(topics.VIDEOS.name, encode(record), offset=offset, key=name.encode())
