"""Whatever users, sites and machines do, in whatever order: what a user would say of it holds."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import pytest

from model.sequences import MACHINES, USERS, WORLD, Action, PromiseError, Run, draw

NUMBER = int(os.environ.get("MOVIETAG_SEQUENCES", "400"))  # of each kind
CHUNKS = 8


def broken(actions: list[Action]) -> str:
    """What a sequence breaks; empty: nothing."""
    try:
        Run().play(actions)
    except PromiseError as error:
        return str(error)
    return ""


def shortest(actions: list[Action], check: Callable[[list[Action]], str]) -> list[Action]:
    """The sequence without all that the failure does not need."""
    place = 0
    while place < len(actions):
        fewer = actions[:place] + actions[place + 1 :]
        if check(fewer):
            actions = fewer
        else:
            place += 1
    return actions


def differs(actions: list[Action], seed: int = 0) -> str:
    """How a run with redeliveries, copies and crashes differs from one without; empty: not at all."""
    quiet, noisy = Run(settled=True), Run(settled=True, noise=random.Random(seed))
    try:
        for run in (quiet, noisy):
            run.play(actions)
    except PromiseError as error:
        return str(error)
    one, other = quiet.visible(), noisy.visible()
    return "" if one == other else f"{one}\n{other}"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_sequence_breaks_a_promise(chunk: int) -> None:
    for seed in range(chunk, NUMBER, CHUNKS):
        rng = random.Random(seed)
        actions = draw(rng, rng.randrange(3, 30), USERS | WORLD | MACHINES)
        if broken(actions):
            actions = shortest(actions, broken)
            pytest.fail(f"seed {seed}: {actions}: {broken(actions)}")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_same_twice_equals_once(chunk: int) -> None:
    kinds = USERS | {"site": 5}
    for seed in range(chunk, NUMBER, CHUNKS):
        rng = random.Random(seed)
        actions = draw(rng, rng.randrange(2, 12), kinds)
        if differs(actions, seed):
            actions = shortest(actions, lambda fewer, seed=seed: differs(fewer, seed))
            pytest.fail(f"seed {seed}: {actions}: {differs(actions, seed)}")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_replayed_letter_equals_never_having_failed(chunk: int) -> None:
    """Frames that the model failed on, titles on which the plan stage did: replayed once that is repaired."""
    repaired: list[Action] = [("allow", 0), ("replay", 0)]
    for seed in range(chunk, NUMBER, CHUNKS):
        rng = random.Random(seed)
        actions = draw(
            rng, rng.randrange(2, 10), {"add": 3, "refresh": 2, "forget": 1, "refuse": 4}
        )
        failing, working = Run(settled=True), Run(settled=True)
        failing.play(actions + repaired)
        working.play([action for action in actions if action[0] != "refuse"])
        assert failing.visible() == working.visible(), f"seed {seed}: {actions}"
