"""How long the work that is left will take, and what sets it: from what waits and how fast each stage is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from movietag.documents import VideoState
from movietag.rules.fetch_calendar import FetchCalendar

MOST_AGAIN: Final = 0.8  # of the videos requested; candidates run out long before more are replaced
FEW: Final = 10  # failed videos, too few to say how many of them are replaced
WAITING_SECONDS: Final = (
    30.0  # of work waiting for a stage, below which the stage before it sets the pace
)
SPACED_SHARE: Final = 0.7  # of one time in another, above which they are the same thing
MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class WorkLeft:
    """What the stages have not done yet.

    Attributes:
        titles: that are not planned.
        videos: that are planned and not fetched.
        frames: that are fetched and not captioned.
    """

    titles: int = 0
    videos: int = 0
    frames: int = 0


@dataclass(frozen=True, slots=True)
class MovieMeans:
    """What movies are like, from a sample of the newest.

    Attributes:
        videos: of a movie, without those that failed.
        failing: the share of the videos requested that failed.
        replaced: the share of the failed ones in whose place another is requested.
        frames: of a video.
        sites: the share of each site in the videos that wait.
    """

    videos: float = 1.0
    failing: float = 0.0
    replaced: float = 1.0
    frames: float = 0.0
    sites: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StagePaces:
    """Events per second of stages while they had work, over a moving time; None: not measured yet.

    Attributes:
        fetch: videos a second, those that fail, too.
        caption: frames a second.
        spacing_s: seconds from one video of a site to the next, on average.
        search_spacing_s: seconds from one search to the next, on average.
    """

    fetch: float | None = None
    caption: float | None = None
    spacing_s: float = 0.0
    search_spacing_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """When the work is done.

    Attributes:
        seconds: until then; None: nothing says how fast it goes.
        stage: that takes longest; empty: nothing is left.
        site: whose spacing sets the time; empty: none does.
        videos: to be requested until then, with replacements of those that fail.
    """

    seconds: float | None = 0.0
    stage: str = ""
    site: str = ""
    videos: int = 0


def time_left(
    left: WorkLeft, means: MovieMeans, paces: StagePaces, calendar: FetchCalendar | None = None
) -> TimeLeft:
    """The time that the slowest stage takes for all that is left: the others work at the same time.

    ``calendar``: what limits fetching; None: nothing does.
    """
    planned = left.videos + left.titles * means.videos
    videos = planned / (1 - min(means.failing * means.replaced, MOST_AGAIN))
    frames = left.frames + videos * (1 - means.failing) * means.frames
    site, spaced = _spaced(means.sites, videos, paces.spacing_s)
    fetching = _time(videos, paces.fetch, spaced)
    until = calendar.until_done(fetching, videos) if calendar and fetching else fetching
    times: dict[str, float | None] = {
        "plan": left.titles * paces.search_spacing_s,
        "fetch": until,
    }
    waiting = _time(left.frames, paces.caption, None)
    if (
        waiting is not None and waiting > WAITING_SECONDS
    ):  # else it keeps up, and is faster than measured
        times["caption"] = _time(frames, paces.caption, None)
    known = {stage: seconds for stage, seconds in times.items() if seconds is not None}
    if not any((left.titles, left.videos, left.frames)):
        return TimeLeft()
    if len(known) < len(times) or not known:
        return TimeLeft(None, videos=round(videos))
    stage = max(known, key=known.__getitem__)
    seconds = max(known[stage], waiting or 0.0)
    by_site = stage == "fetch" and spaced is not None and _alike(spaced, fetching or 0.0)
    return TimeLeft(seconds, stage, site if by_site else "", round(videos))


def means_of(
    movies: Iterable[Sequence[VideoState]], wanted: int, sites: Mapping[str, float]
) -> MovieMeans:
    """What movies are like, from the videos of a sample.

    Args:
        movies: their videos.
        wanted: videos of a movie; further ones replace those that failed.
        sites: as in ``MovieMeans``.
    """
    every = list(movies)
    videos = [video for one in every for video in one]
    fetched = [video for video in videos if video.status == "fetched"]
    failed = sum(video.status == "failed" for video in videos)
    further = sum(max(0, len(one) - wanted) for one in every)
    return MovieMeans(
        videos=(len(videos) - failed) / len(every) if every else 1.0,
        failing=failed / (failed + len(fetched)) if failed else 0.0,
        replaced=min(1.0, further / failed) if failed >= FEW else 1.0,
        frames=sum(video.slots for video in fetched) / len(fetched) if fetched else 0.0,
        sites=sites,
    )


def _spaced(
    sites: Mapping[str, float], videos: float, spacing_s: float
) -> tuple[str, float | None]:
    """The site with most of the videos, and the seconds that their spacing takes; None: no site is known."""
    if not sites or not spacing_s:
        return "", None
    site = max(sites, key=lambda one: (sites[one], one))
    return site, videos * sites[site] * spacing_s


def _alike(spaced: float, seconds: float) -> bool:
    """Whether the spacing explains the time: a pace that is much faster was measured before it, or elsewhere."""
    return SPACED_SHARE * seconds <= spaced <= seconds / SPACED_SHARE


def _time(events: float, pace: float | None, otherwise: float | None) -> float | None:
    """Seconds for some events; None: unknown."""
    if not events:
        return 0.0
    return events / pace if pace else otherwise


def about(seconds: float) -> str:
    """A time to wait, in words that fit it: `about 50 s`, `about 4 min`, `about 5 h`, `about 12 days`."""
    if seconds < 10:
        return "some seconds"
    if seconds < 90:
        return f"about {round(seconds, -1):.0f} s"
    if seconds < 90 * MINUTE:
        return f"about {seconds / MINUTE:.0f} min"
    if seconds < 36 * HOUR:
        return f"about {seconds / HOUR:.0f} h"
    return f"about {seconds / DAY:.0f} days"
