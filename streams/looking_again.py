"""Movies that are short of videos are looked for again after some days: their titles are sent as those of a list.

Each worker does so for the movies of its partitions, out of its ledger; a title that is sent twice is one more search,
and changes nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError

from movietag.errors import MovietagError
from movietag.records import MovieId, Placed
from movietag.rules.history import History
from movietag.rules.looking_again import is_day_of, title_again
from movietag.streams.runtime.topics import Sender

ROUND_SECONDS: Final = 3600.0  # from one look at the ledger to the next
BATCH: Final = 20  # titles that are sent at once
BATCH_SECONDS: Final = 60.0
SENT_SECONDS: Final = 43_200.0

log = logging.getLogger("movietag")


class LedgerMovies(Protocol):
    """The ledger of the plan stage: ``movietag.streams.ledger.ledger.Ledger``."""

    def movies(self) -> AsyncIterator[tuple[int, MovieId]]:
        """Partition and id of each movie of this worker; one may come twice."""
        ...

    def facts(self, movie_id: MovieId, partition: int) -> list[Placed]:
        """All facts of a movie."""
        ...


@dataclass
class LookingAgain:
    """Sends the titles of movies that are short of videos, each on its day of a round.

    At most ``BATCH`` titles a minute, and only while no title of a list waits: so nobody's list waits for it, and few
    titles are sent again after a restart.

    Attributes:
        days: of a round; 0: nothing is ever sent.
        ledger: has the movies.
        titles: takes the titles.
        idle: whether no title of a list waits.
        clock: seconds since 1970.
        sleep: as asyncio's.
        monotonic: seconds of a clock that never jumps: what was sent is not sent again for half a day of it.
    """

    days: int
    ledger: LedgerMovies
    titles: Sender
    idle: Callable[[], bool]
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    _sent: dict[MovieId, float] = field(default_factory=dict)

    async def watch(self) -> None:
        """Look again and again; never returns."""
        while self.days:
            await self.sleep(BATCH_SECONDS)  # until titles of before the start have come
            try:
                await self.look()
            except (MovietagError, KafkaError, ProducerSendError) as error:
                log.info("movies that are short of videos are looked for later: %s", error)
            await self.sleep(ROUND_SECONDS)
        await asyncio.Event().wait()

    async def look(self) -> int:
        """Send the titles that are due today and were not sent of late; returns how many.

        Raises:
            MachineError: the ledger cannot be read.
            KafkaError or ProducerSendError: a title is not taken.
        """
        count, since = 0, self.monotonic() - SENT_SECONDS
        self._sent = {movie: at for movie, at in self._sent.items() if at > since}
        async for partition, movie_id in self.ledger.movies():
            now_ms = int(self.clock() * 1000)
            if movie_id in self._sent or not is_day_of(movie_id, now_ms, self.days):
                continue
            value = title_again(History(self.ledger.facts(movie_id, partition)), now_ms, self.days)
            if value is None:
                continue
            if count % BATCH == 0:
                while not self.idle():
                    await self.sleep(BATCH_SECONDS)
            await (await self.titles.send(key=movie_id.encode(), value=value))
            self._sent[movie_id] = self.monotonic()
            count += 1
            if count % BATCH == 0:
                await self.sleep(BATCH_SECONDS)
        if count:
            log.info("plan: %d movies that are short of videos are looked for again", count)
        return count
