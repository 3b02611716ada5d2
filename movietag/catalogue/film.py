"""What a title says of its film, and a film made of what a catalogue says of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from movietag.crawl.known_film import KnownFilm, OfficialVideo, VideoSite

MOST_TITLES: Final = 100
LONGEST_TITLE: Final = 300  # characters, as of a title that a user sends
MOST_GENRES: Final = 20
LONGEST_GENRE: Final = 100  # characters
MOST_OFFICIAL: Final = 20
FIRST_YEAR, LAST_YEAR = 1870, 2100
SHORTEST, LONGEST = 60.0, 100 * 3600.0  # seconds of running time that can be right

_IMDB: Final = re.compile(r"tt[0-9]{7,10}")
_WIKIDATA: Final = re.compile(r"Q[0-9]{1,12}")


_VIDEO_IDS: Final = {
    VideoSite.YOUTUBE: re.compile(r"[A-Za-z0-9_-]{11}"),
    VideoSite.VIMEO: re.compile(r"[0-9]{5,12}"),
}


@dataclass(frozen=True, slots=True)
class WantedFilm:
    """What a title says of its film."""

    title: str
    year: int | None = None
    imdb: str | None = None
    tmdb: int | None = None


def bounded_film(
    *,
    titles: Iterable[str],
    years: Iterable[int] = (),
    genres: Iterable[str] = (),
    seconds: float | None = None,
    imdb: str = "",
    tmdb: int | None = None,
    wikidata: str = "",
    official: Iterable[tuple[str, str]] = (),
) -> KnownFilm | None:
    """A film of what a catalogue says, which may be anything; what is out of bounds is left out.

    Args:
        titles: the main one first.
        years: of all releases known.
        genres: by name.
        seconds: the running time.
        imdb: like ``tt0113277``.
        tmdb: its number at TMDB.
        wikidata: like ``Q42198``.
        official: site and id of each official video, the best first.

    Returns:
        None if no title is left.
    """
    names = _clean(titles, LONGEST_TITLE, MOST_TITLES)
    if not names:
        return None
    return KnownFilm(
        titles=names,
        years=tuple(sorted({year for year in years if FIRST_YEAR <= year <= LAST_YEAR})),
        genres=clean_genres(genres),
        seconds=seconds if seconds is not None and SHORTEST <= seconds <= LONGEST else None,
        imdb=imdb if _IMDB.fullmatch(imdb) else None,
        tmdb=tmdb if tmdb is not None and 1 <= tmdb < 2**31 else None,
        wikidata=wikidata if _WIKIDATA.fullmatch(wikidata) else None,
        official=_official(official),
    )


def clean_genres(names: Iterable[str]) -> tuple[str, ...]:
    """Names of genres within bounds, each once."""
    return _clean(names, LONGEST_GENRE, MOST_GENRES)


def _official(named: Iterable[tuple[str, str]]) -> tuple[OfficialVideo, ...]:
    videos = [
        OfficialVideo(VideoSite(site.lower()), video_id)
        for site, video_id in named
        if site.lower() in _VIDEO_IDS and _VIDEO_IDS[VideoSite(site.lower())].fullmatch(video_id)
    ]
    return tuple(dict.fromkeys(videos))[:MOST_OFFICIAL]


def _clean(texts: Iterable[str], longest: int, most: int) -> tuple[str, ...]:
    """Texts in NFC without control, format and other invisible characters, each once whatever its case."""
    found: dict[str, str] = {}
    for text in texts:
        if len(found) == most:
            break
        if len(text) > 4 * longest:  # invisible characters may be many, but not that many
            continue
        visible = "".join(
            " " if char.isspace() else char
            for char in unicodedata.normalize("NFC", text)
            if char.isspace() or unicodedata.category(char)[0] != "C"
        )
        plain = " ".join(visible.split())
        if any(map(str.isalnum, plain)) and len(plain) <= longest:
            found.setdefault(plain.casefold(), plain)
    return tuple(found.values())
