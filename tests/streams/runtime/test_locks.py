import asyncio
import random

from movietag.streams.runtime.locks import KeyLocks


async def test_one_holder_a_key_in_the_order_of_asking_and_nothing_is_left() -> None:
    locks, rng = KeyLocks(), random.Random(3)
    holders: dict[str, int] = {"a": 0, "b": 0}
    order: dict[str, list[int]] = {"a": [], "b": []}

    async def work(key: str, number: int) -> None:
        async with locks.hold(key):
            holders[key] += 1
            assert holders[key] == 1
            order[key].append(number)
            for _ in range(rng.randrange(4)):
                await asyncio.sleep(0)
            holders[key] -= 1

    tasks = []
    for number in range(200):
        tasks.append(asyncio.create_task(work(rng.choice("ab"), number)))
        for _ in range(rng.randrange(3)):
            await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert order["a"] == sorted(order["a"])
    assert order["b"] == sorted(order["b"])
    assert len(locks) == 0
