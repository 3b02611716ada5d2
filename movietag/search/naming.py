"""Titles and times as people write them, and the one movie that a text names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from movietag.errors import MovietagError, UsageError
from movietag.rules.lookup import lookup
from movietag.search.results import Movie, NearMovie

FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
"""Characters, full-width ones included, that make a spreadsheet cell a formula; the export puts a ' before them."""


# Invisible characters that belong to words of Persian, Indic scripts and emoji.
JOINERS = "\u200c\u200d"
_WITH_YEAR = re.compile(r"(?P<title>.+?)\s*\((?P<year>\d{4})\)")


class NothingFound(MovietagError):  # noqa: N818  # an answer, not a fault
    """Nothing matches; the text says what to try, and lists the movies with ``near`` titles."""

    def __init__(self, text: str, near: Sequence[NearMovie] = ()) -> None:
        names = dict.fromkeys(named(one.title, one.year) for one in near)
        super().__init__(f"{text}\nNear titles: {', '.join(names)}." if names else text)
        self.near = tuple(near)


def timecode(seconds: float) -> str:
    """A time as players show it, to a tenth: `0:12.5`, `1:02:03.0`."""
    minutes, tenths = divmod(round(seconds * 10), 600)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{clock}:{tenths // 10:02}.{tenths % 10}"


def named(title: str, year: int | None) -> str:
    """A title with its year: `Heat (1995)`."""
    return f"{title} ({year})" if year else title


def split_year(text: str) -> tuple[str, int | None]:
    """A title and the year after it: `Heat (1995)` gives `Heat`, 1995."""
    parts = _WITH_YEAR.fullmatch(text.strip())
    return (parts["title"], int(parts["year"])) if parts else (text.strip(), None)


def pick(text: str, candidates: Sequence[Movie]) -> Movie:
    """The one movie that a text names (see ``lookup``), or whose title has its words.

    If several taggers have written the movie, the latest document counts.

    Raises:
        NothingFound: no movie matches.
        UsageError: several match; the error lists them with their ids. Or the text is JSON, but not of a title.
    """
    wanted = lookup(text)
    by_words = [movie for movie in candidates if wanted.titles and wanted.fits(movie)]
    matches = wanted.exactly(candidates) or wanted.alike(candidates) or by_words
    if not matches:
        raise NothingFound(
            f"No movie {text.strip()[:100]!r}. `movietag search --title WORD` looks for words of"
            " titles, `movietag add` sends a new one."
        )
    if len({movie.movie_id for movie in matches}) > 1:
        names = dict.fromkeys(
            f"  {movie.movie_id}  {named(movie.title, movie.year)}" for movie in matches
        )
        raise UsageError(
            "\n".join([f"{text.strip()[:100]!r} matches several movies; use an id:", *names])
        )
    (one,) = latest(matches)
    return one


def latest(movies: Iterable[Movie]) -> tuple[Movie, ...]:
    """The latest document of each movie, whatever its tagger."""
    newest: dict[str, Movie] = {}
    for movie in movies:
        known = newest.get(movie.movie_id)
        if known is None or known.updated_ms < movie.updated_ms:
            newest[movie.movie_id] = movie
    return tuple(newest.values())


def plain(text: str) -> str:
    """Untrusted text (titles, captions, reasons) as one line that is safe for a terminal.

    Control characters, line breaks and invisible format characters (escape sequences, marks that
    turn the direction of writing) become a space or nothing. Print it as ``rich.text.Text`` or
    escape it: square brackets stay.
    """
    return "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    return "" if category == "Cf" and character not in JOINERS else character
