from datetime import UTC, datetime

import pytest

from movietag.rules.fetch_calendar import DAY, FetchCalendar
from movietag.settings.hours import parse_hours

HOUR = 3600.0
NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def hours(text: str, now: datetime = NOON) -> FetchCalendar:
    return FetchCalendar(now, parse_hours(text))


@pytest.mark.parametrize("work", [1.0, 90.0, 5 * DAY + 7])
def test_without_limits_it_takes_the_time_that_the_work_takes(work: float) -> None:
    assert FetchCalendar(NOON).until_done(work, 10) == pytest.approx(work)


def test_nothing_to_do() -> None:
    assert hours("22-04").until_done(0.0, 0.0) == 0


@pytest.mark.parametrize(
    ("window", "work", "wait"),
    [
        ("11-14", 1 * HOUR, 1 * HOUR),
        ("11-14", 2 * HOUR, 2 * HOUR),
        ("11-14", 3 * HOUR, 24 * HOUR),  # to noon of the next day
        ("18-19", 1 * HOUR, 7 * HOUR),
        ("06-12", 1 * HOUR, 19 * HOUR),  # today's are over
        ("22-04", 2 * HOUR, 12 * HOUR),
        ("22-04", 6 * HOUR, 16 * HOUR),
        ("22-04", 50 * 6 * HOUR, 50 * DAY - 8 * HOUR),
    ],
)
def test_hours_of_a_day(window: str, work: float, wait: float) -> None:
    assert hours(window).until_done(work, 100) == pytest.approx(wait)


def test_hours_that_are_running_over_midnight() -> None:
    late = datetime(2026, 5, 1, 23, 0, tzinfo=UTC)
    assert hours("22-04", late).until_done(5 * HOUR, 1) == pytest.approx(5 * HOUR)
    assert hours("22-04", late).until_done(6 * HOUR, 1) == pytest.approx(24 * HOUR)


def test_a_budget_of_videos() -> None:
    calendar = FetchCalendar(NOON, None, videos_a_day=100)
    assert calendar.until_done(1000.0, 100) == pytest.approx(1000)
    # 100 today, 100 at each midnight, and the last 50 in 500 s after the tenth.
    assert calendar.until_done(10_500.0, 1050) == pytest.approx(10 * DAY - 12 * HOUR + 500)


def test_a_budget_within_hours() -> None:
    calendar = FetchCalendar(NOON, parse_hours("18-20"), videos_a_day=100)
    assert calendar.until_done(3000.0, 300) == pytest.approx(2 * DAY + 6 * HOUR + 1000)
    tight = FetchCalendar(NOON, parse_hours("18-20"), videos_a_day=10_000)
    assert tight.until_done(5 * HOUR, 300) == pytest.approx(2 * DAY + 7 * HOUR)
