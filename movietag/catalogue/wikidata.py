"""Wikidata: its items as films. Written from its documentation, not run against the real service.

Its action API is used, since what a lookup needs are a search and some items: both are cheap there, and SPARQL
at query.wikidata.org is neither made for that nor as reliable.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

import msgspec

from movietag.catalogue.door import Door
from movietag.catalogue.errors import CatalogueError, changed
from movietag.catalogue.film import WantedFilm, bounded_film, clean_genres
from movietag.catalogue.service import Ask, JsonService
from movietag.catalogue.tree import Tree
from movietag.crawl.known_film import KnownFilm

ADDRESS: Final = "https://www.wikidata.org"
PATH: Final = "/w/api.php"
INTERVAL: Final = 1.0  # seconds; one request at a time, as its etiquette wants
MOST_ITEMS: Final = 12  # of a search
LATEST: Final = 3  # years from the first release to one elsewhere; what is later is a rerelease
LONGEST_QUERY: Final = 200  # characters; the search refuses 300
BUSY: Final = frozenset(
    {"maxlag", "ratelimited", "readonly", "cirrussearch-too-busy-error", "search-backend-error"}
)

TITLE, IMDB, TMDB, RELEASED, GENRE, DURATION, YOUTUBE, VIMEO = (
    *("P1476", "P345", "P4947", "P577"),
    *("P136", "P2047", "P1651", "P4015"),
)
ROLES: Final = ("P3831", "P2868")  # of a statement's object, or of its subject
TRAILER: Final = "Q622550"
SECONDS_OF: Final = {"Q7727": 60.0, "Q11574": 1.0, "Q25235": 3600.0}  # minute, second, hour


class Wikidata:
    """Wikidata's action API; it needs no key, and a user agent that says whom to write to."""

    name = "wikidata"

    def __init__(self, door: Door, agent: str) -> None:
        parameters = {"format": "json", "formatversion": "2", "maxlag": "5"}
        self.service = JsonService(
            door, {"User-Agent": agent}, INTERVAL, parameters=parameters, busy=_busy
        )
        self._genres: dict[str, str] = {}

    async def films(self, wanted: WantedFilm, ask: Ask) -> AsyncIterator[Sequence[KnownFilm]]:
        """By id, then by title and year, then by title alone."""
        for prop, value in ((IMDB, wanted.imdb), (TMDB, wanted.tmdb)):
            if value:
                yield await self._found(ask, f"haswbstatement:{prop}={value}")
        name = wanted.title.translate(dict.fromkeys(map(ord, '"\\'), " "))[:LONGEST_QUERY].strip()
        # Only films have this id. Its description says "1995 film" in English, and the year in many languages.
        years = (f"{wanted.year} ", "") if wanted.year else ("",)
        for year in years:
            yield await self._found(ask, f'"{name}" {year}haswbstatement:{TMDB}')

    async def completed(self, film: KnownFilm, ask: Ask) -> KnownFilm:
        """The film with the names of its genres in place of their ids; without those that cannot be had."""
        lacking = [genre for genre in film.genres if genre not in self._genres]
        if lacking:
            query = {
                "action": "wbgetentities",
                "ids": "|".join(lacking),
                "props": "labels",
                "languages": "en",
            }
            for item in (await ask(PATH, query))["entities"]:
                if (genre := item["id"].text) in lacking:
                    name = item["labels"]["en"]["value"].text
                    self._genres[genre] = "".join(clean_genres([name]))
        named = clean_genres(self._genres.get(genre, "") for genre in film.genres)
        return msgspec.structs.replace(film, genres=named)

    async def _found(self, ask: Ask, search: str) -> list[KnownFilm]:
        query = {
            "action": "query",
            "list": "search",
            "srsearch": search,
            "srnamespace": "0",
            "srlimit": str(MOST_ITEMS),
            "srprop": "",
        }
        answer = await ask(PATH, query)
        hits = answer["query"]["search"]
        if not hits.is_list:
            raise _refused(answer)
        ids = [
            title
            for hit in hits
            if (title := hit["title"].text)[:1] == "Q" and title[1:].isdecimal()
        ]
        if not ids:
            return []
        answer = await ask(
            PATH,
            {
                "action": "wbgetentities",
                "ids": "|".join(ids[:MOST_ITEMS]),
                "props": "labels|aliases|claims",
            },
        )
        if not (answer["entities"].is_map or answer["entities"].is_list):
            raise _refused(answer)
        films = (film_of_wikidata(item) for item in answer["entities"] if "missing" not in item)
        return [film for film in films if film is not None]


