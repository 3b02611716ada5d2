"""Who goes next: the least rank, then who came first; a place is never lost."""

from __future__ import annotations

import asyncio

import pytest

from movietag.crawl.turns import Rank, Turns


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_least_rank_goes_next_and_of_one_rank_who_came_first() -> None:
    turns, went = Turns(1), []

    async def one(name: str, rank: Rank) -> None:
        async with turns.hold(rank):
            went.append(name)
            await asyncio.sleep(0)

    await turns.acquire()
    waiting = [("new", (1, 5)), ("again", (1, 5)), ("old", (1, 2)), ("person's", (0, 9))]
    tasks = [asyncio.create_task(one(name, rank)) for name, rank in waiting]
    await settle()
    assert went == []
    turns.release()
    await asyncio.gather(*tasks)
    assert went == ["person's", "old", "new", "again"]


async def test_so_many_hold_a_place_at_a_time() -> None:
    turns, most, holding = Turns(2), 0, 0

    async def one() -> None:
        nonlocal most, holding
        async with turns.hold():
            holding += 1
            most = max(most, holding)
            await asyncio.sleep(0)
            holding -= 1

    await asyncio.gather(*(one() for _ in range(7)))
    assert most == 2


@pytest.mark.parametrize("given_first", [False, True])
async def test_who_is_cancelled_while_waiting_takes_no_place_along(given_first: bool) -> None:
    turns = Turns(1)
    await turns.acquire()
    waiting = asyncio.create_task(turns.acquire())
    await settle()
    if given_first:
        turns.release()
        waiting.cancel()
    else:
        waiting.cancel()
        await settle()
        turns.release()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(5):
        await turns.acquire()
