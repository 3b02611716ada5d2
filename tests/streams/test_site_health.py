"""As what the failures of a video count, over time."""

from __future__ import annotations

from typing import Any

from support.fetch_bench import Fetching, job
from support.records import MOVIE

from movietag.crawl.errors import BrokenSiteError, SiteError, UncountedError
from movietag.crawl.streaks import worked
from movietag.errors import MachineError, PermanentError
from movietag.records import MovieId, VideoJob, decode

OTHER = MovieId("alien-1979-00000000")
NO_FORMAT = BrokenSiteError("no-format", "No format.")
REFUSED = SiteError("data-refused", "HTTP Error 403")
FULL = MachineError("disk-full", "The disk is full. Free space.")


async def judged(bench: Fetching, name: str, error: Any, movie: MovieId = MOVIE) -> Exception:
    """As what a failure of a video counts."""
    of = decode(VideoJob, job(name, movie=movie).message.value)
    return await bench.fetcher.health.judged("youtube.com", of, error)


async def test_a_machine_at_fault_for_weeks_fails_no_movie() -> None:
    bench = Fetching()
    for _ in range(1100):  # 2 to this power is no float
        bench.clock += 600
        assert await judged(bench, "a", FULL) is FULL
    assert FULL.pause == 600


async def test_a_failure_of_another_kind_is_no_first_one_of_this_kind() -> None:
    bench = Fetching()
    for error in (FULL, SiteError("network", "no route")):
        await judged(bench, "a", error)
    await bench.fetch(job("b", 1))  # the site works
    assert isinstance(await judged(bench, "a", REFUSED), UncountedError)
    await bench.fetch(job("c", 2))
    assert isinstance(await judged(bench, "a", REFUSED), PermanentError)


async def test_what_failed_while_the_site_was_at_fault_is_not_held_against_a_video() -> None:
    bench = Fetching()
    for name in "abc" * 2:
        movie = OTHER if name == "c" else MOVIE
        assert isinstance(await judged(bench, name, NO_FORMAT, movie), UncountedError)
    await bench.fetch(job("d", 3))  # yt-dlp was updated
    assert isinstance(await judged(bench, "a", REFUSED), UncountedError)


async def test_a_note_from_a_clock_that_was_ahead_gives_up_no_video() -> None:
    bench = Fetching(NO_FORMAT)
    good = decode(VideoJob, job("good").message.value).video
    bench.streaks.streaks["youtube.com"] = worked(10**15, good)
    for name in "abc" * 4:
        movie = OTHER if name == "c" else MOVIE
        assert not isinstance(await judged(bench, name, NO_FORMAT, movie), PermanentError)
    assert bench.limiter.paused()
