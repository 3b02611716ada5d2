"""The id of a movie: of a catalogue, or made from its title and year."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

from movietag.records import MovieId
from movietag.rules.reading.text import normal_title

MAX_SLUG: Final = 60  # characters
MAX_MOVIE_ID: Final = 200  # bytes: ids of documents hold it, and end at 512
_MADE: Final = re.compile(r"(?P<slug>.+?)(?:-[0-9]{4})?-[0-9a-f]{8}")
_OF_CATALOGUE: Final = re.compile(r"(?P<imdb>tt[0-9]{7,10})|(?P<tmdb>tmdb-[0-9]+)")


def movie_id_of(
    title: str, year: int | None, *, imdb: str | None = None, tmdb: int | None = None
) -> MovieId:
    """The id of a movie: that of IMDb, else `tmdb-` and its number at TMDB, else made from title and year.

    One that is made is a slug of the title, the year if known, 8 hex digits of SHA-256 of both. Spellings that are
    equal in ``normal_title`` have one id, and so have two films of one title and year.
    """
    if known := catalogue_ids(imdb, tmdb):
        return known[0]
    name = normal_title(title)
    parts = re.split(r"-+", "".join(char if _wordy(char) else "-" for char in name))
    slug = "-".join(filter(None, parts))[:MAX_SLUG].strip("-") or "movie"
    digest = hashlib.sha256(f"{name}\n{year or ''}".encode()).hexdigest()[:8]
    return MovieId("-".join([slug, *([str(year)] if year else []), digest]))


def catalogue_ids(imdb: str | None, tmdb: int | None) -> tuple[MovieId, ...]:
    """The movie ids that ids of catalogues make, the first choice first."""
    known = [imdb] if imdb else []
    return tuple(map(MovieId, [*known, *([f"tmdb-{tmdb}"] if tmdb else [])]))


def catalogue_of(movie_id: str) -> str | None:
    """Whose id a movie id is: `imdb`, `tmdb`, or nobody's."""
    found = _OF_CATALOGUE.fullmatch(movie_id)
    return found.lastgroup if found else None


def title_in(movie_id: str) -> str:
    """The words of the title that an id is made of; another id, or a text that is none, unchanged."""
    made = _MADE.fullmatch(movie_id)
    return made["slug"].replace("-", " ") if made else movie_id


def movie_id_in(text: str) -> MovieId | None:
    """The text as a movie id, in NFKC; None if it cannot be one."""
    movie_id = unicodedata.normalize("NFKC", text)
    fits = (
        all(_wordy(char) or char in "_.-" for char in movie_id)
        and 1 <= len(movie_id.encode()) <= MAX_MOVIE_ID
        and movie_id.strip(".")
    )
    return MovieId(movie_id) if fits else None


def _wordy(char: str) -> bool:
    """Letter, mark or digit of any script (marks: the vowels of Hindi are not letters)."""
    return unicodedata.category(char)[0] in "LMN"
