from types import SimpleNamespace
from typing import Any

import pytest

from movietag.crawl.errors import SiteError
from movietag.errors import PermanentError, TransientError
from streams.tries import MOST, MOST_OF, GivenUp, Tries


def event(offset: int = 1) -> Any:
    return SimpleNamespace(message=SimpleNamespace(topic="t", partition=0, offset=offset))


def fail(tries: Tries, error: Exception, offset: int = 1) -> None:
    with tries.counted(event(offset)):
        raise error


@pytest.mark.parametrize(
    ("error", "most"),
    [
        (SiteError("site-busy", "503"), MOST),
        (SiteError("network", "no route"), MOST_OF["network"]),
        (TransientError("killed"), MOST),
    ],
)
def test_an_event_is_given_up_after_its_tries(error: TransientError, most: int) -> None:
    tries = Tries()
    for _ in range(most - 1):
        with pytest.raises(type(error)):
            fail(tries, error)
    with pytest.raises(GivenUp, match=f"after {most} tries"):
        fail(tries, error)
    assert len(tries) == 0


def test_success_and_other_failures_forget_and_events_are_told_apart() -> None:
    tries = Tries(most=2)
    with pytest.raises(TransientError):
        fail(tries, TransientError("x"))
    with pytest.raises(TransientError):
        fail(tries, TransientError("x"), offset=2)
    with tries.counted(event(1)):
        pass
    with pytest.raises(PermanentError):
        fail(tries, PermanentError("bad", "bad"), offset=2)
    assert len(tries) == 0
