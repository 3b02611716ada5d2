"""A worker that gave its partitions back stays out of its group until its server answers."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from movietag.errors import TransientError
from movietag.kafka.clients import admin
from movietag.kafka.lag import has_members
from movietag.settings import Settings

LONGEST_REST = 1800.0  # seconds

Probe = Callable[[], Awaitable[object]]


def rest_seconds(times: int, bound: float) -> float:
    """How long a worker that gave back so often in a row stays outside at least: 0, 1, 3, 7 … times the bound."""
    return min(bound * float(2 ** min(times - 1, 20) - 1), LONGEST_REST)


class ComingBack:
    """Keeps a process that gave back out of its group until its server answers, or nobody else is left.

    Args:
        probe: raises TransientError while the server does not answer; None: what it waits for is known at start.
        alone: whether the group has no member.
        seconds: the bound of giving back.
        times: how often in a row it gave back.
        clock: as ``time.monotonic``.
    """

    def __init__(
        self,
        probe: Probe | None,
        alone: Callable[[], Awaitable[bool]],
        seconds: float,
        times: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._probe = probe
        self._alone = alone
        self._clock = clock
        self._until = clock() + rest_seconds(times, seconds)

    async def allowed(self) -> None:
        """Return if the process may join.

        Raises:
            TransientError: it stays outside for now.
        """
        left = self._until - self._clock()
        try:
            if left > 0:
                raise TransientError(
                    f"It gave its partitions back several times, and rests for {left:.0f} s more."
                )
            if self._probe:
                await self._probe()
        except TransientError as error:
            if await self._alone():
                return
            raise TransientError(f"Its partitions are given back. {error}") from error


async def without_members(group: str, settings: Settings) -> bool:
    """Whether a consumer group has no member; raises TransientError."""
    async with admin(settings) as client:
        return not await has_members(client, group)
