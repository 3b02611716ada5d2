from __future__ import annotations

import pytest
from support.records import video

from movietag.crawl.streaks import (
    KEPT,
    NOTHING_KNOWN,
    Streak,
    Suspect,
    believable,
    failed,
    merged,
    several,
    without_good,
    worked,
)
from movietag.records import MovieId, VideoId, decode, encode


def suspect(name: str, movie: str = "m", kind: str = "no-format", at_ms: int = 1) -> Suspect:
    return Suspect(VideoId(name), MovieId(movie), kind, at_ms)


def streak(*suspects: Suspect) -> Streak:
    found = NOTHING_KNOWN
    for one in suspects:
        found = failed(found, one)
    return found


@pytest.mark.parametrize(
    ("suspects", "site"),
    [
        ([suspect("a"), suspect("b", "n")], False),  # two videos
        ([suspect("a"), suspect("b"), suspect("c")], False),  # one movie
        ([suspect("a"), suspect("b"), suspect("c", "n")], True),
        ([suspect("a"), suspect("a", at_ms=2), suspect("c", "n")], False),  # one of them twice
        ([suspect("a"), suspect("b", kind="network"), suspect("c", "n")], False),  # not alike
        ([suspect("a"), suspect("b", "n", "data-refused"), suspect("c", kind="site-broken")], True),
    ],
)
def test_several_videos_of_several_movies_alike_are_the_sites_fault(
    suspects: list[Suspect], site: bool
) -> None:
    assert several(streak(*suspects), "no-format") == site


def test_a_success_forgets_what_failed_before() -> None:
    after = worked(5, video("g"))
    assert not after.suspects
    assert failed(after, suspect("a", at_ms=4)).suspects == ()  # it failed before
    assert len(failed(after, suspect("a", at_ms=6)).suspects) == 1


def test_two_workers_know_more_than_one() -> None:
    one = streak(suspect("a", at_ms=3), suspect("b", at_ms=4))
    other = failed(worked(3, video("g")), suspect("c", "n", at_ms=5))
    both = merged(one, other)
    assert both == merged(other, one)
    assert [found.video_id for found in both.suspects] == ["b", "c"]
    assert both.good == video("g")


def test_a_good_video_that_is_gone_does_not_come_back_by_an_older_note() -> None:
    before = worked(3, video("g"))
    assert merged(before, without_good(before)).good is None


def test_a_streak_is_bounded_and_can_be_written() -> None:
    long = streak(*(suspect(f"v{number:02}", at_ms=number + 1) for number in range(40)))
    assert len(long.suspects) == KEPT
    assert long.suspects[-1].video_id == "v39"
    assert decode(Streak, encode(long)) == long


def test_what_a_clock_that_was_ahead_has_noted_hides_no_failure() -> None:
    now, hour = 10**12, 3_600_000
    ahead = Streak((suspect("x", at_ms=now + 2 * hour),), now + hour, video("g"))
    seen = believable(ahead, now)
    assert seen == Streak((), 0, video("g"))
    assert failed(seen, suspect("a", at_ms=now)).suspects
    right = Streak((suspect("x", at_ms=now + 2),), now + 1, video("g"))
    assert believable(right, now) == right  # clocks differ a little
