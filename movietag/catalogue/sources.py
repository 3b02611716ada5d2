"""What a catalogue is to its caller."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from movietag.catalogue.film import WantedFilm
from movietag.catalogue.service import Ask, JsonService
from movietag.crawl.known_film import KnownFilm


class FilmSource(Protocol):
    """A service that knows films: how it is asked, and what its answers mean.

    Attributes:
        name: as in the setting ``catalogue``.
        service: that answers.
    """

    name: str
    service: JsonService

    def films(self, wanted: WantedFilm, ask: Ask) -> AsyncIterator[Sequence[KnownFilm]]:
        """The films that may be meant, from the best query to the widest; no further query is made once one is right.

        Raises:
            CatalogueError: a query fails.
        """
        ...

    async def completed(self, film: KnownFilm, ask: Ask) -> KnownFilm:
        """The film that was chosen, with what takes a further query.

        Raises:
            CatalogueError: the query fails.
        """
        ...
