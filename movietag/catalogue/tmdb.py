"""TMDB (themoviedb.org): its answers as films. Written from its documentation, not run against the real service."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import Final

from movietag.catalogue.choosing import YEARS_OFF, spelling, spellings_of
from movietag.catalogue.door import Door
from movietag.catalogue.errors import UnknownIdError, changed
from movietag.catalogue.film import WantedFilm, bounded_film
from movietag.catalogue.service import Ask, JsonService
from movietag.catalogue.tree import Tree
from movietag.crawl.known_film import KnownFilm

ADDRESS: Final = "https://api.themoviedb.org/3"
INTERVAL: Final = 0.1  # seconds; it allows some 40 requests a second
MOST_DETAILS: Final = 4  # films of a search whose details are requested
_TOKEN: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")  # a JSON web token: "v4"; else a key: "v3"
_APPENDED: Final = "alternative_titles,translations,videos,external_ids"
# Of videos, only those of named languages are returned; "null" are those without one.
_LANGUAGES: Final = "en,null,ar,cn,cs,da,de,el,es,fa,fi,fr,he,hi,hu,id,it,ja,ko,nb,nl,no,pl,pt,ro,ru,sv,ta,te,th,tr,uk,vi,zh"
_KINDS: Final = ("Trailer", "Teaser", "Clip")  # and not "Featurette", "Behind the Scenes" …
_WORKING: Final = ("working", "fake", "informal")  # kinds of titles that other films have, too


class Tmdb:
    """TMDB's API, version 3; ``key`` is a key (v3) or a token (v4), both from the settings of an account there."""

    name = "tmdb"

    def __init__(self, door: Door, agent: str, key: str) -> None:
        token = _TOKEN.fullmatch(key) is not None
        headers = {"User-Agent": agent} | ({"Authorization": f"Bearer {key}"} if token else {})
        self.service = JsonService(
            door, headers, INTERVAL, parameters={} if token else {"api_key": key}
        )

    async def films(self, wanted: WantedFilm, ask: Ask) -> AsyncIterator[Sequence[KnownFilm]]:
        """By id, then by title and year, then by title alone."""
        if wanted.tmdb:
            yield await _detailed(ask, [wanted.tmdb])
        if wanted.imdb:
            found = await ask(f"/find/{wanted.imdb}", {"external_source": "imdb_id"})
            yield await _detailed(ask, [one["id"].whole for one in _list(found, "movie_results")])
        years = ({"year": str(wanted.year)}, {}) if wanted.year else ({},)
        for year in years:
            query = {"query": wanted.title, "include_adult": "false", "page": "1", **year}
            hits = _list(await ask("/search/movie", query), "results")
            yield await _detailed(ask, plausible(wanted, hits))

    async def completed(self, film: KnownFilm, ask: Ask) -> KnownFilm:
        """The film as it is: its details have all."""
        del ask
        return film


def plausible(wanted: WantedFilm, hits: Tree) -> list[int | None]:
    """Of a search's hits, the ids of those whose details are worth a request, the best first.

    Those with the title in the list come before those that may have it among their alternative titles.
    """
    spellings = spellings_of(wanted.title)
    near: list[int | None] = []
    named: list[int | None] = []
    for hit in hits:
        year = _year(hit["release_date"])
        if wanted.year and year and abs(year - wanted.year) > YEARS_OFF:
            continue
        titles = {spelling(hit[name].text) for name in ("title", "original_title")}
        (named if titles & spellings else near).append(hit["id"].whole)
    return (named or near)[:MOST_DETAILS]


def film_of_tmdb(details: Tree) -> KnownFilm | None:
    """A film from its details."""
    others = [
        one["title"].text
        for one in details["alternative_titles"]["titles"]
        if not any(word in one["type"].text.lower() for word in _WORKING)
    ]
    translated = [one["data"]["title"].text for one in details["translations"]["translations"]]
    minutes = details["runtime"].number
    year = _year(details["release_date"])
    return bounded_film(
        titles=[details["title"].text, details["original_title"].text, *translated, *others],
        years=[year] if year else [],
        genres=[one["name"].text for one in details["genres"]],
        seconds=60 * minutes if minutes else None,
        imdb=details["imdb_id"].text or details["external_ids"]["imdb_id"].text,
        tmdb=details["id"].whole,
        wikidata=details["external_ids"]["wikidata_id"].text,
        official=_official_videos(details["videos"]["results"]),
    )


def _official_videos(videos: Tree) -> list[tuple[str, str]]:
    """Official trailers, then teasers, then clips; TMDB's order within a kind."""
    official = [one for one in videos if one["official"].is_true and one["type"].text in _KINDS]
    official.sort(key=lambda one: _KINDS.index(one["type"].text))
    return [(one["site"].text, one["key"].text) for one in official]


async def _detailed(ask: Ask, ids: Sequence[int | None]) -> list[KnownFilm]:
    """The films of these ids; those that have been deleted are left out."""
    films = []
    for tmdb_id in ids:
        if tmdb_id is None or tmdb_id < 1:
            continue
        query = {"append_to_response": _APPENDED, "include_video_language": _LANGUAGES}
        try:
            details = await ask(f"/movie/{tmdb_id}", query)
        except UnknownIdError:
            continue
        film = film_of_tmdb(details)
        if film is None or film.tmdb is None:
            raise changed("neither title nor id")
        films.append(film)
    return films


def _list(answer: Tree, name: str) -> Tree:
    if not answer[name].is_list:
        raise changed(f"no list `{name}`")
    return answer[name]


def _year(date: Tree) -> int | None:
    """The year of a date such as ``1995-12-15``; TMDB writes an unknown one as an empty text."""
    return int(date.text[:4]) if re.match(r"[0-9]{4}-", date.text) else None
