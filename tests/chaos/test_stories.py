"""What the harness tells of a movie that is not as it must be."""

from __future__ import annotations

from support.records import past, plan

from chaos.stories import plans_told
from movietag.rules.facts import Facts


def test_the_plans_of_a_movie_are_told_in_their_order() -> None:
    second = plan("c", generation=2, rank="7.b", candidates=("d",))
    facts = Facts()
    for placed in past(second, plan("a", "b")).placed:
        facts.add(placed)
    told = plans_told(facts)
    assert [line.split(" ", 2)[1] for line in told] == ["1.0", "2.0"]
    assert "videos c; adds c; candidates d" in told[1]