def film_of_wikidata(item: Tree) -> KnownFilm | None:
    """A film from its item; genres are ids of items."""
    claims = item["claims"]
    years = [year for year in map(_year, _values(claims[RELEASED])) if year is not None]
    first = min(years, default=0)
    return bounded_film(
        titles=_titles(item),
        years=[year for year in years if year <= first + LATEST],
        genres=[value["id"].text for value in _values(claims[GENRE])],
        seconds=_duration(claims[DURATION]),
        imdb=_first_text(claims[IMDB]),
        tmdb=next((value.whole for value in _values(claims[TMDB])), None),
        wikidata=item["id"].text,
        official=[
            (site, value.text)
            for site, prop in (("youtube", YOUTUBE), ("vimeo", VIMEO))
            for claim in _claims(claims[prop])
            if _is_trailer(claim)
            for value in [claim["mainsnak"]["datavalue"]["value"]]
        ],
    )


def _titles(item: Tree) -> Iterator[str]:
    """The English label, the title in its own language, the other labels, then the aliases, English ones first."""
    yield item["labels"]["en"]["value"].text
    yield from (value["text"].text for value in _values(item["claims"][TITLE]))
    yield from (label["value"].text for label in item["labels"])
    yield from (alias["value"].text for alias in item["aliases"]["en"])
    yield from (alias["value"].text for aliases in item["aliases"] for alias in aliases)


def _duration(claims: Tree) -> float | None:
    """The running time in seconds: of several, e.g. of versions, the preferred or first one."""
    for value in _values(claims):
        unit = SECONDS_OF.get(value["unit"].text.rpartition("/")[2])
        amount = value["amount"].number
        if unit and amount:
            return unit * amount
    return None


def _year(time: Tree) -> int | None:
    """The year of a time such as ``+1995-12-15T00:00:00Z``, unless it is less precise than a year."""
    text = time["time"].text
    precise = (time["precision"].whole or 0) >= 9
    return int(text[1:5]) if precise and text[:1] == "+" and text[1:5].isdecimal() else None


def _is_trailer(claim: Tree) -> bool:
    return any(
        role["datavalue"]["value"]["id"].text == TRAILER
        for prop in ROLES
        for role in claim["qualifiers"][prop]
    )


def _first_text(claims: Tree) -> str:
    return next((value.text for value in _values(claims)), "")


def _values(claims: Tree) -> Iterator[Tree]:
    return (claim["mainsnak"]["datavalue"]["value"] for claim in _claims(claims))


def _claims(claims: Tree) -> list[Tree]:
    """The statements that hold, preferred ones first."""
    held = [claim for claim in claims if claim["rank"].text != "deprecated"]
    return sorted(held, key=lambda claim: claim["rank"].text != "preferred")


def _busy(answer: Tree) -> str:
    """Why Wikidata says with status 200 that it is busy; empty if it does not."""
    error = answer["error"]
    code = error["code"].text
    return f"{code} {error['info'].text}" if code in BUSY or code.startswith("internal_") else ""


def _refused(answer: Tree) -> CatalogueError:
    code, info = answer["error"]["code"].text, answer["error"]["info"].text
    return changed(f"the error {code[:60]!r}: {info[:200]}" if code else "no list of items")
