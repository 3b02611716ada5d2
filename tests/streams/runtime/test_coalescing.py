import asyncio

from movietag.streams.runtime.coalescing import Coalescer


async def test_values_of_a_key_become_one_update_and_updates_do_not_overlap() -> None:
    updates: list[tuple[str, list[int]]] = []
    gate = asyncio.Event()
    running = 0

    async def update(key: str, values: list[int]) -> None:
        nonlocal running
        running += key == "a"
        assert running <= 1
        await gate.wait()
        updates.append((key, values))
        running -= key == "a"

    coalescer: Coalescer[int] = Coalescer(0, update)
    first = [asyncio.create_task(coalescer.submit("a", number)) for number in range(3)]
    other = asyncio.create_task(coalescer.submit("b", 9))
    await asyncio.sleep(0.01)
    second = [asyncio.create_task(coalescer.submit("a", number)) for number in range(3, 6)]
    await asyncio.sleep(0.01)
    gate.set()
    await asyncio.gather(*first, other, *second)
    assert sorted(updates) == [("a", [0, 1, 2]), ("a", [3, 4, 5]), ("b", [9])]


async def test_a_failed_update_fails_all_who_wait_for_it_and_the_next_starts_anew() -> None:
    tries = 0

    async def update(_: str, values: list[int]) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OSError("away")

    coalescer: Coalescer[int] = Coalescer(0, update)
    answers = await asyncio.gather(
        coalescer.submit("a", 1), coalescer.submit("a", 2), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [OSError, OSError]
    await coalescer.submit("a", 1)
    assert tries == 2
