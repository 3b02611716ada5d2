from types import SimpleNamespace
from typing import Any

import pytest
from support.stage_fakes import TryCounts

from movietag.crawl.errors import SiteError
from movietag.errors import PermanentError, TransientError
from movietag.streams.failures.tries import MOST, MOST_OF, GivenUp, Tries


def event(offset: int = 1) -> Any:
    return SimpleNamespace(message=SimpleNamespace(topic="t", partition=0, offset=offset))


async def fail(tries: Tries, error: Exception, offset: int = 1, up_to: int | None = None) -> None:
    async with tries.counted(event(offset), up_to=up_to):
        raise error


@pytest.mark.parametrize(
    ("error", "most"),
    [
        (SiteError("site-busy", "503"), MOST),
        (SiteError("network", "no route"), MOST_OF["network"]),
        (TransientError("killed"), MOST),
    ],
)
async def test_an_event_is_given_up_after_its_tries(error: TransientError, most: int) -> None:
    tries = Tries(TryCounts())
    for _ in range(most - 1):
        with pytest.raises(type(error)):
            await fail(tries, error)
    with pytest.raises(GivenUp, match=f"after {most} tries"):
        await fail(tries, error)
    assert len(tries) == 0


async def test_tries_are_counted_on_by_every_process() -> None:
    kept = TryCounts()
    for _ in range(MOST - 1):
        with pytest.raises(TransientError):
            await fail(Tries(kept), TransientError("x"))
    with pytest.raises(GivenUp):
        await fail(Tries(kept), TransientError("x"))
    with pytest.raises(GivenUp):  # killed before the letter was sent: it is given up again at once
        await fail(Tries(kept), TransientError("x"))


async def test_the_memory_is_asked_once_and_told_before_the_next_try() -> None:
    kept = TryCounts()
    tries = Tries(kept)
    for count in (1, 2, 3):
        with pytest.raises(TransientError):
            await fail(tries, TransientError("x"))
        assert kept.counts == {"t/0/1": count}
    assert kept.recalled == ["t/0/1"]


async def test_what_fails_in_company_is_counted_up_to_a_limit() -> None:
    kept = TryCounts()
    tries = Tries(kept, most=4)
    for count in (1, 2, 3, 3, 3):
        with pytest.raises(TransientError):
            await fail(tries, TransientError("x"), up_to=3)
        assert tries.of(event()) == count
    with pytest.raises(GivenUp, match="after 4 tries"):
        await fail(tries, TransientError("x"))


async def test_a_failure_that_is_not_counted_changes_nothing() -> None:
    tries = Tries(TryCounts(), most=2)
    with pytest.raises(SiteError):
        async with tries.counted(event(), only=SiteError):
            raise SiteError("site-busy", "503")
    with pytest.raises(TransientError):
        async with tries.counted(event(), only=SiteError):
            raise TransientError("Kafka is away.")
    assert tries.of(event()) == 1
    with pytest.raises(GivenUp):
        async with tries.counted(event(), only=SiteError):
            raise SiteError("site-busy", "503")


async def test_success_and_permanent_failures_forget_and_events_are_told_apart() -> None:
    tries = Tries(TryCounts(), most=2)
    with pytest.raises(TransientError):
        await fail(tries, TransientError("x"))
    with pytest.raises(TransientError):
        await fail(tries, TransientError("x"), offset=2)
    async with tries.counted(event(1)):
        pass
    with pytest.raises(PermanentError):
        await fail(tries, PermanentError("bad", "bad"), offset=2)
    assert len(tries) == 0
