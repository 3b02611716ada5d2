"""What a user typed, resolved to a movie: used by every command and page that looks a movie up.

A text means the movie with that id; else the movie that `movietag add` would make of it (a line of text, or
JSON); else all movies with this title, of any year if the text names none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from movietag.errors import UsageError
from movietag.rules.movie_ids import catalogue_ids, catalogue_of, movie_id_in, movie_id_of
from movietag.rules.reading.catalogue_ids import ids_in
from movietag.rules.reading.text import displayed, normal_title
from movietag.rules.spelling.forms import whole_form
from movietag.rules.titles import is_json, title_of


class Nameable(Protocol):
    """A movie, or what is stored of one."""

    @property
    def movie_id(self) -> str:
        """Its id."""

    @property
    def title(self) -> str:
        """Its title without the year."""

    @property
    def year(self) -> int | None:
        """Its year, if known."""


M = TypeVar("M", bound=Nameable)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a text may mean: ids in order of preference, and titles, both whole and without the year.

    Without titles it can only mean an id.
    """

    movie_ids: tuple[str, ...]
    titles: tuple[str, ...] = ()
    year: int | None = None

    def fits(self, movie: Nameable) -> bool:
        """Whether the text names no other year, and no other id of the movie's catalogue."""
        catalogue = catalogue_of(movie.movie_id)
        is_other = catalogue is not None and catalogue in map(catalogue_of, self.movie_ids)
        return self.year in (None, movie.year) and not is_other

    def exactly(self, movies: Sequence[M]) -> list[M]:
        """Of these movies the one meant, or several with one title; a match of single words does not count."""
        for movie_id in self.movie_ids:
            if found := [movie for movie in movies if movie.movie_id == movie_id]:
                return found
        wanted = [normal_title(title) for title in self.titles]
        return [
            movie
            for movie in movies
            if (title := normal_title(movie.title)) in wanted
            and (title != wanted[0] or self.fits(movie))
        ]

    def alike(self, movies: Sequence[M]) -> list[M]:
        """Of these movies those whose whole title is the one meant, however it is spelled."""
        wanted = {whole_form(title) for title in self.titles} - {""}
        return [movie for movie in movies if whole_form(movie.title) in wanted and self.fits(movie)]


def lookup(text: str) -> Lookup:
    """Parse what a user typed.

    Raises:
        UsageError: it is JSON that `movietag add` would refuse.
    """
    if is_json(text):
        title = title_of(text)
        ids = catalogue_ids(title.imdb, title.tmdb)
        if title.movie_id not in {movie_id_of(title.title, title.year), *ids}:  # it names another
            return Lookup((title.movie_id,))
        return Lookup(
            _unique(title.movie_id, *ids), _unique(title.title, _folded(title.title)), title.year
        )
    utf_8 = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    whole = " ".join(unicodedata.normalize("NFKC", utf_8).split())
    as_id = movie_id_in(whole)
    try:
        made = title_of(text)
    except UsageError:  # an id or its address alone, or the stages take no such title any more
        alone = ids_in(displayed(utf_8))
        ids = catalogue_ids(next(iter(alone.imdb), None), next(iter(alone.tmdb), None))
        return Lookup(_unique(as_id, *ids), (whole,) if whole else ())
    ids = catalogue_ids(made.imdb, made.tmdb)
    return Lookup(
        _unique(as_id, made.movie_id, *ids, as_id and as_id.casefold()),
        _unique(made.title, whole, _folded(made.title)),
        made.year,
    )


def _folded(title: str) -> str | None:
    """The title as it is compared, where an index that only ignores case would miss it."""
    folded = normal_title(title)
    return folded if folded != title.lower() else None


def _unique(*texts: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
