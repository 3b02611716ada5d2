"""Captions by several servers that serve the same models: each call goes to the one with the least to do."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from movietag.captioning import (
    NOTHING_KNOWN,
    Captioned,
    Captioner,
    CaptionFailed,
    TritonAwayError,
)
from movietag.errors import TransientError
from movietag.records import Context, TaggerId

AGAIN: Final = 15.0  # seconds after which the addresses are looked up again
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds for which a server that is away is left out

T = TypeVar("T")


@dataclass(slots=True)
class _Server:
    captioner: Captioner
    in_flight: int = 0
    pause: float = 0.0
    away_until: float = 0.0


class BalancedCaptioner(Captioner):
    """Asks the server that has the fewest calls of ours in flight; one that is away is left out, and tried again.

    Args:
        addresses: which servers there are now; asked at the first call and every 15 s, so that servers may come and go.
        make: the captioner of one address.
        clock: seconds, as ``time.monotonic``.
    """

    def __init__(
        self,
        addresses: Callable[[], Awaitable[Sequence[str]]],
        make: Callable[[str], Captioner],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._addresses = addresses
        self._make = make
        self._clock = clock
        self._servers: dict[str, _Server] = {}
        self._looked_up = -AGAIN

    @property
    def servers(self) -> int:
        """How many there are, as far as is known; 0 before the first call."""
        return len(self._servers)

    async def caption(
        self, jpeg: bytes, context: Context = NOTHING_KNOWN, tagger: TaggerId | None = None
    ) -> Captioned:
        """Caption one frame; see ``Captioner``. A server that serves another tagger is passed over for one that does not."""
        answers: list[Captioned] = []

        async def ask(captioner: Captioner) -> Captioned | None:
            answers.append(await captioner.caption(jpeg, context, tagger))
            return answers[-1] if tagger in (None, answers[-1].tagger) else None

        return await self._first(ask) or answers[-1]

    async def tagger(self, within: float | None = None, like: TaggerId | None = None) -> TaggerId:
        """Which tagger answers; see ``Captioner``."""
        found = await self._first(lambda captioner: captioner.tagger(within, like))
        assert found is not None
        return found

    async def versions(self) -> Mapping[TaggerId, str]:
        """The served taggers, according to a server that answers; see ``Captioner``."""
        found = await self._first(lambda captioner: captioner.versions())
        assert found is not None
        return found

    async def close(self) -> None:
        """Close all connections."""
        servers, self._servers = self._servers, {}
        self._looked_up = -AGAIN
        for server in servers.values():
            await server.captioner.close()

    async def _first(self, ask: Callable[[Captioner], Awaitable[T | None]]) -> T | None:
        """The first answer that is one, of the servers that are not away; None if all that answer have none.

        Raises:
            CaptionFailed, PermanentError: of the first server that says so.
            TransientError: there is no server, or all are away or busy.
        """
        away: TransientError | None = None
        answered = False
        for server in await self._in_order():
            try:
                with _in_flight(server):
                    found = await ask(server.captioner)
            except CaptionFailed:
                server.pause = server.away_until = 0.0
                raise
            except TransientError as error:
                server.pause = min(max(server.pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
                server.away_until = self._clock() + server.pause
                away = error
                continue
            server.pause = server.away_until = 0.0
            answered = True
            if found is not None:
                return found
        if answered:
            return None
        raise away or TritonAwayError("There is no address of a Triton: check MOVIETAG_TRITON.")

    async def _in_order(self) -> list[_Server]:
        """The servers in the order in which to ask: those with the least in flight, then those that were away.

        Of those that were away and may be tried again, one call at a time goes there first.
        """
        await self._look_up()
        now = self._clock()

        def order(server: _Server) -> tuple[int, float]:
            if not server.pause:
                return 1, server.in_flight
            due = now >= server.away_until and not server.in_flight
            return (0, 0) if due else (2, server.away_until)

        return sorted(self._servers.values(), key=order)

    async def _look_up(self) -> None:
        if self._servers and self._clock() - self._looked_up < AGAIN:
            return
        self._looked_up = self._clock()
        try:
            wanted = await self._addresses()
        except TransientError:
            if not self._servers:
                raise
            return  # those that were known last
        for address in wanted:
            if address not in self._servers:
                self._servers[address] = _Server(self._make(address))
        for address in [one for one in self._servers if one not in wanted]:
            if not self._servers[address].in_flight:  # else at the next time
                await self._servers.pop(address).captioner.close()


@contextmanager
def _in_flight(server: _Server) -> Iterator[None]:
    server.in_flight += 1
    try:
        yield
    finally:
        server.in_flight -= 1
