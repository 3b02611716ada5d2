"""Looking a title's film up: by the cache, else by the catalogue, within a bound of time, and never failing."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from movietag.catalogue.cache import AnswerCache, StoredAnswer
from movietag.catalogue.choosing import Ambiguous, choose_film
from movietag.catalogue.errors import CatalogueError
from movietag.catalogue.film import WantedFilm
from movietag.catalogue.sources import FilmSource
from movietag.crawl.breaker import Pauses
from movietag.crawl.known_film import KnownFilm

LOOKUP_SECONDS: Final = 15.0  # one lookup, with all its queries, tries and pauses
FAILING: Final = Pauses(60.0, 30 * 60.0)  # without a query after failures of the service

log = logging.getLogger(__name__)


class LookupResult(StrEnum):
    """How a lookup ended."""

    FILM = "film"
    NONE = "none"
    AMBIGUOUS = "ambiguous"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FilmAnswer:
    """The film of a title, or why there is none, for people.

    ``failed``: the catalogue did not answer; else it knows no such film, or several.
    """

    film: KnownFilm | None = None
    why: str = ""
    failed: bool = False


class FilmLookup:
    """Looks films up, one at a time. A service that fails is left alone for a while, longer each time.

    Args:
        source: the catalogue.
        cache: of its answers.
        counted: receives how each lookup ended, and ``service``, ``cache`` or ``none``: who answered.
        clock: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        source: FilmSource,
        cache: AnswerCache,
        *,
        counted: Callable[[LookupResult, str], None] = lambda _result, _by: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._cache = cache
        self._counted = counted
        self._clock = clock
        self._lock = asyncio.Lock()
        self._paused_until = float("-inf")
        self._failures = 0  # of the service, in a row
        self._reason = ""

    async def film(self, wanted: WantedFilm) -> FilmAnswer:
        """The film that a title means; returns after ``LOOKUP_SECONDS`` of its own turn at the latest.

        A failure is no error: an answer that the cache holds is used whatever its age, else there is none.
        """
        stored = await asyncio.to_thread(self._cache.read, self._source.name, wanted)
        if stored is not None and self._cache.is_fresh(stored):
            return self._answered(wanted, stored.film, stored.why, "cache")
        async with self._lock:
            if self._clock() < self._paused_until:
                return self._failed(wanted, stored, self._reason)
            try:
                chosen = await self._ask(wanted)
            except CatalogueError as error:
                self._pause(error)
                return self._failed(wanted, stored, error.reason)
        self._failures = 0
        film = chosen if isinstance(chosen, KnownFilm) else None
        why = str(chosen) if isinstance(chosen, Ambiguous) else ""
        await asyncio.to_thread(self._cache.write, self._source.name, wanted, film, why)
        return self._answered(wanted, film, why, "service")

    async def _ask(self, wanted: WantedFilm) -> KnownFilm | Ambiguous | None:
        async with self._source.service.connected(LOOKUP_SECONDS) as ask:
            async for films in self._source.films(wanted, ask):
                chosen = choose_film(wanted, films)
                if isinstance(chosen, Ambiguous):
                    return chosen
                if chosen is not None:
                    return await self._source.completed(chosen, ask)
        return None

    def _pause(self, error: CatalogueError) -> None:
        """Leave a service that fails alone; an answer that is wrong for one title changes nothing for others."""
        if not error.of_service:
            return
        pause = max(error.pause, FAILING.after(self._failures))
        self._failures += 1
        self._paused_until = self._clock() + pause
        self._reason = error.reason
        log.warning(
            "The catalogue %s fails (%s): %s Titles are planned without it for %.0f s.",
            *(self._source.name, error.kind, error.reason, pause),
        )

    def _answered(
        self, wanted: WantedFilm, film: KnownFilm | None, why: str, by: str
    ) -> FilmAnswer:
        if film is not None:
            self._counted(LookupResult.FILM, by)
            return FilmAnswer(film)
        self._counted(LookupResult.AMBIGUOUS if why else LookupResult.NONE, by)
        why = why or "it knows no such film"
        log.info(
            "The catalogue %s does not say which film %s is: %s.", self._source.name, wanted, why
        )
        return FilmAnswer(None, f"The catalogue {self._source.name}: {why}.")

    def _failed(self, wanted: WantedFilm, stored: StoredAnswer | None, reason: str) -> FilmAnswer:
        if stored is not None:
            return self._answered(wanted, stored.film, stored.why, "cache")
        self._counted(LookupResult.FAILED, "none")
        log.info("%s is planned without the catalogue %s: %s", wanted, self._source.name, reason)
        return FilmAnswer(None, f"The catalogue {self._source.name} failed: {reason}", failed=True)
