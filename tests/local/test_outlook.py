"""How far the library is, in numbers and in a sentence, from what Elasticsearch and the stages say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from wire.examples import BODIES

from movietag.documents import MovieBody
from movietag.local.outlook import progress_now
from movietag.local.stages import StageStatus
from movietag.search.library_counts import LibraryCounts
from movietag.settings import Settings
from movietag.streams.watch import measuring
from movietag.streams.watch.measuring import AgentTotals, Measuring

VIDEO = msgspec.structs.replace(
    next(one for one in BODIES if isinstance(one, MovieBody)).videos[0],
    source="search",
    url="https://www.youtube.com/watch?v=a",
)
FETCHED = msgspec.structs.replace(VIDEO, status="fetched", slots=10)
WAITING = msgspec.structs.replace(VIDEO, status="waiting")
COUNTS = LibraryCounts(
    running=90, complete=8, failed=2, sample=((FETCHED, WAITING, WAITING, WAITING, WAITING),)
)


def settings(**changed: Any) -> Settings:
    return Settings(home=Path("/home/none"), fetch_interval=10, search_interval=3, **changed)


def stages(
    titles: int, videos: int, frames: int = 0, pace: float | None = None, behind: int = 0
) -> Any:
    return (
        StageStatus("plan", lag=titles),
        StageStatus("fetch", lag=videos, pace=pace, behind=behind),
        StageStatus("caption", lag=frames, pace=None),
    )


def test_days_that_the_spacing_of_a_site_sets() -> None:
    found = progress_now(COUNTS, settings(), stages(17_372, 500))
    assert (found.total, found.done, found.failed, found.titles) == (17_472, 10, 2, 17_372)
    assert found.videos_left == 17_372 * 5 + 500
    assert (found.stage, found.site) == ("fetch", "youtube.com")
    assert found.text == (
        "10 of 17,472 titles done (0%), 2 of them failed; all are done in about 13 days, set by"
        " youtube.com's 10 s"
    )


NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def test_a_pause_has_no_end() -> None:
    found = progress_now(COUNTS, settings(), stages(100, 5, pace=1.0), paused=[""], now=NOON)
    assert found.seconds is None
    assert found.videos_left > 0
    assert found.text.endswith("; fetching is paused: no end before `movietag resume`")


def test_a_pause_of_a_site_has_no_end_where_its_videos_wait() -> None:
    def told(*paused: str) -> str:
        return progress_now(COUNTS, settings(), stages(100, 5, pace=1.0), paused=paused).text

    assert told("youtube.com").endswith(
        "fetching from youtube.com is paused: no end before `movietag resume youtube.com`"
    )
    assert told("vimeo.com") == told()


def test_a_pause_does_not_hold_up_what_is_done() -> None:
    done = progress_now(LibraryCounts(complete=8), settings(), stages(0, 0), paused=[""])
    assert (done.seconds, done.text) == (0, "all 8 titles are done")


def test_hours_of_the_day_make_it_longer() -> None:
    waiting = stages(0, 6 * 3600 * 50, pace=1.0)
    always = progress_now(COUNTS, settings(), waiting, now=NOON)
    assert always.text.endswith("; all are done in about 12 days")
    kept = settings(fetch_hours="22-04", fetch_zone="UTC", fetch_bytes_a_day=10**9)
    found = progress_now(COUNTS, kept, waiting, now=NOON)
    assert found.text.endswith(
        "all are done in about 50 days, within 6 h a day (MOVIETAG_FETCH_HOURS), or later, if"
        " MOVIETAG_FETCH_BYTES_A_DAY ends a day"
    )


def test_the_hours_are_those_of_their_zone() -> None:
    kept = settings(fetch_hours="21-22", fetch_zone="Asia/Tokyo")  # it is 21:00 there
    assert progress_now(COUNTS, kept, stages(0, 60, pace=1.0), now=NOON).seconds == 60


def test_a_budget_makes_it_longer_and_the_site_that_sets_it_is_told_all_the_same() -> None:
    kept = settings(fetch_videos_a_day=100, fetch_zone="UTC")
    found = progress_now(COUNTS, kept, stages(0, 1000), now=NOON)
    assert (found.stage, found.site) == ("fetch", "youtube.com")
    assert found.text.endswith(
        "in about 9 days, set by youtube.com's 10 s, 100 videos a day at most"
    )


def test_minutes_at_the_pace_that_was_measured() -> None:
    found = progress_now(COUNTS, settings(), stages(0, 400, pace=2.0))
    assert found.seconds == 200
    assert found.rate == 2.0
    assert found.text.endswith("2 videos a second; all are done in about 3 min")


def test_searches_that_take_longest() -> None:
    found = progress_now(COUNTS, settings(), stages(1000, 1, pace=50.0))
    assert found.text.endswith("set by the 3 s between two searches")


def test_titles_that_were_just_sent_count_at_once() -> None:
    assert progress_now(COUNTS, settings(), stages(3, 0), sent=20).titles == 20


def test_all_are_done() -> None:
    done = LibraryCounts(complete=8, failed=2)
    found = progress_now(done, settings(), stages(0, 0))
    assert found.text == "all 10 titles are done, 2 of them failed"
    assert found.share == 1


def test_what_waits_is_not_known_without_kafka() -> None:
    away = (StageStatus("plan"), StageStatus("fetch"))
    found = progress_now(LibraryCounts(complete=8), settings(), away)
    assert found.seconds is None
    assert found.text == "8 of 8 titles done (100%); when all are done is not known yet"


def test_an_empty_library() -> None:
    found = progress_now(LibraryCounts(), settings(), ())
    assert (found.total, found.text, found.share) == (0, "", 1)


def test_nothing_says_how_fast_it_goes() -> None:
    files = msgspec.structs.replace(WAITING, source="file", url="/films/a.mkv")
    counts = LibraryCounts(running=1, sample=((files,),))
    found = progress_now(counts, settings(), stages(0, 1))
    assert found.seconds is None
    assert found.text.endswith("when all are done is not known yet")


@pytest.mark.parametrize(
    ("pace", "words"),
    [
        (4.0, "4 videos a second"),
        (0.08, "4.8 videos a minute"),
        (0.01, "36 videos an hour"),
        (0.0001, "8.64 videos a day"),
    ],
)
def test_a_rate_in_a_unit_that_can_be_read(pace: float, words: str) -> None:
    assert words in progress_now(COUNTS, settings(), stages(0, 10, pace=pace)).text


@dataclass
class Window:
    """So many events in flight, of which some are done behind one that is not."""

    in_flight: int = 0
    behind: int = 0

    def __len__(self) -> int:
        return self.in_flight


def test_what_is_done_behind_a_video_that_waits_is_not_left_to_do() -> None:
    waiting = progress_now(COUNTS, settings(), stages(0, 100, pace=1.0))
    done = progress_now(COUNTS, settings(), stages(0, 100, pace=1.0, behind=90))
    assert waiting.seconds is not None
    assert done.seconds is not None
    assert done.videos_left < waiting.videos_left
    assert done.seconds < waiting.seconds


def test_a_stage_measures_its_pace_only_while_it_has_work(monkeypatch: pytest.MonkeyPatch) -> None:
    now, windows = [0.0], {"videos": [Window()]}
    monkeypatch.setattr(measuring.time, "monotonic", lambda: now[0])
    rebalance = SimpleNamespace(connect=lambda _: None)
    app: Any = SimpleNamespace(windows_by_name=lambda: windows, on_rebalance_complete=rebalance)
    metrics: Any = SimpleNamespace(refresh_by=lambda _: None)
    made = Measuring(app, metrics)

    def after(seconds: float, done: int, in_flight: int, behind: int = 0) -> None:
        now[0] += seconds
        windows["videos"] = [Window(in_flight, behind)]
        made._done["videos"] = AgentTotals(events=done)
        made._sample()

    after(1000, 0, 0)
    assert made.paces() == {"videos": None}
    after(5, 10, 1)
    after(5, 20, 1)
    assert made.paces() == {"videos": 2.0}
    made.stand_still_while(lambda: True)
    after(5, 30, 1)  # what was begun is finished
    after(3600, 30, 1)
    assert made.paces() == {"videos": 2.0}
    made.stand_still_while(lambda: False)
    after(5, 30, 11, behind=10)  # one waits for its next try: what is done behind it is done
    after(5, 50, 1)  # it, and all that was behind it
    assert made.paces() == {"videos": 2.0}
