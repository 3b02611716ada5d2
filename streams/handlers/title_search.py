"""The queries of the plan stage: which tagger is served, what is known of a film, and which videos a title has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from movietag.catalogue.film import WantedFilm
from movietag.catalogue.lookup import FilmAnswer
from movietag.crawl.errors import ThrottledError
from movietag.crawl.known_film import KnownFilm
from movietag.crawl.rate import SiteLimiter
from movietag.crawl.sources import Candidates
from movietag.crawl.turns import Rank
from movietag.records import TaggerId, Title, TitleRequest
from movietag.rules.failing import NONE_FITS, NOTHING_FOUND, SEARCH_FAILED
from movietag.rules.planning import SearchMore, SearchVideos
from movietag.streams.failures.tries import GivenUp, Tries
from movietag.streams.runtime.topics import Event
from movietag.streams.runtime.window import its_turn

OTHER_TAGGER = (
    "Further videos would be captioned by another tagger: the movie has {}, and {} is served."
    " Send the title with refresh, or serve the former tagger."
)


class Taggers(Protocol):
    """Returns the tagger that is served: a ``Captioner``."""

    async def tagger(self, within: float | None = None, like: TaggerId | None = None) -> TaggerId:
        """See ``movietag.captioning.Captioner``."""
        ...


NOT_ASKED = FilmAnswer()


class Films(Protocol):
    """Looks films up in a catalogue: a ``FilmLookup``."""

    async def film(self, wanted: WantedFilm) -> FilmAnswer:
        """See ``movietag.catalogue.lookup.FilmLookup``."""
        ...


@dataclass(frozen=True)
class TitleSearch:
    """Queries the tagger and the catalogue, and searches for videos.

    Attributes:
        taggers: say which tagger is served.
        find: finds the videos of a title; see ``movietag.crawl.sources.find_videos``.
        limiter: keeps searches apart.
        site: that is searched; all searches of a process are one site's.
        tries: of searches that fail.
        catalogue: asked before a search; None: none is.
    """

    taggers: Taggers
    find: Callable[[Title, KnownFilm | None], Awaitable[Candidates]]
    limiter: SiteLimiter
    site: str
    tries: Tries
    catalogue: Films | None = None

    async def tagger_for(self, search: SearchVideos | SearchMore) -> tuple[TaggerId, str]:
        """The tagger that is served, and why a plan's further videos cannot be captioned; empty: they can.

        Raises:
            TransientError: the tagger is unreachable.
        """
        if isinstance(search, SearchVideos):
            return await self.taggers.tagger(), ""
        wanted = search.plan.tagger
        served = wanted if search.plan.model else await self.taggers.tagger(like=wanted)
        return served, "" if served == wanted else OTHER_TAGGER.format(wanted, served)

    async def film_of(self, title: Title) -> FilmAnswer:
        """What the catalogue knows of a title's film; it is not asked where the title names its videos, and never fails."""
        if self.catalogue is None or title.sources:
            return NOT_ASKED
        return await self.catalogue.film(
            WantedFilm(title.title, title.year, title.imdb, title.tmdb)
        )

    async def videos_for(
        self, event: Event, title: Title, known: FilmAnswer = NOT_ASKED, rank: Rank = ()
    ) -> tuple[Candidates, str]:
        """A title's videos; where there is none, why. A title whose searches keep failing is given up after some tries.

        Of titles that wait for a search the one with the least ``rank`` is next.

        Raises:
            TransientError: the search fails now.
            PermanentError: the title names what cannot be had.
        """
        try:
            async with self.tries.counted(event):
                found = await self._find_politely(title, known.film, rank)
        except GivenUp as error:
            return Candidates(), f"{SEARCH_FAILED}{error}"
        return found, why_nothing(title, found, known)

    async def _find_politely(self, title: Title, film: KnownFilm | None, rank: Rank) -> Candidates:
        """Search no more often than the settings say; after a ThrottledError the next one waits for minutes.

        A search that works ends that: the pause after a later ThrottledError is a short one again.
        """
        if not title.sources:
            with its_turn():
                await self.limiter.turn(self.site, rank)
        try:
            found = await self.find(title, film)
        except ThrottledError as error:
            self.limiter.throttled(self.site, error.reason)
            raise
        if not title.sources:
            self.limiter.succeeded(self.site)
        return found


def with_genres(request: TitleRequest, film: KnownFilm | None) -> TitleRequest:
    """The request, with the genres of its film where its title names none."""
    if film is None or request.title.genres:
        return request
    title = msgspec.structs.replace(request.title, genres=film.genres)
    return msgspec.structs.replace(request, title=title)


def why_nothing(title: Title, found: Candidates, known: FilmAnswer = NOT_ASKED) -> str:
    """Why a title has no video, for people; empty if it has one."""
    if found.videos:
        return ""
    catalogue = f" {known.why}" if known.why else ""
    if not found.rejected:
        return f"{NOTHING_FOUND}{title.title!r}.{catalogue}"
    examples = "; ".join(
        f"{video.title!r}: {', '.join(video.reasons)}" for video in found.rejected[:3]
    )
    return (
        f"{NONE_FITS}{len(found.rejected)} videos that the search found is of {title.title!r}."
        f" The first were {examples}{'.' if catalogue else ''}{catalogue}"
    )
