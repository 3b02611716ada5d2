"""Which documents follow from which facts."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from support.records import MOVIE, SAMPLING, TAGGER, caption, manifest, plan, slot_failure

from movietag.records import Fact, Manifest, Placed, SlotDropped, SlotTime, TaggerId, VideoId
from movietag.rules.facts import Facts
from movietag.rules.publishing import Publisher
from movietag.rules.tally import Matcher, tally
from movietag.vocabulary import from_lines

VOCABULARY = from_lines("three", ["horror", "comedy", "western"])
PUBLISHER = Publisher(VOCABULARY, 0, "english")
OTHER = TaggerId("other@1")

STORY: list[Fact] = [
    plan("a", "b"),
    caption("a", 0, "an old horror"),
    manifest("a", 1),
    plan("a", "b", generation=2, rank="1.a", offset=1),
    caption("a", 0, "horror and comedy", generation=2),
    caption("a", 1, "A HORROR.", generation=2),
    caption("a", 1, "of another tagger", generation=2, tagger=OTHER),
    manifest("a", 2, generation=2),
    caption("b", 0, "a western", generation=2),
    slot_failure("b", 1, generation=2),
    slot_failure("a", 0, generation=2),
    manifest("b", 2, generation=2),
]


def bodies(story: list[Fact]) -> dict[bytes, bytes]:
    """What stands by its key, and what is deleted."""
    facts = Facts(Placed(offset, 1_000, fact) for offset, fact in enumerate(story))
    result = tally(facts, Matcher(VOCABULARY))
    assert result is not None
    return {one.key: bytes(one.body) for one in PUBLISHER.documents(facts, result)}


@pytest.mark.parametrize("number", range(len(STORY)))
def test_what_a_fact_changes_is_not_unconcerned(number: int) -> None:
    fact = STORY[number]
    with_it, without = bodies(STORY), bodies(STORY[:number] + STORY[number + 1 :])
    changed = {key for key, body in with_it.items() if without.get(key) != body}
    unconcerned = set(PUBLISHER.unconcerned(with_it, [fact]))
    assert unconcerned.isdisjoint(changed)


def test_a_caption_concerns_its_own_frame_and_the_movie() -> None:
    every = bodies(STORY)
    left = set(PUBLISHER.unconcerned(every, [caption("b", 0, "again", generation=2)]))
    concerned = {key.decode() for key in set(every) - left}
    frames = [key for key in concerned if key.startswith("frames-")]
    assert [key.split("~", 1)[1] for key in frames] == [f"{TAGGER}~b~000"]
    assert any(key.startswith("movies-") for key in concerned)
    assert left
    assert all(key.startswith(b"frames-") for key in left)


def test_a_manifest_and_a_plan_concern_everything() -> None:
    for fact in (manifest("b", 2, generation=2), plan("a", "b", generation=2)):
        assert not list(PUBLISHER.unconcerned(bodies(STORY), [caption("a", 1, "x"), fact]))


def lossy(
    seconds: float, claimed: float, kept: int, most_lost: float, *reasons: str
) -> dict[str, Any]:
    """The document of a movie with one video, of which slots were dropped for these reasons."""
    times = tuple(SlotTime(slot, 0.5) for slot in range(kept))
    dropped = tuple(SlotDropped(kept + at, reason) for at, reason in enumerate(reasons))
    made = Manifest(MOVIE, 1, VideoId("a"), seconds, times, dropped, claimed)
    sampled = msgspec.structs.replace(SAMPLING, most_lost=most_lost)
    story: list[Fact] = [
        msgspec.structs.replace(plan("a", wanted=1), sampling=sampled),
        *(caption("a", slot, "horror") for slot in range(kept)),
        made,
    ]
    body = next(value for key, value in bodies(story).items() if key.startswith(b"movies-"))
    found: dict[str, Any] = json.loads(body)
    return found


def test_dropped_slots_are_told_by_their_reason() -> None:
    movie = lossy(30, 0, 4, 0.5, "dark", "missing", "missing")
    assert (movie["slots"], movie["dropped"], movie["short"]) == (7, 3, False)
    reasons = [{"reason": "missing", "count": 2}, {"reason": "dark", "count": 1}]
    assert movie["dropped_by"] == movie["videos"][0]["dropped_by"] == reasons
    assert (movie["videos"][0]["seconds"], movie["videos"][0]["claimed"]) == (30, 0)


def test_a_movie_that_lost_just_what_is_allowed_is_not_short() -> None:
    assert lossy(10, 0, 7, 0.3, *["flat"] * 3)["short"] is False  # 1 - 0.7 is more than 0.3


@pytest.mark.parametrize(
    ("seconds", "claimed", "kept", "dropped", "most_lost", "short"),
    [
        (30, 0, 4, 6, 0.5, True),
        (30, 0, 5, 5, 0.5, False),
        (30, 0, 1, 9, 1.0, False),  # as in plans before there was the setting
        (20, 60, 10, 0, 0.5, True),  # a third of the file
        (40, 60, 10, 0, 0.5, False),
        (40, 60, 7, 3, 0.5, True),
    ],
)
def test_a_movie_that_lost_most_of_its_slots_is_short(
    seconds: float, claimed: float, kept: int, dropped: int, most_lost: float, short: bool
) -> None:
    movie = lossy(seconds, claimed, kept, most_lost, *["flat"] * dropped)
    assert movie["short"] is short
    assert movie["status"] == "complete"


def test_marks_are_of_frames_and_their_counts_of_the_movie() -> None:
    marks = ("whole", "cut", "refused", "cut", "")
    captions = [
        msgspec.structs.replace(caption("a", slot, "A horror."), quality=quality)
        for slot, quality in enumerate(marks)
    ]
    every = {
        key.decode(): json.loads(body)
        for key, body in bodies([plan("a"), manifest("a", 5), *captions]).items()
    }
    frames = {
        body["slot"]: body["quality"] for key, body in every.items() if key.startswith("frames-")
    }
    (movie,) = (body for key, body in every.items() if key.startswith("movies-"))
    assert frames == dict(enumerate(marks))
    assert movie["not_whole"] == [
        {"quality": "cut", "count": 2},
        {"quality": "refused", "count": 1},
    ]
