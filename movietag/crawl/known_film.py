"""What is known of a film besides the title that a user sent: from a catalogue, for the choice of videos."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class VideoSite(StrEnum):
    """A site of official videos, as yt-dlp names its extractor."""

    YOUTUBE = "youtube"
    VIMEO = "vimeo"


_ADDRESSES: Final = {
    VideoSite.YOUTUBE: "https://www.youtube.com/watch?v={}",
    VideoSite.VIMEO: "https://vimeo.com/{}",
}


class OfficialVideo(msgspec.Struct, frozen=True):
    """A trailer or clip that the catalogue calls official; its id has the form of its site's ids."""

    site: VideoSite
    id: str

    @property
    def url(self) -> str:
        """Its page."""
        return _ADDRESSES[self.site].format(self.id)


class KnownFilm(msgspec.Struct, frozen=True, kw_only=True):
    """A film, the same for every catalogue, within bounds: ``movietag.catalogue.film.bounded_film`` makes it.

    Attributes:
        titles: in all languages, the main one first, each once; at least one.
        years: of its releases, the first one first; empty if unknown.
        genres: as the catalogue names them.
        seconds: its running time.
        official: its official videos, trailers first.
    """

    titles: tuple[str, ...]
    years: tuple[int, ...] = ()
    genres: tuple[str, ...] = ()
    seconds: float | None = None
    imdb: str | None = None
    tmdb: int | None = None
    wikidata: str | None = None
    official: tuple[OfficialVideo, ...] = ()

    @property
    def year(self) -> int | None:
        """The year of its first release."""
        return self.years[0] if self.years else None
