"""The rate limit: so many requests of a client in any second, whatever the others send."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from movietag.web.rates import RateLimit


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_client_that_sends_too_many_is_refused_until_the_window_has_slid() -> None:
    clock = Clock()
    limit = RateLimit(10, clock)
    assert [limit.admits("a") for _ in range(12)] == [True] * 10 + [False] * 2
    clock.now += 1.0  # the ten before count in full: they were sent less than a second ago
    assert not limit.admits("a")
    clock.now += 0.5  # now half of them
    assert [limit.admits("a") for _ in range(7)] == [True] * 5 + [False] * 2
    clock.now += 2.0
    assert all(limit.admits("a") for _ in range(10))


def test_clients_have_limits_of_their_own() -> None:
    limit = RateLimit(1, Clock())
    assert limit.admits("a")
    assert limit.admits("b")
    assert not limit.admits("a")


def test_clients_that_send_no_more_are_forgotten() -> None:
    clock = Clock()
    limit = RateLimit(1, clock)
    for n in range(1000):
        limit.admits(str(n))
    clock.now += 2.0
    limit.admits("a")
    assert limit._now.keys() | limit._before.keys() == {"a"}


@given(st.lists(st.floats(0.0, 0.4), min_size=1, max_size=200), st.integers(1, 8))
def test_no_second_has_more_than_twice_the_limit_and_no_window_more_than_it(
    pauses: list[float], per_second: int
) -> None:
    clock = Clock()
    limit = RateLimit(per_second, clock)
    admitted: list[float] = []
    for pause in pauses:
        clock.now += pause
        if limit.admits("a"):
            admitted.append(clock.now)
    for at in admitted:
        assert sum(int(one) == int(at) for one in admitted) <= per_second
        assert sum(at <= one < at + 1 for one in admitted) <= 2 * per_second
