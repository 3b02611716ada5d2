"""The model finds what it is there for: with the old answer to one question each, some sequence breaks."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

import model.world
import movietag.rules.tally
from model.sequences import MACHINES, USERS, WORLD, PromiseError, Run, draw
from movietag.records import Request, TitleRequest
from movietag.rules import planning
from movietag.rules.history import Done, History, Position, Send

Patch = Callable[[pytest.MonkeyPatch], None]


def judged_anew(patch: pytest.MonkeyPatch) -> None:
    """A request that made no plan is judged again whenever it is delivered."""

    def recall(self: History, request: Request, at: Position) -> Send | Done | None:
        own = [plan for plan in self.plans if int(plan.rank.split(".")[0]) == at.offset]
        if isinstance(request, TitleRequest):
            own += [plan for plan in self.plans if plan.cause == request.request_id]
        return Send(own[0]) if own else None

    patch.setattr(History, "recall", recall)


def newest_shown(patch: pytest.MonkeyPatch) -> None:
    """The newest plan is shown, whether it has images or not."""
    patch.setattr(
        movietag.rules.tally, "shown_plan", lambda plans, current, states: states.of(current[-1])
    )


def forgotten_goes_on(patch: pytest.MonkeyPatch) -> None:
    """A failing video of a forgotten movie takes the next candidate."""
    answer_failure = planning.answer_failure

    def extends(history: History, failed: object, *, rank: str) -> Send | None:
        plans = [item for item in history.placed if not getattr(item.fact, "forgotten", False)]
        return answer_failure(History(plans), failed, rank=rank)  # type: ignore[arg-type]

    patch.setattr("movietag.rules.deciding.answer_failure", extends)
    patch.setattr(model.world.World, "dropped", property(lambda self: 0, lambda self, value: None))


@pytest.mark.heavy
@pytest.mark.parametrize("without", [judged_anew, newest_shown, forgotten_goes_on])
def test_without_it_some_sequence_breaks(without: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch)
    for seed in range(1_000):
        rng = random.Random(seed)
        actions = draw(rng, rng.randrange(3, 30), USERS | WORLD | MACHINES)
        try:
            Run().play(actions)
        except PromiseError:
            return
    pytest.fail("the model does not notice")
