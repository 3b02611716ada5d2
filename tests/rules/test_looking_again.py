"""Which movies are looked for again: those that are short of videos, each on its day of a round."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from msgspec import structs
from support.records import MOVIE, plan

from movietag.records import MovieId, Placed, Settled, Sources
from movietag.rules.history import History
from movietag.rules.looking_again import DAY_MS, is_day_of, title_again
from movietag.rules.titles import parse_title

DAYS = 7
LATER = 10 * DAY_MS


def history(*facts: Any) -> History:
    return History(Placed(at, at, fact) for at, fact in enumerate(facts))


def test_a_movie_that_is_short_of_videos_is_looked_for_again_after_some_days() -> None:
    short = history(plan("a"), Settled(MOVIE, 1, 9))
    value = title_again(short, LATER, DAYS)
    assert value is not None
    again = parse_title(value)
    assert (again.movie_id, again.title, again.refresh) == (MOVIE, plan("a").title, False)
    assert title_again(short, 3 * DAY_MS, DAYS) is None  # something has happened to it lately


def test_a_movie_without_any_video_is_looked_for_again() -> None:
    assert title_again(
        history(structs.replace(plan(), reason="Nothing."), Settled(MOVIE, 1, 0)), LATER, DAYS
    )
    without_images = history(plan("a", "b"), Settled(MOVIE, 1, 0))
    assert title_again(without_images, LATER, DAYS)


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (plan("a", "b"), Settled(MOVIE, 1, 9)),  # it has its videos
        (plan("a"),),  # in work
        (plan("a"), Settled(MOVIE, 1, 9), plan("b", "c", generation=2)),  # in work again
        (
            plan("a"),
            Settled(MOVIE, 1, 9),
            structs.replace(plan(generation=2), forgotten=True),
            Settled(MOVIE, 2, 0),
        ),
        (
            structs.replace(plan("a"), sources=Sources(urls=("https://a.org/1",))),
            Settled(MOVIE, 1, 9),
        ),
    ],
)
def test_others_are_not(facts: tuple[Any, ...]) -> None:
    assert title_again(history(*facts), LATER, DAYS) is None


def test_each_movie_has_one_day_of_a_round_and_each_day_its_share() -> None:
    movies = [MovieId(f"movie-{number}") for number in range(700)]
    days = {
        movie: [day for day in range(DAYS) if is_day_of(movie, day * DAY_MS, DAYS)]
        for movie in movies
    }
    assert all(len(of_movie) == 1 for of_movie in days.values())
    shares = Counter(of_movie[0] for of_movie in days.values())
    assert max(shares.values()) < 150
    assert all(is_day_of(movie, 5, 1) for movie in movies)
