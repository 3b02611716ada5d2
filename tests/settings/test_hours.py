"""Hours of a day: over midnight, by minutes, by the clock on the wall, and what is none."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from movietag.settings import Settings
from movietag.settings.hours import parse_hours

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("hours", "inside", "outside"),
    [
        ("22-06", ["22:00", "23:59", "00:00", "05:59"], ["06:00", "12:00", "21:59"]),
        ("9:30-17", ["09:30", "16:59"], ["09:29", "17:00", "00:00"]),
        ("22-24", ["22:00", "23:59"], ["00:00", "21:59"]),
    ],
)
def test_moments_lie_within_hours_or_not(hours: str, inside: list[str], outside: list[str]) -> None:
    given = parse_hours(hours)
    assert given is not None
    for text in (*inside, *outside):
        now = datetime.fromisoformat(f"2026-03-28T{text}").replace(tzinfo=BERLIN)
        assert given.include(now) is (text in inside), text


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-03-28T12:00+01:00", "2026-03-28T22:00+01:00"),
        ("2026-03-28T22:00+01:00", "2026-03-29T22:00+02:00"),  # the clock is put forward meanwhile
        ("2026-10-24T23:00+02:00", "2026-10-25T22:00+01:00"),
    ],
)
def test_they_begin_next_by_the_clock_on_the_wall(now: str, start: str) -> None:
    given = parse_hours("22-06")
    assert given is not None
    found = given.next_start(datetime.fromisoformat(now).astimezone(BERLIN))
    assert found.timestamp() == datetime.fromisoformat(start).timestamp()


@pytest.mark.parametrize("text", ["22", "22-", "a-b", "22-22", "25-06", "22:60-06", "0-24"])
def test_what_names_no_hours_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValidationError, match="22-06"):
        Settings(fetch_hours=text)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="Europe/Berlin"):
        Settings(fetch_zone="Europe/Nowhere")
    assert Settings(fetch_zone="Asia/Seoul").fetch_zone == "Asia/Seoul"


@pytest.mark.parametrize(("text", "length"), [("22-04", 6), ("08:30-17", 8.5), ("23:30-23", 23.5)])
def test_how_long_they_are(text: str, length: float) -> None:
    found = parse_hours(text)
    assert found is not None
    assert found.length_h == length
