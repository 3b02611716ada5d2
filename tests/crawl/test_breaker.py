from __future__ import annotations

import pytest

from movietag.crawl.breaker import LOOK_AGAIN, Breaker, BreakerState, Pauses

PAUSES = Pauses(60.0, 200.0)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock, jitter=lambda: 1.0)


def test_closed_it_admits_all(breaker: Breaker) -> None:
    assert breaker.state is BreakerState.CLOSED
    assert not breaker.start()  # no probe
    assert breaker.wait() == breaker.left == 0
    assert not breaker.closes()


def test_open_it_admits_none_until_the_pause_ends(breaker: Breaker, clock: Clock) -> None:
    assert breaker.opens(PAUSES, "It fails.")
    assert (breaker.state, breaker.wait(), breaker.why) == (BreakerState.OPEN, 60, "It fails.")
    clock.now += 59
    assert breaker.wait() == 1
    clock.now += 1
    assert (breaker.state, breaker.wait(), breaker.why) == (BreakerState.HALF_OPEN, 0, "It fails.")


def test_a_failure_during_a_pause_does_not_lengthen_it(breaker: Breaker, clock: Clock) -> None:
    breaker.opens(PAUSES, "first")
    clock.now += 10
    assert not breaker.opens(PAUSES, "second")
    assert (breaker.wait(), breaker.why) == (50, "first")


def test_half_open_it_admits_one_at_a_time(breaker: Breaker, clock: Clock) -> None:
    breaker.opens(PAUSES, "x")
    clock.now += 60
    assert breaker.start()
    assert breaker.wait() == LOOK_AGAIN
    assert not breaker.start()
    breaker.ended()  # without a verdict
    assert breaker.state is BreakerState.HALF_OPEN
    assert breaker.wait() == 0
    assert breaker.start()


def test_a_probe_that_fails_doubles_the_pause_up_to_the_longest(
    breaker: Breaker, clock: Clock
) -> None:
    pauses = []
    for _ in range(4):
        assert breaker.opens(PAUSES, "x")
        pauses.append(breaker.wait())
        clock.now += pauses[-1]
        breaker.start()
        breaker.ended()
    assert pauses == [60, 120, 200, 200]


def test_it_may_fail_for_weeks(breaker: Breaker, clock: Clock) -> None:
    for _ in range(1100):  # 2 to this power is no float
        assert breaker.opens(PAUSES, "x")
        clock.now += breaker.left
    assert breaker.opens(PAUSES, "x")
    assert breaker.left == PAUSES.longest


def test_a_success_closes_it_and_the_next_pause_is_short(breaker: Breaker, clock: Clock) -> None:
    breaker.opens(PAUSES, "x")
    clock.now += 60
    breaker.opens(PAUSES, "x")
    assert breaker.closes()
    assert (breaker.state, breaker.why, breaker.wait()) == (BreakerState.CLOSED, "", 0)
    breaker.opens(PAUSES, "x")
    assert breaker.wait() == 60
