"""The accounts of the harness find what is lost, double or otherwise, one slot of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from chaos.accounts import Accounts, Place, Slot
from chaos.pictures import said, tags_of
from chaos.world import FIRST, make_world

MOVIES = make_world(seed=3, movies=8, seconds=60)
NO_DEAD: set[Slot] = set()


def truth(accounts: Accounts) -> Place:
    """A place in which every frame stands that the tagger does not refuse for good."""
    place = Place()
    for movie_id, movie in accounts.movies.items():
        if movie.forgotten:
            continue
        place.tagger[movie_id], place.status[movie_id] = FIRST, "complete"
        counts: Counter[str] = Counter()
        images = 0
        for clip, slot in movie.frames():
            if (clip.number, slot) in movie.refused and not movie.mended:
                continue
            place.captions[movie_id, clip.video_id, slot] = [said(clip.number, slot, FIRST)]
            counts.update(tags_of(clip.number, slot, FIRST))
            images += 1
        place.images[movie_id] = [images]
        place.counts[movie_id] = dict(counts)
    return place


def refused(accounts: Accounts) -> set[Slot]:
    """The slots that must stand in the dead letters."""
    return {
        (movie.movie_id, clip.video_id, slot)
        for movie in accounts.movies.values()
        for clip, slot in movie.frames()
        if (clip.number, slot) in movie.refused and not movie.mended
    }


def test_the_truth_is_exact() -> None:
    accounts = Accounts(MOVIES, set())
    dead = refused(accounts)
    found = accounts.check("here", truth(accounts), dead)
    assert accounts.differences == []
    assert found["counted"] + found["dead_lettered"] == len(accounts.expected)
    assert accounts.finished(truth(accounts)) == len(MOVIES)
    assert found["dead_lettered"] == len(dead) > 0


def lose(place: Place, slot: Slot) -> None:
    del place.captions[slot]


def double(place: Place, slot: Slot) -> None:
    place.captions[slot] *= 2


def invent(place: Place, slot: Slot) -> None:
    place.captions[slot[0], slot[1], 50] = ["from nowhere"]


def mistake(place: Place, slot: Slot) -> None:
    place.captions[slot] = ["v1 s1: something else"]


def miscount(place: Place, slot: Slot) -> None:
    counts = place.counts[slot[0]]
    counts[next(iter(counts))] += 1


def miss_an_image(place: Place, slot: Slot) -> None:
    place.images[slot[0]][0] -= 1


def leave_running(place: Place, slot: Slot) -> None:
    place.status[slot[0]] = "running"


def bring_back(place: Place, slot: Slot) -> None:
    forgotten = next(movie for movie in MOVIES if movie.forgotten)
    place.documents[forgotten.movie_id] = 1


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (lose, "lost"),
        (double, "double"),
        (invent, "double"),
        (mistake, "wrong"),
        (miscount, "movies_wrong"),
        (miss_an_image, "movies_wrong"),
        (leave_running, "movies_wrong"),
        (bring_back, "returned"),
    ],
)
def test_what_is_not_as_it_must_be_is_found(harm: Callable[[Place, Slot], None], what: str) -> None:
    accounts = Accounts(MOVIES, set())
    place = truth(accounts)
    harm(place, next(iter(place.captions)))
    assert accounts.check("here", place, refused(accounts))[what] == 1
    assert accounts.differences


def test_the_generator_has_every_fate() -> None:
    """The shortest worlds have fewer; these have all, and what must be counted follows from each."""
    for seed in range(20):
        movies = make_world(seed, 12, 120)
        searches = [movie.search for movie in movies if movie.search]
        assert sum(movie.forgotten for movie in movies) >= 2
        assert any(movie.ordered and not movie.forgotten for movie in movies)
        assert {search.never for search in searches} == {True, False}
        assert any(search.complete for search in searches)
        assert any(search.until for search in searches)
        assert all(movie.actions[0].at < 120 for movie in movies)
        for movie in movies:
            assert movie.actions == sorted(movie.actions)
            never = movie.search is not None and movie.search.never
            assert bool(movie.standing) == (not movie.forgotten and not never)
        plain = make_world(seed, 12, 120, plain=True)
        assert not any(movie.ordered or movie.search for movie in plain)


def test_a_letter_without_cause_is_found() -> None:
    accounts = Accounts(MOVIES, set())
    place = truth(accounts)
    slot = next(iter(place.captions))
    lose(place, slot)
    found = accounts.check("here", place, refused(accounts) | {slot})
    assert (found["lost"], found["dead_without_cause"]) == (0, 1)
    assert accounts.differences
