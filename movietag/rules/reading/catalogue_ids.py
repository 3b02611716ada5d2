"""Ids of catalogues in a line: tags of library folders, addresses of pages, and bare ids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MOST_TMDB: Final = 2**31 - 1
_IMDB: Final = r"tt\d{5,10}"
_MARKDOWN: Final = re.compile(
    r"\[(?P<text>[^\[\]]+(?:\[[^\[\]]*\][^\[\]]*)*)\]\((?P<url>[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)"
)
_PAGES: Final = re.compile(
    rf"<?(?:https?://)?(?:\w+\.)?(?:imdb\.com/(?:[\w-]+/)?title/(?P<imdb>{_IMDB})"
    r"|(?:themoviedb|tmdb)\.org/movie/(?P<tmdb>\d+))(?:[/?#\-][^\s()\[\]{}<>]*)?>?",
    re.IGNORECASE,
)
_TAGS: Final = re.compile(
    r"[\[{(]\s*(?P<scheme>imdb|tmdb|tvdb|tvmaze|anidb)(?:[ _-]?id)?\s*[-=:_ ]\s*"
    r"(?P<value>[\w-]*\d[\w-]*)\s*[\]})]",
    re.IGNORECASE,
)
_BARE: Final = re.compile(
    rf"[\[{{(]\s*(?P<wrapped>{_IMDB})\s*[\]}})]"
    rf"|(?<![\w/-])(?:imdb(?:id)?\s*[-=: ]\s*)?(?P<imdb>{_IMDB})(?![\w/-])"
    r"|(?<![\w/-])tmdb(?:id)?\s*[-=:]?\s*(?P<tmdb>\d+)(?![\w/-])",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(
    r"\b(?!file:)[a-z][a-z0-9+.-]*://\S+|magnet:\?\S+|\bwww\.\S+"
    r"|(?<![\w.@])(?:[a-z0-9-]+\.)+(?:com|org|net|tv|be|me|io|de|fr|jp|kr|uk|eu|us|co|ru|it|es|to|cc|info)/\S+",
    re.IGNORECASE,
)
# Pages about a film: what is behind the title of one.
_ABOUT: Final = re.compile(
    r"<?(?:https?://)?(?:[\w-]+\.)*(?:letterboxd\.com|boxd\.it|wikipedia\.org|wikidata\.org|rottentomatoes\.com|trakt\.tv"
    r"|metacritic\.com|mubi\.com|justwatch\.com|filmaffinity\.com|kinopoisk\.ru|allocine\.fr|douban\.com|thetvdb\.com"
    r"|criterion\.com|imdb\.com|themoviedb\.org)/[^\s<>]*>?",
    re.IGNORECASE,
)
# Where a release comes from, before its name: `www.site.com - Heat`.
_SITE: Final = re.compile(r"^\[?\s*www\.[\w.-]+\s*\]?\s*[-–]+\s*", re.IGNORECASE)  # noqa: RUF001
_ALONE: Final = re.compile(r"Q\d{3,}|nm\d{7,}|10\.5240/[\w/-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ids:
    """What a line says besides its title.

    Attributes:
        rest: the line without the ids.
        imdb, tmdb: the ids, each once.
    """

    rest: str
    imdb: tuple[str, ...] = ()
    tmdb: tuple[int, ...] = ()


def ids_in(text: str) -> Ids:
    """Take the ids of catalogues out of a line."""
    imdb: dict[str, None] = {}
    tmdb: dict[int, None] = {}

    def take(found: re.Match[str]) -> str:
        named = found.groupdict()
        scheme, value = (named.get("scheme") or "").lower(), named.get("value") or ""
        film = named.get("imdb") or named.get("wrapped") or (value if scheme == "imdb" else "")
        number = named.get("tmdb") or (value if scheme == "tmdb" else "")
        if film and (known := imdb_id_in(film)):
            imdb[known] = None
        elif number and (known_number := tmdb_id_in(number)):
            tmdb[known_number] = None
        elif film or number:
            return found[0]
        return " "

    rest = _MARKDOWN.sub(r"\g<text> \g<url>", _SITE.sub("", text))
    for pattern in (_PAGES, _TAGS, _BARE):
        rest = pattern.sub(take, rest)
    about = _ABOUT.sub(" ", rest)
    if any(map(str.isalnum, about)):
        rest = about
    if rest != text:
        rest = re.sub(r"\(\s*\)|\[\s*\]|\{\s*\}", " ", rest)
    return Ids(" ".join(rest.split()), tuple(imdb), tuple(tmdb))


def imdb_id_in(text: str) -> str | None:
    """An id of IMDb in its usual form (``tt0113277``), from that or from its digits; None if it is none."""
    found = re.fullmatch(r"(?:tt)?(\d{1,10})", text.strip(), re.IGNORECASE)
    return f"tt{int(found[1]):07}" if found and int(found[1]) else None


def tmdb_id_in(text: str) -> int | None:
    """The number of a film at TMDB, from that or from its name in addresses (`949-heat`); None if it is none."""
    plain = text.strip().partition("-")[0]
    fits = plain.isascii() and plain.isdigit() and len(plain) <= 10
    return int(plain) if fits and 0 < int(plain) <= MOST_TMDB else None


def address_in(text: str) -> str | None:
    """The first address in a line."""
    found = _ADDRESS.search(text)
    return found[0] if found else None


def is_alone(text: str) -> bool:
    """Whether the line is an id of a catalogue that is not kept, and no title."""
    return _ALONE.fullmatch(text) is not None


def begins_with_tag(text: str) -> bool:
    """Whether a line begins with a tag in braces, so that it is no JSON: `{tmdb-949} Heat (1995)`."""
    return text.startswith("{") and _TAGS.match(text) is not None
