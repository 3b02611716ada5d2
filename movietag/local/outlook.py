"""How far the library is, how fast it gets on, and when all of it is done: for people and programs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from movietag.crawl.rate import site_of
from movietag.documents import VideoState
from movietag.errors import TransientError
from movietag.fleet.fetch_pauses import EVERYTHING, read_fetch_pauses
from movietag.kafka.clients import quiet
from movietag.local.stages import StageStatus
from movietag.records import Video, VideoId
from movietag.rules.estimating import (
    StagePaces,
    TimeLeft,
    WorkLeft,
    about,
    means_of,
    time_left,
)
from movietag.rules.fetch_calendar import FetchCalendar
from movietag.search.client import NoIndexError
from movietag.search.library_counts import LibraryCounts, count_library
from movietag.search.reader import Reader
from movietag.settings import Settings
from movietag.settings.hours import parse_hours

PAUSES_SECONDS: Final = 2.0  # for Kafka to say what is paused
STRETCH: Final = 1.25  # of an interval, on average: ``SiteLimiter`` adds up to half of it by chance


class LibraryProgress(msgspec.Struct, frozen=True):
    """How far all titles are.

    Attributes:
        total: movies, and titles that are no movie yet.
        done: movies that have ended; ``failed`` of them failed.
        failed: see ``done``.
        running: movies that have begun.
        titles: that are not planned yet.
        videos_left: to be requested, with those that will replace failed ones.
        rate: videos a second while there is work, over the last half hour of it; null: not measured.
        seconds: until all is done; null: not known, or fetching is paused, which has no end.
        stage: that takes longest.
        site: whose spacing sets the time; empty: none does.
        text: all of it in a sentence.
    """

    total: int
    done: int
    failed: int
    running: int
    titles: int
    videos_left: int
    rate: float | None
    seconds: float | None
    stage: str
    site: str
    text: str

    @property
    def share(self) -> float:
        """Done / total; 1 if there is nothing."""
        return self.done / self.total if self.total else 1.0


async def library_progress(
    reader: Reader, settings: Settings, stages: Sequence[StageStatus], sent: int = 0
) -> LibraryProgress | None:
    """How far the library is; None without Elasticsearch.

    Args:
        reader: of the library.
        settings: how requests are spaced.
        stages: their state now.
        sent: titles that were just sent, which their stage may not have seen.
    """
    counts, paused = await asyncio.gather(_counts(reader), _paused(settings))
    if counts is None:
        return None
    return progress_now(counts, settings, stages, sent, paused, datetime.now(UTC))


async def _counts(reader: Reader) -> LibraryCounts | None:
    """The movies; none without an index, None without Elasticsearch."""
    try:
        return await count_library(reader)
    except NoIndexError:
        return LibraryCounts()
    except TransientError:
        return None


async def _paused(settings: Settings) -> Collection[str]:
    """The sites that are paused; none where Kafka does not say so in time."""
    try:
        with quiet():
            async with asyncio.timeout(PAUSES_SECONDS):
                return await read_fetch_pauses(settings)
    except (TransientError, TimeoutError):
        return ()


def progress_now(
    counts: LibraryCounts,
    settings: Settings,
    stages: Sequence[StageStatus],
    sent: int = 0,
    paused: Collection[str] = (),
    now: datetime | None = None,
) -> LibraryProgress:
    """How far the library is, from what its servers say. Pure.

    Args:
        counts: the movies.
        settings: how requests are spaced, and when they are allowed.
        stages: their state now.
        sent: as in ``library_progress``.
        paused: sites, and ``EVERYTHING``.
        now: the time, for hours and budgets; None: these are not regarded.
    """
    by_name = {stage.name: stage for stage in stages}

    def lag(stage: str) -> int:
        one = by_name.get(stage, StageStatus(stage))
        return max(0, (one.lag or 0) - one.behind)

    def pace(stage: str) -> float | None:
        return by_name[stage].pace if stage in by_name else None

    titles = max(lag("plan"), sent)
    sites = _sites(counts.sample)
    found = time_left(
        WorkLeft(titles, lag("fetch"), lag("caption")),
        means_of(counts.sample, settings.videos, sites),
        StagePaces(
            fetch=pace("fetch"),
            caption=pace("caption"),
            spacing_s=settings.fetch_interval * STRETCH,
            search_spacing_s=settings.search_interval * STRETCH,
        ),
        fetch_calendar(settings, now) if now else None,
    )
    pauses = [site for site in paused if site == EVERYTHING or site in sites]
    if pauses and found.videos:
        found = TimeLeft(None, videos=found.videos)
    if any(stage.name in ("plan", "fetch") and stage.lag is None for stage in stages):
        found = TimeLeft(None)  # what waits is not known
    done = counts.complete + counts.failed
    made = LibraryProgress(
        total=done + counts.running + titles,
        done=done,
        failed=counts.failed,
        running=counts.running,
        titles=titles,
        videos_left=found.videos,
        rate=pace("fetch"),
        seconds=found.seconds,
        stage=found.stage,
        site=found.site,
        text="",
    )
    return msgspec.structs.replace(made, text=progress_text(made, found, settings, sorted(pauses)))


def fetch_calendar(settings: Settings, now: datetime) -> FetchCalendar:
    """When sites may be asked for videos; ``now`` has any zone."""
    zone = ZoneInfo(settings.fetch_zone) if settings.fetch_zone else None
    hours = parse_hours(settings.fetch_hours)
    return FetchCalendar(now.astimezone(zone), hours, settings.fetch_videos_a_day)


def progress_text(
    progress: LibraryProgress, found: TimeLeft, settings: Settings, paused: Sequence[str] = ()
) -> str:
    """The progress in a sentence, e.g. `1,310 of 17,472 titles done (7 %), 12 failed; …`."""
    if not progress.total:
        return ""
    failed = f", {progress.failed:,} of them failed" if progress.failed else ""
    if progress.done == progress.total and found.seconds == 0:
        return f"all {progress.total:,} titles are done{failed}"
    parts = [f"{progress.done:,} of {progress.total:,} titles done ({progress.share:.0%}){failed}"]
    if progress.rate:
        parts.append(_rate(progress.rate))
    if paused and progress.videos_left:
        parts.append(_no_end(paused[0]))
    else:
        parts.append(_when(progress, settings))
    return "; ".join(parts)


def _when(progress: LibraryProgress, settings: Settings) -> str:
    if progress.seconds is None:
        return "when all are done is not known yet"
    if not progress.stage:
        return "all are done in a moment"
    why = ""
    if progress.site:
        why = f", set by {progress.site}'s {settings.fetch_interval:g} s"
    elif progress.stage == "plan":
        why = f", set by the {settings.search_interval:g} s between two searches"
    elif progress.stage == "caption":
        why = ", set by the tagger"
    limits = _limits(settings) if progress.stage == "fetch" else ""
    return f"all are done in {about(progress.seconds)}{why}{limits}"


def _no_end(site: str) -> str:
    """That a pause has no end; ``EVERYTHING`` or a site."""
    what, which = (f"fetching from {site}", f" {site}") if site else ("fetching", "")
    return f"{what} is paused: no end before `movietag resume{which}`"


def _limits(settings: Settings) -> str:
    """The settings that make it longer, in words."""
    words = []
    if hours := parse_hours(settings.fetch_hours):
        words.append(f"within {hours.length_h:.3g} h a day (MOVIETAG_FETCH_HOURS)")
    if settings.fetch_videos_a_day:
        words.append(f"{settings.fetch_videos_a_day:,} videos a day at most")
    if settings.fetch_bytes_a_day:
        words.append("or later, if MOVIETAG_FETCH_BYTES_A_DAY ends a day")
    return "".join(f", {one}" for one in words)


def _rate(rate: float) -> str:
    """A rate of videos, by the unit in which it is a number to read."""
    for seconds, unit in ((1, "a second"), (60, "a minute"), (3600, "an hour")):
        if rate * seconds >= 1:
            return f"{rate * seconds:.3g} videos {unit}"
    return f"{rate * 86_400:.3g} videos a day"


def _sites(sample: Sequence[Sequence[VideoState]]) -> dict[str, float]:
    """The share of each site in the videos that wait, or, where none does, in all."""
    videos = [video for movie in sample for video in movie]
    waiting = [video for video in videos if video.status == "waiting"] or videos
    sites = Counter(
        site_of(Video(VideoId(video.video_id), video.source, video.url)) for video in waiting
    )
    return {site: number / len(waiting) for site, number in sites.items() if site}
