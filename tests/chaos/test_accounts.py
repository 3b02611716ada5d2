"""The accounts of the harness find what is lost, double or otherwise, one slot of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from chaos.accounts import Accounts, Place, Slot
from chaos.feeding import movie_id_of
from chaos.pictures import said, tags_of
from chaos.world import FIRST, make_world

MOVIES = make_world(seed=3, movies=8, seconds=60)
NO_DEAD: set[Slot] = set()


def truth(accounts: Accounts) -> Place:
    """A place in which every frame stands that the tagger does not refuse for good."""
    place = Place()
    for movie_id, movie in accounts.movies.items():
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
        (movie_id_of(movie), clip.video_id, slot)
        for movie in accounts.movies.values()
        for clip, slot in movie.frames()
        if (clip.number, slot) in movie.refused and not movie.mended
    }


def test_the_truth_is_exact() -> None:
    accounts = Accounts(MOVIES, set())
    dead = refused(accounts)
    found = accounts.check("here", truth(accounts), dead)
    assert accounts.differences == []
    assert found["counted"] + found["dead_lettered"] == len(accounts.expected) == 8 * 4 * 50
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
    ],
)
def test_what_is_not_as_it_must_be_is_found(harm: Callable[[Place, Slot], None], what: str) -> None:
    accounts = Accounts(MOVIES, set())
    place = truth(accounts)
    harm(place, next(iter(place.captions)))
    assert accounts.check("here", place, refused(accounts))[what] == 1
    assert accounts.differences


def test_a_letter_without_cause_is_found() -> None:
    accounts = Accounts(MOVIES, set())
    place = truth(accounts)
    slot = next(iter(place.captions))
    lose(place, slot)
    found = accounts.check("here", place, refused(accounts) | {slot})
    assert (found["lost"], found["dead_without_cause"]) == (0, 1)
    assert accounts.differences
