"""Of a movie that is not as it must be: what became of it, so that its run need not be seen again to be understood."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from chaos.accounts import counted_facts
from chaos.feeding import letters
from movietag.records import Plan
from movietag.rules.facts import Facts
from movietag.settings import Settings

MOST: Final = 5  # movies that are told of


async def stories(settings: Settings, movies: Collection[str]) -> dict[str, list[str]]:
    """The plans and letters of movies, a line each."""
    if not movies:
        return {}
    facts = await counted_facts(settings)
    known = await letters(settings)
    return {
        movie: [
            *plans_told(facts.get(movie, Facts())),
            *sorted(
                f"letter {letter.letter_id} {letter.error}: {letter.reason[:120]}"
                for letter, _ in known
                if letter.movie_id == movie
            ),
        ]
        for movie in sorted(movies)[:MOST]
    }


def plans_told(facts: Facts) -> list[str]:
    """The plans of a movie, in their order."""
    return [
        f"plan {plan.generation}.{plan.revision} {plan.tagger} at {plan.rank}: {_named(plan)}"
        for plan in sorted(facts.plans(), key=lambda plan: (plan.generation, plan.revision))
    ]


def _named(plan: Plan) -> str:
    if plan.forgotten:
        return "forgotten"
    parts = {
        "videos": [one.video_id for one in plan.videos],
        "adds": plan.adds,
        "failed": [f"{one.video_id} {one.kind}" for one in plan.failed],
        "candidates": [one.video_id for one in plan.candidates],
    }
    return "; ".join(f"{name} {' '.join(ids)}" for name, ids in parts.items() if ids)
