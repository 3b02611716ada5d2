"""Titles that are sent again and again for a movie without success: what the plan stage does, and how often."""

from __future__ import annotations

import msgspec
import pytest
from support.plan_bench import FOUND, Outside, Planning, request
from support.records import MOVIE, title_request
from support.stage_fakes import TryCounts

from movietag.crawl.errors import ThrottledError
from movietag.crawl.rate import SiteLimiter
from movietag.crawl.sources import Candidates
from movietag.errors import PermanentError
from movietag.records import Plan, Title, VideoFailed, VideoFailure
from movietag.streams.failures.dead_letters import letter_for
from movietag.streams.failures.tries import Tries
from movietag.streams.handlers.title_search import TitleSearch

DEAD = Candidates(FOUND.videos[:1])  # one of the two videos that are wanted
NOTHING = Candidates(())
SECOND, DAY = 1000, 86_400_000


class Movie:
    """A movie of which titles are sent again; its only video fails at once, if ``dead``."""

    def __init__(self, found: Candidates, *, dead: bool = True, **settings: float) -> None:
        self.outside = Outside(found)
        self.bench = Planning(self.outside, **settings)
        self.dead, self.offset, self.titles = dead, 0, 0
        self.tries: list[int] = []

    async def title(self, at_ms: int, **title: bool) -> None:
        """Send the title at this time; what it has looked for fails a moment later."""
        before = self.outside.searched
        wanted = title_request(self.titles, title=Title("Heat", MOVIE, 1995, **title))
        self.titles += 1
        await self._send(wanted, at_ms)
        if self.outside.searched > before:
            self.tries.append(at_ms)
            plan = self.bench.captions.records[-1] if self.bench.captions.records else None
            if self.dead and isinstance(plan, Plan) and plan.adds:
                failure = VideoFailure(plan.adds[0], "gone", "It is gone.")
                await self._send(
                    VideoFailed(MOVIE, plan.generation, failure, plan.revision), at_ms + 1
                )

    async def _send(self, record: object, at_ms: int) -> None:
        await self.bench.plan(request(record, self.offset, at_ms=at_ms))
        self.offset += 1

    @property
    def generations(self) -> int:
        return max(one.generation for one in self.bench.captions.records)


@pytest.mark.parametrize(
    ("found", "dead", "generations"),
    [(DEAD, True, 6), (NOTHING, True, 1), (DEAD, False, 1)],
    ids=["a dead source", "a search that finds nothing", "a movie that stays short"],
)
async def test_a_title_that_is_sent_a_thousand_times_is_tried_after_growing_pauses(
    found: Candidates, generations: int, *, dead: bool
) -> None:
    movie = Movie(found, dead=dead)
    for second in range(1000):
        await movie.title(second * SECOND)
    assert movie.tries == [at * SECOND for at in (0, 1, 61, 181, 421, 901)]
    assert movie.generations == generations


async def test_pauses_grow_up_to_a_day() -> None:
    movie = Movie(DEAD)
    for hour in range(24 * 7):
        await movie.title(hour * DAY // 24)
    assert max(movie.tries) < 7 * DAY
    pauses = [after - before for before, after in zip(movie.tries, movie.tries[1:], strict=False)]
    assert pauses[-1] == DAY


async def test_refresh_does_not_wait_nor_does_a_movie_that_was_forgotten_meanwhile() -> None:
    movie = Movie(DEAD)
    for second in range(3):
        await movie.title(second * SECOND)
    assert len(movie.tries) == 2
    await movie.title(3 * SECOND, refresh=True)
    assert len(movie.tries) == 3
    await movie.title(4 * SECOND, forget=True)
    await movie.title(5 * SECOND)
    assert len(movie.tries) == 4


async def test_a_letter_that_is_replayed_does_not_wait() -> None:
    movie = Movie(NOTHING)
    for second in range(3):
        await movie.title(second * SECOND)
    failed = request(title_request(99), 2)
    letter = letter_for(failed, "plan", PermanentError("internal", "An error of movietag."), MOVIE)
    letter = msgspec.structs.replace(letter, letter_id="movietag.requests/0/99/plan")
    await movie.bench.plan(request(title_request(99), 50, letter, at_ms=3 * SECOND))
    assert movie.outside.searched == 3


async def test_without_pauses_every_title_is_a_try() -> None:
    movie = Movie(DEAD, retry_seconds=0)
    for second in range(6):
        await movie.title(second * SECOND)
    assert len(movie.tries) == movie.generations == 6


async def test_a_search_that_works_makes_the_next_pause_a_first_one_again() -> None:
    throttled = ThrottledError("throttled", "Too many requests.")
    outside = Outside(throttled, FOUND, throttled)
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += max(seconds, 1.0)

    limiter = SiteLimiter(0, clock=lambda: now[0], sleep=sleep)
    search = TitleSearch(outside, outside.find, limiter, "site", Tries(TryCounts()))
    title = Title("Heat", MOVIE, 1995)

    async def pause() -> float:
        with pytest.raises(ThrottledError):
            await search._find_politely(title, None, ())
        (paused,) = limiter.paused()
        return paused.left

    first = await pause()
    assert await search._find_politely(title, None, ()) == FOUND
    assert not limiter.paused()
    assert await pause() == pytest.approx(first, rel=0.11)  # pauses are stretched by up to a tenth
