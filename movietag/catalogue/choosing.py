"""Which of the films that a catalogue found is the one that a title means: pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from movietag.catalogue.film import WantedFilm
from movietag.crawl.judging.folding import fold
from movietag.crawl.judging.names import names_of
from movietag.crawl.known_film import KnownFilm

YEARS_OFF: Final = 1  # a premiere elsewhere


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several films fit a title equally well, so none is taken."""

    films: tuple[KnownFilm, ...]

    def __str__(self) -> str:
        named = [f"{film.titles[0]} ({film.year or '?'}){_id_of(film)}" for film in self.films[:4]]
        return f"{len(self.films)} films fit equally well: {', '.join(named)}"


def choose_film(wanted: WantedFilm, films: Sequence[KnownFilm]) -> KnownFilm | Ambiguous | None:
    """The film that a title means; None if none of them is.

    An id decides alone, and one that differs excludes. Otherwise one of the film's titles must be the title, and
    its year the title's, or one off. The year counts before the title, a main title before another one, a title as it is
    written ("9") before one that is spelled alike ("Nine"). Without a year, exactly one film may have the title.
    """
    open_to = [film for film in films if not _contradicts(wanted, film)]
    named = [film for film in open_to if _has_id(wanted, film)]
    if named:
        return _only(named)
    spellings = spellings_of(wanted.title)
    ranked = [(_distance(wanted, spellings, film), film) for film in open_to]
    fitting = [(distance, film) for distance, film in ranked if distance is not None]
    if not fitting:
        return None
    nearest = min(distance for distance, _ in fitting) if wanted.year is not None else None
    return _only([film for distance, film in fitting if nearest in (None, distance)])


def spelling(title: str) -> str:
    """A title in the form in which two spellings of it are equal, without blanks."""
    return "".join(word.text for word in fold(title))


def spellings_of(title: str) -> frozenset[str]:
    """The spellings of a title as a list may write it: "Matrix, The", "Seven (a.k.a. Se7en)"."""
    return frozenset().union(*(name.phrases for name in names_of(title) if not name.short))


def _only(films: Sequence[KnownFilm]) -> KnownFilm | Ambiguous:
    """The single film; a film that occurs twice, by its ids, is one."""
    unique: list[KnownFilm] = []
    for film in films:
        if not any(film == other or _shares_id(film, other) for other in unique):
            unique.append(film)
    return unique[0] if len(unique) == 1 else Ambiguous(tuple(unique))


def _distance(
    wanted: WantedFilm, spellings: AbstractSet[str], film: KnownFilm
) -> tuple[int, int, bool] | None:
    """How far a film is from what is wanted, by year and by title; None: another film."""
    by_year = 0
    if wanted.year is not None:
        off = min((abs(year - wanted.year) for year in film.years), default=YEARS_OFF + 1)
        if off > YEARS_OFF:
            return None
        by_year = 0 if film.year == wanted.year else 1 + off
    at = next((at for at, title in enumerate(film.titles) if spelling(title) in spellings), None)
    if at is None:
        return None
    written = {title.casefold() for title in film.titles}
    return by_year, min(at, 1), wanted.title.casefold() not in written


def _has_id(wanted: WantedFilm, film: KnownFilm) -> bool:
    return bool(
        (wanted.imdb and wanted.imdb == film.imdb) or (wanted.tmdb and wanted.tmdb == film.tmdb)
    )


def _contradicts(wanted: WantedFilm, film: KnownFilm) -> bool:
    pairs = ((wanted.imdb, film.imdb), (wanted.tmdb, film.tmdb))
    return any(one is not None and other is not None and one != other for one, other in pairs)


def _shares_id(one: KnownFilm, other: KnownFilm) -> bool:
    ids: tuple[Callable[[KnownFilm], object], ...] = (
        lambda film: film.imdb,
        lambda film: film.tmdb,
        lambda film: film.wikidata,
    )
    return any(of(one) is not None and of(one) == of(other) for of in ids)


def _id_of(film: KnownFilm) -> str:
    known = film.imdb or film.wikidata or (f"tmdb {film.tmdb}" if film.tmdb else "")
    return f" [{known}]" if known else ""
