"""Which documents follow from which facts."""

from __future__ import annotations

import pytest
from support.records import TAGGER, caption, manifest, plan, slot_failure

from movietag.records import Fact, Placed, TaggerId
from movietag.rules.facts import Facts
from movietag.rules.publishing import Publisher
from movietag.rules.tally import Matcher, tally
from movietag.vocabulary import from_lines

VOCABULARY = from_lines("three", ["horror", "comedy", "western"])
PUBLISHER = Publisher(VOCABULARY, epoch=0)
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
