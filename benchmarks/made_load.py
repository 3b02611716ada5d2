"""Calls sent as many clients send them, and how long they take."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import aiohttp

from benchmarks.made_calls import Call

CLIENTS = 8
Send = Callable[[Call], Awaitable[str]]
"""Sends a call; returns what is wrong with the answer, empty if nothing is."""


@dataclass
class Times:
    """Milliseconds of the calls of each kind, how many failed, and what the first of these said."""

    by_kind: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: int = 0
    first_failure: str = ""

    def percentile(self, percent: float, kind: str | None = None) -> float:
        """A percentile over all calls, or those of a kind."""
        found = [ms for name, times in self.by_kind.items() if kind in {None, name} for ms in times]
        found.sort()
        return round(found[min(int(len(found) * percent / 100), len(found) - 1)], 1)


@asynccontextmanager
async def rest_clients(address: str) -> AsyncIterator[Send]:
    """Sends calls of the REST API at an address, from its clients in turn."""
    async with AsyncExitStack() as stack:
        sessions = [
            await stack.enter_async_context(aiohttp.ClientSession(address)) for _ in range(CLIENTS)
        ]
        numbers = count()

        async def send(call: Call) -> str:
            async with sessions[next(numbers) % CLIENTS].get(call.path) as answer:
                content = await answer.text()
            return "" if answer.status == 200 else f"{answer.status} {call.path} {content[:300]}"

        yield send


async def open_loop(send: Send, calls: Sequence[Call], per_second: float) -> Times:
    """The calls, each when it is due, whether or not earlier ones are answered; timed from when they were due."""
    times = Times()
    begun = time.monotonic() + 0.1
    tasks = []
    for n, call in enumerate(calls):
        due = begun + n / per_second
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tasks.append(asyncio.create_task(_timed(send, call, due, times)))
    await asyncio.gather(*tasks)
    return times


async def closed_loop(send: Send, calls: Sequence[Call]) -> float:
    """The calls a second when each client sends the next as soon as it has an answer."""
    left = list(calls)
    times = Times()

    async def client() -> None:
        while left:
            await _timed(send, left.pop(), time.monotonic(), times)

    begun = time.monotonic()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return len(calls) / (time.monotonic() - begun)


async def _timed(send: Send, call: Call, due: float, times: Times) -> None:
    wrong = await send(call)
    times.by_kind[call.kind].append(1000 * (time.monotonic() - due))
    if wrong:
        times.failed += 1
        times.first_failure = times.first_failure or wrong
