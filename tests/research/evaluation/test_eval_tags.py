from __future__ import annotations

from collections import Counter

from movietag.research.evaluation.tags import GROUPS, columns, exact_tags, scored_tags
from movietag.vocabulary import load


def test_the_tags_are_those_of_the_vocabulary() -> None:
    assert tuple(scored.tag for scored in scored_tags()) == load("mpst").tags


def test_the_tiers() -> None:
    tiers = Counter(scored.tier for scored in scored_tags())
    assert tiers == {"exact": 49, "punct": 2, "form": 7, "near": 12, "none": 1}
    assert all(bool(scored.genome) == (scored.tier != "none") for scored in scored_tags())
    for scored in scored_tags():
        if scored.tier == "exact":
            assert scored.genome == (scored.tag,)
        if scored.tier == "punct":
            assert [name.replace("-", " ") for name in scored.genome] == [scored.tag]
    assert len(exact_tags()) == 49


def test_the_groups() -> None:
    tags = load("mpst").tags
    strict, other, everything = (columns(tags, group) for group in GROUPS)
    assert (len(strict), len(other)) == (51, 20)
    assert sorted(strict + other) == everything == list(range(71))
    assert columns(("prank", "cult"), "strict") == [1]
